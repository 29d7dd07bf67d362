import { defineModel } from 'perennial';

/**
 * Hourly demand for rental bikes, from the calendar and the weather alone. How often it retrains and how strictly it compares was
 * chosen by `tools/tune` on the data of 2011 (docs/demo.md).
 */
export default defineModel({
  model: 'bike-demand',
  task: {
    kind: 'regression',
    label: 'cnt',
    metric: 'mae',
    // The same hour of the week before: what a person would guess without a model.
    naive: { kind: 'seasonal', period: '7 days' },
  },
  source: {
    rows: 'bike-demand/*.parquet',
    eventTime: 'event_time',
    lateness: '1 hour',
    labels: { delay: '1 day' },
  },
  features: {
    hr: { type: 'category', values: Array.from({ length: 24 }, (_, hour) => hour) },
    weekday: { type: 'category', values: [0, 1, 2, 3, 4, 5, 6] },
    workingday: { type: 'category', values: [0, 1] },
    weathersit: { type: 'category', values: [1, 2, 3, 4] },
    temp: { type: 'number', min: 0, max: 1 },
    atemp: { type: 'number', min: 0, max: 1 },
    hum: { type: 'number', min: 0, max: 1 },
    windspeed: { type: 'number', min: 0, max: 1 },
  },
  window: { kind: 'fixed', length: '90 days', validation: '5 days', holdout: '7 days' },
  trainer: {
    kind: 'mlp',
    hidden: [64, 32],
    epochs: 60,
    batchSize: 32,
    learningRate: 0.002,
    l2: 0.001,
    patience: 10,
    seed: 7,
    start: 'warm',
  },
  monitor: { every: '7 days' },
  triggers: [
    { kind: 'schedule', every: '21 days' },
    {
      kind: 'performance',
      relativeTo: 'naive',
      worseBy: '10%',
      over: '7 days',
      // Six days of hours.
      minLabels: 140,
      confidence: 0.8,
    },
    { kind: 'data-drift', test: 'psi', threshold: 0.2, shareOfFeatures: 0.3, action: 'alert' },
  ],
  retraining: { cooldown: '6 days', budget: { retrains: 4, per: '30 days' } },
  gates: [
    // A week of holdout can only rule out a candidate that is clearly worse; shadow, approval and bake follow.
    { kind: 'not-worse-than-champion', margin: '5%', confidence: 0.8 },
    // Wide enough for the busiest laptop: what a machine is busy with must not decide which model serves.
    { kind: 'latency', p99: '500 ms' },
  ],
  rollout: {
    first: 'ask',
    shadow: { requests: 40, span: '2 days', giveUpAfter: '14 days' },
    approval: { from: ['ml-leads'], expiresAfter: '7 days', onExpiry: 'reject' },
    bake: { span: '3 days', rollBackIfWorseBy: '10%' },
  },
});
