import { describe, expect, it } from 'vitest';
import { createRandom } from '../stats/index.js';
import { allMetrics, blockLengthOf, compareLosses, lossRatio, metricInput, takeRows } from './metric-rows.js';

const options = { confidence: 0.95, seed: 7, blockLength: 10 };
const regression = { task: 'regression', metric: 'mae' } as const;

function rows(n: number, error: number) {
  const random = createRandom(3);
  const labels = Float64Array.from({ length: n }, () => 100 + 10 * random.normal());
  const predictions = Array.from(labels, (label) => label + error * random.normal());
  return metricInput({ task: 'regression', classes: null, labels }, { predictions, scores: null });
}

describe('models on the same rows', () => {
  it('compares losses relative to the other model', () => {
    const labels = new Float64Array(200);
    const said = (value: number) => ({ predictions: Array.from({ length: 200 }, () => value), scores: null });
    const of = (value: number) => metricInput({ task: 'regression', classes: null, labels }, said(value));
    const comparison = compareLosses(regression, { model: of(3), against: of(4), ...options });
    expect(comparison).toMatchObject({ estimate: -0.25, lower: -0.25, upper: -0.25, rows: 200 });
    const squared = compareLosses(
      { task: 'regression', metric: 'rmse' },
      { model: of(3), against: of(4), ...options },
    );
    expect(squared?.estimate).toBeCloseTo(-0.25, 12);
  });

  it('has no ratio when the other model makes no error, or when there are no rows', () => {
    expect(lossRatio(regression, { model: rows(100, 5), against: rows(100, 0), ...options })).toBeNull();
    expect(compareLosses(regression, { model: rows(0, 1), against: rows(0, 1), ...options })).toBeNull();
  });

  it('bootstraps a rank metric through its rows', () => {
    const random = createRandom(5);
    const labels = Array.from({ length: 300 }, () => (random.next() < 0.5 ? 'yes' : 'no'));
    const scoresOf = (noise: number) =>
      Float64Array.from(
        labels.flatMap((label) => {
          const p = Math.min(0.99, Math.max(0.01, (label === 'yes' ? 0.6 : 0.4) + noise * random.normal()));
          return [1 - p, p];
        }),
      );
    const of = (noise: number) =>
      metricInput(
        { task: 'binary', classes: ['no', 'yes'], labels },
        { predictions: labels, scores: scoresOf(noise) },
      );
    const comparison = compareLosses(
      { task: 'binary', metric: 'roc_auc' },
      { model: of(0.1), against: of(0.4), ...options },
    );
    expect(comparison?.upper).toBeLessThan(0);
  });

  it('scores a baseline without scores by its class alone', () => {
    const input = metricInput(
      { task: 'binary', classes: ['no', 'yes'], labels: ['yes', 'no'] },
      { predictions: ['yes', 'yes'], scores: null },
    );
    expect(allMetrics({ task: 'binary', metric: 'accuracy' }, input)).toMatchObject({ accuracy: 0.5 });
  });

  it('names a metric that does not exist', () => {
    const oneClass = metricInput(
      { task: 'binary', classes: ['no', 'yes'], labels: ['yes', 'yes'] },
      { predictions: ['yes', 'no'], scores: new Float64Array([0.2, 0.8, 0.6, 0.4]) },
    );
    expect(allMetrics({ task: 'binary', metric: 'accuracy' }, oneClass)['roc_auc']).toMatchObject({
      absent: expect.any(String),
    });
  });

  it('takes rows of every column', () => {
    const taken = takeRows({ labels: [0, 1, 2], probabilities: [1, 0, 0, 0, 1, 0, 0, 0, 1] }, [2, 0]);
    expect(Array.from(taken.labels)).toEqual([2, 0]);
    expect(Array.from(taken.probabilities ?? [])).toEqual([0, 0, 1, 1, 0, 0]);
  });
});

describe('the block length', () => {
  const hours = (n: number) => Float64Array.from({ length: n }, (_, i) => i * 3_600_000);

  it('keeps a day of hourly rows together', () => {
    expect(blockLengthOf(hours(336))).toBe(24);
  });

  it('is never more than an eighth of the rows, and never less than one', () => {
    expect(blockLengthOf(hours(72))).toBe(9);
    expect(blockLengthOf(hours(1))).toBe(1);
    expect(blockLengthOf(new Float64Array(0))).toBe(1);
    expect(blockLengthOf(new Float64Array(5))).toBe(1);
  });
});
