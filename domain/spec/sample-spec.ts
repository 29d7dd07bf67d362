import type { ModelSpecInput } from './spec.js';

/** A valid spec for tests, with something in every section. */
export const sampleSpec = (): ModelSpecInput => ({
  model: 'bike-demand',
  task: { kind: 'regression', label: 'cnt', metric: 'mae', naive: { kind: 'seasonal', period: '7 days' } },
  source: {
    rows: 'bike-demand/*.parquet',
    eventTime: 'at',
    timeZone: 'America/New_York',
    lateness: '1 hour',
    labels: { delay: '1 day' },
    sql: 'select * from rows',
  },
  features: {
    season: { type: 'category', values: [1, 2, 3, 4] },
    temp: { type: 'number', min: -1, max: 2, maxMissing: '5%' },
  },
  window: { kind: 'fixed', length: '90 days', validation: '7 days', holdout: '14 days' },
  trainer: {
    kind: 'mlp',
    hidden: [64, 32],
    epochs: 150,
    batchSize: 64,
    learningRate: 0.002,
    seed: 7,
    start: 'warm',
  },
  monitor: { every: '7 days' },
  triggers: [
    { kind: 'schedule', every: '30 days' },
    { kind: 'performance', worseBy: '20%', over: '7 days' },
    { kind: 'data-drift', test: 'psi' },
  ],
  retraining: { cooldown: '14 days', budget: { retrains: 4, per: '30 days' } },
  gates: [
    { kind: 'not-worse-than-champion', margin: '1%' },
    { kind: 'slice', by: 'season' },
    { kind: 'latency', p99: '50 milliseconds' },
  ],
  rollout: {
    first: 'ask',
    shadow: { requests: 40, span: '2 days', giveUpAfter: '14 days' },
    approval: { from: ['ml-leads'], expiresAfter: '7 days', onExpiry: 'reject' },
    bake: { span: '3 days', rollBackIfWorseBy: '10%' },
  },
});
