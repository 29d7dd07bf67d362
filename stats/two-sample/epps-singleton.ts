import { chiSquareTail } from '../distributions.js';
import { quantileOfSorted } from '../numeric/quantile.js';
import { type FloatColumn, sortColumn } from '../numeric/radix.js';
import { eigenOfSymmetric } from '../numeric/symmetric.js';
import { sum } from '../numeric/sums.js';
import { absent } from '../outcome.js';
import { type SampleInput, pairOf } from './sample.js';
import { type TestResult, finiteResult } from './types.js';

const POINTS = [0.4, 0.8];
const SIZE = 2 * POINTS.length;

/**
 * Epps–Singleton test (Goerg & Kaiser 2009): compares the empirical characteristic functions at 0.4 and 0.8 of half the
 * pooled interquartile range. Needs no continuity and sees changes of location, scale and shape. `details.dof` is the rank
 * of the covariance; samples whose covariance vanishes have no statistic.
 */
export function eppsSingleton(reference: SampleInput, current: SampleInput): TestResult {
  const pair = pairOf(reference, current, 5);
  if ('kind' in pair) return pair;
  const { x, y } = pair;
  const pooled = sortColumn(Float64Array.from([x, y].flatMap((column) => Array.from(column))));
  const scale = (quantileOfSorted(pooled, 0.75) - quantileOfSorted(pooled, 0.25)) / 2;
  if (!(scale > 0)) return absent('the interquartile range of both samples together is zero');
  const all = pooled.length;
  const a = characteristic(x, scale);
  const b = characteristic(y, scale);
  const covariance = a.covariance.map(
    (v, i) => (all / x.length) * v + (all / y.length) * (b.covariance[i] ?? 0),
  );
  const difference = a.means.map((v, i) => v - (b.means[i] ?? 0));
  const { form, rank } = inverseForm(covariance, difference);
  if (rank === 0) return absent('neither sample varies');
  const small = Math.max(x.length, y.length) < 25;
  const correction = small ? 1 / (1 + all ** -0.45 + 10.1 * (x.length ** -1.7 + y.length ** -1.7)) : 1;
  const statistic = Math.max(0, all * form * correction);
  return finiteResult({
    kind: 'value',
    statistic,
    pValue: chiSquareTail(statistic, rank),
    details: { dof: rank },
  });
}

/** Means and population covariance of cos and sin of the scaled values. */
function characteristic(
  column: FloatColumn,
  scale: number,
): { means: Float64Array; covariance: Float64Array } {
  const waves = [Math.cos, Math.sin].flatMap((wave) =>
    POINTS.map((point) => Float64Array.from(column, (v) => wave((point / scale) * v))),
  );
  const means = Float64Array.from(waves, (w) =>
    w[0] === w[w.length - 1] && column[0] === column[column.length - 1] ? (w[0] ?? 0) : sum(w) / w.length,
  );
  const covariance = new Float64Array(SIZE * SIZE);
  waves.forEach((first, i) => {
    waves.forEach((second, j) => {
      const products = first.map((v, row) => (v - (means[i] ?? 0)) * ((second[row] ?? 0) - (means[j] ?? 0)));
      covariance[i * SIZE + j] = sum(products) / column.length;
    });
  });
  return { means, covariance };
}

/** difference' · pseudo-inverse(covariance) · difference, and the rank, leaving out directions without variance. */
function inverseForm(covariance: Float64Array, difference: Float64Array): { form: number; rank: number } {
  const { values, vectors } = eigenOfSymmetric(covariance, SIZE);
  const least = (values[0] ?? 0) * SIZE * Number.EPSILON;
  let form = 0;
  let rank = 0;
  values.forEach((value, k) => {
    if (!(value > least)) return;
    rank++;
    let along = 0;
    for (let row = 0; row < SIZE; row++) along += (vectors[row * SIZE + k] ?? 0) * (difference[row] ?? 0);
    form += (along * along) / value;
  });
  return { form, rank };
}
