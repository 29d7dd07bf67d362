import { normalTail, studentTwoSided } from '../distributions.js';
import { absent } from '../outcome.js';
import { eachTie } from './merge.js';
import { type SampleInput, momentsOf, pairOf } from './sample.js';
import { type TestResult, finiteResult } from './types.js';

/** Settings of the Mann–Whitney test. */
export interface MannWhitneyOptions {
  /** Default `auto`: exact where a sample has up to 8 values and none are tied, as SciPy. `exact` ignores ties. */
  readonly method?: 'auto' | 'exact' | 'asymptotic';
}

/**
 * Mann–Whitney U test, two-sided: the statistic counts the pairs in which the reference value is larger, ties ½.
 * Asymptotic p-values are corrected for ties and continuity.
 */
export function mannWhitney(
  reference: SampleInput,
  current: SampleInput,
  { method = 'auto' }: MannWhitneyOptions = {},
): TestResult {
  const pair = pairOf(reference, current);
  if ('kind' in pair) return pair;
  const n = pair.x.length;
  const m = pair.y.length;
  let u = 0;
  let ties = 0;
  eachTie(pair.x, pair.y, ({ inX, inY, belowY }) => {
    u += inX * (belowY + inY / 2);
    const tied = inX + inY;
    ties += tied * (tied * tied - 1);
  });
  const larger = Math.max(u, n * m - u);
  const exact =
    method === 'exact' || (method === 'auto' && ties === 0 && Math.min(n, m) <= 8 && n * m <= 10_000);
  if (exact) return { kind: 'value', statistic: u, pValue: Math.min(1, 2 * exactTail(larger, n, m)) };
  const all = n + m;
  const sd = Math.sqrt(((n * m) / 12) * (all + 1 - ties / (all * (all - 1))));
  const z = sd > 0 ? (larger - (n * m) / 2 - 0.5) / sd : 0;
  return { kind: 'value', statistic: u, pValue: Math.min(1, 2 * normalTail(z)) };
}

/** Chance of U ≥ u among all orders of n + m distinct values: counts of partitions, row by row. */
function exactTail(u: number, n: number, m: number): number {
  const sums = n * m;
  // ways[s]: subsets of the values taken so far, weighted by chance, whose U is s.
  let ways = new Float64Array(sums + 1);
  ways[0] = 1;
  for (let i = 1; i <= n; i++) {
    // Multiplies by (1 − q^(m+i)) / (1 − q^i), scaled by i / (m + i): the Gaussian binomial as chances.
    const next = new Float64Array(sums + 1);
    for (let s = 0; s <= sums; s++) {
      const before = s >= i ? (next[s - i] ?? 0) : 0;
      const cut = s >= m + i ? (ways[s - m - i] ?? 0) : 0;
      next[s] = before + (ways[s] ?? 0) - cut;
    }
    ways = next.map((w) => (w * i) / (m + i));
  }
  let tail = 0;
  for (let s = Math.ceil(u); s <= sums; s++) tail += ways[s] ?? 0;
  return tail;
}

/** Welch's t test of equal means, two-sided. Absent where neither sample varies: there is no scale to measure a shift by. */
export function welchT(reference: SampleInput, current: SampleInput): TestResult {
  const pair = pairOf(reference, current, 2);
  if ('kind' in pair) return pair;
  const n = pair.x.length;
  const m = pair.y.length;
  const x = momentsOf(pair.x);
  const y = momentsOf(pair.y);
  const errorX = x.variance / (n - 1);
  const errorY = y.variance / (m - 1);
  const error = errorX + errorY;
  if (error === 0) return absent('neither sample varies');
  const statistic = (x.mean - y.mean) / Math.sqrt(error);
  const shareX = errorX / error;
  const shareY = errorY / error;
  const dof = 1 / (shareX ** 2 / (n - 1) + shareY ** 2 / (m - 1));
  return finiteResult({
    kind: 'value',
    statistic,
    pValue: studentTwoSided(statistic, dof),
    details: { dof },
  });
}
