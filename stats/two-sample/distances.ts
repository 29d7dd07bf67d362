import { type Absent, absent } from '../outcome.js';
import type { TestResult } from './types.js';

/** Counts of the same bins or categories in both samples. */
export interface CountPair {
  readonly reference: ArrayLike<number>;
  readonly current: ArrayLike<number>;
}

/**
 * What stands in for an empty bin where a logarithm needs one. `epsilon` (default): a share of zero becomes 1e-4, not
 * renormalised (the convention of credit scoring). `half`: (count + ½) / (n + k/2). `none`: nothing; infinite results are absent.
 */
export type Smoothing = 'epsilon' | 'half' | 'none';

const EPSILON = 1e-4;

/** Shares of both samples, or why there are none. Different numbers of bins are a RangeError. */
function sharesOf(counts: CountPair, smoothing: Smoothing): { p: Float64Array; q: Float64Array } | Absent {
  const { reference, current } = counts;
  if (reference.length !== current.length) {
    throw new RangeError(
      `${reference.length} reference bins and ${current.length} current ones: count both in the same bins.`,
    );
  }
  const p = shares(reference, smoothing);
  const q = shares(current, smoothing);
  if (!p) return absent('the reference sample has no values');
  return q ? { p, q } : absent('the current sample has no values');
}

function shares(counts: ArrayLike<number>, smoothing: Smoothing): Float64Array | undefined {
  let total = 0;
  for (let i = 0; i < counts.length; i++) total += counts[i] ?? 0;
  if (total <= 0) return undefined;
  return Float64Array.from(counts, (count) => {
    if (smoothing === 'half') return (count + 0.5) / (total + 0.5 * counts.length);
    return smoothing === 'epsilon' && count === 0 ? EPSILON : count / total;
  });
}

type Term = (p: number, q: number) => number;

function over(
  counts: CountPair,
  smoothing: Smoothing,
  term: Term,
): { total: number; largest: number } | Absent {
  const both = sharesOf(counts, smoothing);
  if ('kind' in both) return both;
  let total = 0;
  let largest = 0;
  for (let i = 0; i < both.p.length; i++) {
    const part = term(both.p[i] ?? 0, both.q[i] ?? 0);
    total += part;
    largest = Math.max(largest, part);
  }
  return { total, largest };
}

function distance(
  parts: { total: number; largest: number } | Absent,
  of: (total: number, largest: number) => number,
): TestResult {
  if ('kind' in parts) return parts;
  const statistic = of(parts.total, parts.largest);
  if (!Number.isFinite(statistic))
    return absent('a bin is empty in one sample only, which makes the distance infinite');
  return { kind: 'value', statistic, pValue: null };
}

/** Population stability index Σ (q − p) ln(q/p); 0.1 and 0.2 are the customary limits of a small and a large change. */
export function psi(counts: CountPair, smoothing: Smoothing = 'epsilon'): TestResult {
  return distance(
    over(counts, smoothing, (p, q) => (p === q ? 0 : (q - p) * Math.log(q / p))),
    (total) => total,
  );
}

/** Kullback–Leibler divergence of the current from the reference shares, Σ q ln(q/p), in nats. */
export function kullbackLeibler(counts: CountPair, smoothing: Smoothing = 'epsilon'): TestResult {
  return distance(
    over(counts, smoothing, (p, q) => (q === 0 ? 0 : q * Math.log(q / p))),
    (total) => total,
  );
}

/** Jensen–Shannon divergence in bits, in [0, 1]. */
export function jsDivergence(counts: CountPair, smoothing: Smoothing = 'none'): TestResult {
  const half = (a: number, b: number): number => (a === 0 ? 0 : (a / 2) * Math.log2((2 * a) / (a + b)));
  return distance(
    over(counts, smoothing, (p, q) => half(p, q) + half(q, p)),
    (total) => Math.max(0, total),
  );
}

/** Jensen–Shannon distance (base 2), the root of the divergence, in [0, 1]. */
export function jsDistance(counts: CountPair, smoothing: Smoothing = 'none'): TestResult {
  const divergence = jsDivergence(counts, smoothing);
  return divergence.kind === 'absent'
    ? divergence
    : { ...divergence, statistic: Math.sqrt(divergence.statistic) };
}

/** Hellinger distance √(1 − Σ √(pq)), in [0, 1]; summed as ½ Σ (√p − √q)², which does not cancel. */
export function hellinger(counts: CountPair): TestResult {
  return distance(
    over(counts, 'none', (p, q) => (Math.sqrt(p) - Math.sqrt(q)) ** 2),
    (total) => Math.sqrt(total / 2),
  );
}

/** Total variation ½ Σ |p − q|, in [0, 1]. */
export function totalVariation(counts: CountPair): TestResult {
  return distance(
    over(counts, 'none', (p, q) => Math.abs(p - q)),
    (total) => total / 2,
  );
}

/** Largest difference of a share, max |p − q|, in [0, 1]. */
export function lInfinity(counts: CountPair): TestResult {
  return distance(
    over(counts, 'none', (p, q) => Math.abs(p - q)),
    (_, largest) => largest,
  );
}
