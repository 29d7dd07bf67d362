import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { metricOf } from '../metrics/table.js';
import { readCarLoan } from '../fixtures/car-loan.js';
import { createRandom } from '../random.js';
import { fitBoostedTrees } from './boosted-trees.js';
import { chunksByCount, chunksByTime } from './chunks.js';
import { estimateLoss } from './direct-loss.js';
import { estimatePerformance } from './estimate.js';
import { multiclassEstimator } from './multiclass.js';
import { labelDelay, reconcile } from './reconcile.js';

/** Rows whose noise grows with the input, and a model that knows the mean: y = 2x + x·e. */
function noisy(n: number, seed: number, from: number, to: number) {
  const random = createRandom(seed);
  const x = Float64Array.from({ length: n }, () => from + (to - from) * random.next());
  return { inputs: [x], predictions: x.map((v) => 2 * v), labels: x.map((v) => 2 * v + v * random.normal()) };
}

describe('direct loss estimation', () => {
  const reference = noisy(4000, 1, 0.5, 4);

  it('finds the theoretical error of rows that moved to where the noise is larger', () => {
    const current = noisy(2000, 2, 3, 4);
    const estimate = estimateLoss({ reference, current, chunkSize: 1000 });
    if (estimate.kind === 'absent') throw new Error(estimate.reason);
    // E|e| = x √(2/π) and E e² = x², x uniform on 3…4.
    const mae = 3.5 * Math.sqrt(2 / Math.PI);
    const rmse = Math.sqrt(37 / 3);
    for (const chunk of estimate.chunks) {
      expect(Math.abs(chunk.mae.estimated / mae - 1)).toBeLessThan(0.06);
      expect(Math.abs(chunk.rmse.estimated / rmse - 1)).toBeLessThan(0.08);
      expect(Math.abs((chunk.mae.realized ?? 0) - chunk.mae.estimated)).toBeLessThan(
        4 * chunk.mae.samplingError,
      );
      expect([chunk.mae.alert, chunk.mae.realizedAlert, chunk.rmse.alert]).toEqual([true, true, true]);
    }
  });

  it('is quiet on rows like the reference, and needs no labels', () => {
    const { inputs, predictions } = noisy(2000, 3, 0.5, 4);
    const estimate = estimateLoss({ reference, current: { inputs, predictions }, chunkSize: 1000 });
    if (estimate.kind === 'absent') throw new Error(estimate.reason);
    expect(estimate.chunks.map((c) => [c.mae.alert, c.mae.realized, c.rmse.alert])).toEqual([
      [false, null, false],
      [false, null, false],
    ]);
  });

  it('names rows that it cannot learn from', () => {
    const few = noisy(50, 4, 0, 1);
    expect(estimateLoss({ reference: few, current: few })).toEqual({
      kind: 'absent',
      reason: 'the reference has 50 rows, and learning an error takes 100',
    });
  });

  it('learns a step and an interaction', () => {
    const random = createRandom(5);
    const columns = [0, 1].map(() => Float64Array.from({ length: 3000 }, () => random.next()));
    const truth = Float64Array.from({ length: 3000 }, (_, i) =>
      (columns[0]?.[i] ?? 0) > 0.5 === (columns[1]?.[i] ?? 0) > 0.3 ? 1 : 0,
    );
    const learner = fitBoostedTrees(columns, truth);
    let wrong = 0;
    truth.forEach((y, i) => (wrong += Math.abs(y - learner.predict(columns, i)) > 0.5 ? 1 : 0));
    expect(wrong / 3000).toBeLessThan(0.02);
  });
});

describe('estimation for several classes', () => {
  /** Three classes with calibrated probabilities. */
  function rows(n: number, seed: number, sharp: number) {
    const random = createRandom(seed);
    const probabilities: number[] = [];
    const labels: number[] = [];
    for (let i = 0; i < n; i++) {
      const raw = [0, 0, 0].map(() => Math.exp(sharp * random.normal()));
      const total = raw.reduce((a, v) => a + v, 0);
      const p = raw.map((v) => v / total);
      const u = random.next();
      labels.push(u < (p[0] ?? 0) ? 0 : u < (p[0] ?? 0) + (p[1] ?? 0) ? 1 : 2);
      probabilities.push(...p);
    }
    return { classes: 3, probabilities, labels };
  }

  it('comes near the realised metrics after the confidence fell', () => {
    const estimator = multiclassEstimator(rows(4000, 1, 2));
    const current = rows(4000, 2, 0.8);
    if (estimator.kind === 'absent') throw new Error(estimator.reason);
    const estimate = estimator.estimate(current);
    if ('kind' in estimate) throw new Error(String(estimate.reason));
    for (const name of [
      'accuracy',
      'f1_macro',
      'precision_macro',
      'recall_macro',
      'roc_auc_ovr_macro',
    ] as const) {
      const realised = metricOf('multiclass', name).compute(current);
      const guess = estimate[name];
      expect(
        Math.abs(
          (guess.kind === 'value' ? guess.value : 0) - (realised.kind === 'value' ? realised.value : 1),
        ),
        name,
      ).toBeLessThan(0.03);
    }
  });

  it('names a class that the reference lacks', () => {
    expect(multiclassEstimator({ classes: 3, probabilities: [1, 0, 0, 0, 1, 0], labels: [0, 1] })).toEqual({
      kind: 'absent',
      reason: 'class 2 does not occur in the reference',
    });
  });
});

describe('chunks', () => {
  it('go by count and by time', () => {
    expect(chunksByCount(5, 2)).toEqual([
      { start: 0, end: 1 },
      { start: 2, end: 3 },
      { start: 4, end: 4 },
    ]);
    expect(chunksByTime([0, 5, 10, 31, 39], 10)).toEqual([
      { start: 0, end: 1 },
      { start: 2, end: 2 },
      { start: 3, end: 4 },
    ]);
    expect(() => chunksByTime([5, 3], 10)).toThrow('sort the rows by time');
    expect(() => chunksByCount(5, 0)).toThrow('Chunk size 0');
  });
});

describe('reconciliation', () => {
  it('describes how labels mature', () => {
    const delay = labelDelay({ delays: [10, 20, null, 40], ages: [100, 100, 100, 50] }, [0, 20, 60]);
    expect(delay).toMatchObject({
      coverage: 0.75,
      labelled: 3,
      quantiles: [{ share: 0.5, delay: 20 }, { share: 0.9 }, { share: 0.99 }],
    });
    expect(delay.curve).toEqual([
      { age: 0, coverage: 0 },
      { age: 20, coverage: 0.5 },
      { age: 60, coverage: 2 / 3 },
    ]);
  });

  it('confirms the estimated alerts of car loans once labels came', async () => {
    const [reference, current] = await Promise.all([readCarLoan('reference'), readCarLoan('monitoring')]);
    const estimate = estimatePerformance({ reference, current, metrics: ['roc_auc'] });
    if (estimate.kind === 'absent') throw new Error(estimate.reason);
    const truth = reconcile(estimate.chunks.flatMap((c) => (c.metrics.roc_auc ? [c.metrics.roc_auc] : [])));
    expect(truth.alerts).toEqual({ confirmed: 5, refuted: 0, missed: 0 });
    // The figure that NannyML publishes for its own estimates.
    expect(truth.meanAbsoluteError).toEqual({ kind: 'value', value: expect.closeTo(0.0021153691, 6) });
  });
});

describe('estimatePerformance', () => {
  it('answers finite numbers or reasons for any rows', () => {
    const bit = fc.constantFrom(0, 1);
    const row = fc.tuple(
      fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(NaN, 0.5)),
      bit,
      bit,
    );
    const part = fc.array(row, { maxLength: 30 });
    const columns = (rows: [number, number, number][]) => ({
      scores: rows.map(([s]) => s),
      predictions: rows.map(([, p]) => p),
      labels: rows.map(([, , y]) => y),
    });
    fc.assert(
      fc.property(part, part, (reference, current) => {
        const estimate = estimatePerformance({
          reference: columns(reference),
          current: columns(current),
          chunkSize: 7,
          calibration: 'isotonic',
        });
        if (estimate.kind === 'absent') {
          expect(estimate.reason).not.toBe('');
          return;
        }
        for (const chunk of estimate.chunks) {
          for (const m of Object.values(chunk.metrics))
            expect(m.estimated === null ? (m.reason ?? '') !== '' : Number.isFinite(m.estimated)).toBe(true);
        }
      }),
      { seed: 1, numRuns: 100 },
    );
  });
});
