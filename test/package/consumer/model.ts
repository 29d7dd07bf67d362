import { defineModel } from 'perennial';

export default defineModel({
  model: 'rides',
  task: { kind: 'regression', label: 'rides', metric: 'mae', naive: { kind: 'seasonal', period: '7 days' } },
  source: { rows: 'rides.csv', eventTime: 'at', lateness: '0 seconds', labels: { delay: '0 seconds' } },
  features: { temp: { type: 'number', min: 0, max: 1 }, hour: { type: 'number', min: 0, max: 23 } },
  window: { kind: 'fixed', length: '40 days', validation: '3 days', holdout: '5 days' },
  trainer: { kind: 'trees' },
  rollout: { first: 'ask', approval: { from: ['ml-leads'], expiresAfter: '7 days', onExpiry: 'reject' } },
});
