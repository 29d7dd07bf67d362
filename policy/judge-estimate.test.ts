import { describe, expect, it } from 'vitest';
import { sampleSpec } from '../domain/spec/sample-spec.js';
import { specSchema } from '../domain/spec/spec.js';
import { judgeEstimate, type EstimateSeen } from './judge-estimate.js';

const spec = specSchema.parse({
  ...sampleSpec(),
  triggers: [{ kind: 'performance', labels: 'estimated', worseBy: '20%', over: '7 days', minLabels: 50 }],
});
const found = spec.triggers[0];
if (found?.kind !== 'performance') throw new Error('the spec has no performance trigger');
const trigger = found;

const seen = (change: Partial<EstimateSeen> = {}): EstimateSeen => ({
  rows: 100,
  loss: 0.13,
  lower: 0.125,
  atRelease: 0.1,
  reconciled: null,
  ...change,
});

describe('judging an estimated loss', () => {
  it('fires when even the lower bound is beyond the limit', () => {
    expect(judgeEstimate(trigger, seen())).toEqual({
      kind: 'performance',
      labels: 'estimated',
      action: 'retrain',
      outcome: 'fired',
      because: 'estimated loss 0.13 (lower bound 0.125); limit 0.12 = 0.1 at release + 20 %',
      numbers: { rows: 100, minLabels: 50, loss: 0.13, lower: 0.125, atRelease: 0.1, limit: 0.12 },
    });
    expect(judgeEstimate(trigger, seen({ lower: 0.12 })).outcome).toBe('quiet');
  });

  it('says what became of earlier estimates', () => {
    const reconciled = {
      rows: 80,
      labelled: 60,
      coverage: 0.75,
      estimated: 0.1,
      realised: 0.11,
      medianDelay: 86_400_000,
    };
    const verdict = judgeEstimate(trigger, seen({ reconciled }));
    expect(verdict.because).toMatch(/; earlier rows: estimated 0\.1, by 60 labels of 80 rows 0\.11$/);
    expect(verdict.numbers).toMatchObject({
      maturedRows: 80,
      maturedLabels: 60,
      coverage: 0.75,
      maturedEstimate: 0.1,
      maturedLoss: 0.11,
      labelDelayDays: 1,
    });
    const none = {
      ...reconciled,
      labelled: 0,
      coverage: 0,
      realised: null,
      estimated: null,
      medianDelay: null,
    };
    const unknown = judgeEstimate(trigger, seen({ reconciled: none }));
    expect(unknown.because).toMatch(/estimated none, by 0 labels of 80 rows none$/);
    expect(unknown.numbers).not.toHaveProperty('maturedLoss');
  });

  it('names too few requests, and why there is no estimate', () => {
    const few = judgeEstimate(trigger, seen({ rows: 49 }));
    expect([few.outcome, few.because]).toEqual(['no-data', '49 requests of the present champion, needs 50']);
    const absent = judgeEstimate(trigger, seen({ loss: null, absent: 'the version has no reference rows' }));
    expect([absent.outcome, absent.because]).toEqual([
      'no-baseline',
      'no estimate: the version has no reference rows',
    ]);
  });
});
