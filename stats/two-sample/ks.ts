import type { FloatColumn } from '../numeric/radix.js';
import { kolmogorovTail } from './kolmogorov.js';
import { type SampleInput, pairOf } from './sample.js';
import type { TestResult } from './types.js';

/** Settings of the Kolmogorov–Smirnov test. */
export interface KsOptions {
  /**
   * How the p-value is computed. `exact` counts lattice paths, `asymptotic` takes the one-sample distribution at the
   * effective size nm/(n+m). Default `auto`: exact up to 10,000 rows in each sample, as SciPy, unless the corridor to
   * count has more than 2·10⁷ points, where both agree to three digits.
   */
  readonly method?: 'auto' | 'exact' | 'asymptotic';
  /** `greater`: one-sided, the reference's CDF lies above; always asymptotic. Default `two-sided`. */
  readonly alternative?: 'two-sided' | 'greater';
}

/** Largest distances between two empirical CDFs, and where they are. */
export interface CdfDistance {
  /** max(F − G), at `above.location`. */
  readonly above: { readonly distance: number; readonly location: number };
  /** max(G − F), at `below.location`. */
  readonly below: { readonly distance: number; readonly location: number };
}

/** Walks two sorted columns once and takes the distances at every distinct value. */
export function cdfDistance(x: FloatColumn, y: FloatColumn): CdfDistance {
  const n = x.length;
  const m = y.length;
  let i = 0;
  let j = 0;
  let above = -Infinity;
  let below = -Infinity;
  let whereAbove = x[0] ?? 0;
  let whereBelow = whereAbove;
  while (i < n || j < m) {
    const a = i < n ? (x[i] ?? 0) : Infinity;
    const b = j < m ? (y[j] ?? 0) : Infinity;
    const at = a <= b ? a : b;
    while (i < n && x[i] === at) i++;
    while (j < m && y[j] === at) j++;
    const difference = i / n - j / m;
    if (difference > above) {
      above = difference;
      whereAbove = at;
    }
    if (-difference > below) {
      below = -difference;
      whereBelow = at;
    }
  }
  return {
    above: { distance: above, location: whereAbove },
    below: { distance: Math.min(1, Math.max(0, below)), location: whereBelow },
  };
}

/**
 * Two-sample Kolmogorov–Smirnov test: the largest distance between the two empirical CDFs, in [0, 1]. `details.location`
 * is where it is, `details.sign` is 1 where the reference's CDF is the higher one there.
 */
export function ks(reference: SampleInput, current: SampleInput, options: KsOptions = {}): TestResult {
  const pair = pairOf(reference, current);
  if ('kind' in pair) return pair;
  const { x, y } = pair;
  const { above, below } = cdfDistance(x, y);
  if (options.alternative === 'greater') {
    const details = { location: above.location, sign: 1 };
    return {
      kind: 'value',
      statistic: above.distance,
      pValue: oneSidedTail(above.distance, x.length, y.length),
      details,
    };
  }
  const sign = below.distance > above.distance ? -1 : 1;
  const { distance, location } = sign === 1 ? above : below;
  return {
    kind: 'value',
    statistic: distance,
    pValue: ksPValue(distance, x.length, y.length, options.method),
    details: { location, sign },
  };
}

/** Two-sided p-value of a Kolmogorov–Smirnov distance between samples of n and m values. */
export function ksPValue(
  distance: number,
  n: number,
  m: number,
  method: KsOptions['method'] = 'auto',
): number {
  const work = Math.max(n, m) * Math.min(n, m) * Math.min(1, 2 * distance);
  if (method === 'exact' || (method === 'auto' && Math.max(n, m) <= 10_000 && work <= 2e7))
    return exactTail(distance, n, m);
  return Math.min(1, Math.max(0, kolmogorovTail(distance, roundHalfEven((n * m) / (n + m)))));
}

function roundHalfEven(v: number): number {
  const down = Math.floor(v);
  const rest = v - down;
  if (rest !== 0.5) return Math.round(v);
  return down % 2 === 0 ? down : down + 1;
}

/** Hodges' (1958) approximation of the one-sided p-value. */
function oneSidedTail(distance: number, n: number, m: number): number {
  const large = Math.max(n, m);
  const small = Math.min(n, m);
  const z = Math.sqrt((large * small) / (large + small)) * distance;
  const correction = (2 * z * (large + 2 * small)) / Math.sqrt(large * small * (large + small)) / 3;
  return Math.min(1, Math.max(0, Math.exp(-2 * z * z - correction)));
}

/**
 * Chance that a random lattice path from (0, 0) to (n, m) leaves the corridor |i/n − j/m| < distance, where every
 * interleaving of the two samples is equally likely (Hodges 1958). outside(i, j) mixes outside(i−1, j) and outside(i, j−1)
 * with weights i and j; it is 1 beyond the corridor. Chances outside stay accurate however small, unlike 1 − inside.
 */
function exactTail(distance: number, n: number, m: number): number {
  const long = Math.max(n, m);
  const short = Math.min(n, m);
  const divisor = greatestCommonDivisor(long, short);
  const a = long / divisor;
  const b = short / divisor;
  // Distances are whole multiples of 1 / lcm; rounding makes the comparison exact.
  const reach = Math.round(distance * a * short);
  if (reach === 0) return 1;
  const row = new Float64Array(short + 1).fill(1);
  for (let i = 0; i <= long; i++) {
    const first = Math.max(0, Math.floor((b * i - reach) / a) + 1);
    const last = Math.min(short, Math.ceil((b * i + reach) / a) - 1);
    if (first > short || last < first) return 1;
    let left = first === 0 ? 0 : 1;
    for (let j = first; j <= last; j++) {
      left = i + j === 0 ? 0 : (i * (i === 0 ? 0 : (row[j] ?? 1)) + j * left) / (i + j);
      row[j] = left;
    }
  }
  return Math.min(1, row[short] ?? 1);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
