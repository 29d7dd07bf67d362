import { describe, expect, it } from 'vitest';
import type { CheckPoint, ModelOverview } from '../sdk/overview-schema.js';
import { age, modelBlock } from './model-block.js';

const NOW = Date.parse('2026-03-10T12:00:00Z');
const at = (hours: number): string => new Date(NOW + hours * 3_600_000).toISOString();
const check = (skill: number | null, changes: Partial<CheckPoint> = {}): CheckPoint => ({
  ...{ asOf: at(-2), at: at(-2), champion: 7, skill, skillAtRelease: 0.55 },
  ...{ error: skill === null ? null : skill * 60, driftShare: 0.25 },
  outcomes: { performance: 'quiet', 'data-drift': 'quiet' },
  ...changes,
});
const overview: ModelOverview = {
  model: 'bike-demand',
  champion: { version: 7, since: at(-300) },
  challenger: { version: 8, since: at(-30) },
  previous: { version: 6, since: null },
  ...{ baking: false, now: at(-1), paused: null, retrain: null, queued: 0, unservable: [] },
  ...{ unwritten: 0, untold: 0 },
  rollout: { run: 'rollout/bike-demand/8', version: 8, phase: 'approval', since: at(-5) },
  waiting: { for: 'person', who: ['ml-leads'], version: 8, since: at(-5), until: at(100) },
  checks: [0.5, 0.52, null, 0.58, 0.71, 0.8].map((skill) => check(skill)),
  next: { check: at(3.5), retrain: at(290) },
  lastDecision: { kind: 'retrain-ended', version: 8, who: 'policy', why: '2 of 2 gates passed', at: at(-31) },
};
const TRAINING = [{ step: 'train', attempt: 2, details: { epoch: 25, epochs: 300, loss: 0.31234 } }];
const quiet: ModelOverview = {
  ...overview,
  ...{ champion: null, challenger: null, previous: null, rollout: null, waiting: null, checks: [] },
  ...{ next: { check: null, retrain: null }, lastDecision: null, now: null },
};
const show = (one: ModelOverview, width = 80): string[] =>
  modelBlock(one, { io: { width }, paint: (_, text) => text, now: NOW });

describe('a model on one screen', () => {
  it('says what serves, how well, what waits for whom since when, and what comes next', () => {
    expect(show(overview)).toEqual([
      'bike-demand at 2026-03-10 11:00',
      '  champion   v7, serving for 12 d',
      '  challenger v8, in approval for 5 h',
      '  previous   v6',
      '  skill      ▁▁ ▃▆█ 0.8, 0.55 at release',
      '  error      ▁▁ ▃▆█ 48',
      '  drift      ▄▄▄▄▄▄ 25 % of features',
      '  last check as of 2026-03-10 10:00: performance quiet, data-drift quiet',
      '  waits      for ml-leads to decide on v8, 5 h so far, until 2026-03-14 16:00',
      '  next       check in 3 h, retrain in 12 d',
      '  decided    retrain-ended v8 1 d ago by policy: 2 of 2 gates passed',
    ]);
  });

  it('says of a model that nothing happened to that nothing did', () => {
    expect(show(quiet)).toEqual([
      'bike-demand',
      '  champion   none yet',
      '  checks     none yet',
      '  next       check not scheduled, retrain not scheduled',
    ]);
  });

  it('tells a pause, an open retrain, what is damaged, and a store that is away', () => {
    const lines = show({
      ...quiet,
      paused: { by: 'ada', reason: 'audit', since: at(-48) },
      retrain: { run: 'retrain/bike-demand/9', triggers: ['schedule'], since: at(-0.5), steps: TRAINING },
      ...{ queued: 1, unservable: ['version 6 cannot be served'], unwritten: 3, untold: 2 },
    });
    expect(lines.slice(3)).toEqual([
      '  paused     by ada for 2 d: audit',
      '  retrain    retrain/bike-demand/9 for 30 min (schedule)',
      '  progress   train: epoch 25 of 300, loss 0.3123, attempt 2',
      '  queue      1 request for a retrain',
      '  next       check not scheduled, retrain held by the pause',
      '  damaged    version 6 cannot be served',
      '  store      away: 3 ledger lines wait for it',
      '  untold     2 in 7 d did not reach a webhook: perennial notify',
    ]);
  });

  it.each([80, 60, 40])('fits %d columns and loses no word', (width) => {
    const checks = Array.from({ length: 24 }, (_, i) => check(i / 24));
    const long = { ...overview, checks, unservable: ['version 6 cannot be served: its artifact is corrupt'] };
    const lines = show(long, width);
    expect(lines.filter((line) => [...line].length > width)).toEqual([]);
    expect(lines.join(' ').replaceAll(/\s+/g, ' ')).toContain('2 of 2 gates passed');
  });
});

it.each([
  [0, '0 s'],
  [59_000, '59 s'],
  [60_000, '1 min'],
  [7_200_000, '2 h'],
  [86_400_000 * 400, '400 d'],
  [-5, '0 s'],
])('%d ms are %s', (ms, text) => {
  expect(age(ms)).toBe(text);
});
