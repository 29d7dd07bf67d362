import { chiSquareTail, normalTail } from '../distributions.js';
import { absent } from '../outcome.js';
import { logBinomial } from './binomial.js';
import type { CountPair } from './distances.js';
import type { TestResult } from './types.js';

/** The 2 × k table without empty columns. */
interface Table {
  readonly cells: readonly (readonly [number, number])[];
  readonly n: number;
  readonly m: number;
}

function tableOf({ reference, current }: CountPair): Table | string {
  if (reference.length !== current.length) {
    throw new RangeError(
      `${reference.length} and ${current.length} categories: count both samples over the same ones.`,
    );
  }
  const cells: [number, number][] = [];
  let n = 0;
  let m = 0;
  for (let i = 0; i < reference.length; i++) {
    const a = reference[i] ?? 0;
    const b = current[i] ?? 0;
    if (a + b > 0) cells.push([a, b]);
    n += a;
    m += b;
  }
  if (n === 0) return 'the reference sample has no values';
  return m === 0 ? 'the current sample has no values' : { cells, n, m };
}

type Statistic = (observed: number, expected: number) => number;

function goodness(counts: CountPair, statistic: Statistic): TestResult {
  const table = tableOf(counts);
  if (typeof table === 'string') return absent(table);
  const { cells, n, m } = table;
  let total = 0;
  let least = Infinity;
  for (const [a, b] of cells) {
    const share = (a + b) / (n + m);
    least = Math.min(least, share * n, share * m);
    total += statistic(a, share * n) + statistic(b, share * m);
  }
  const dof = cells.length - 1;
  const chi2 = dof === 0 ? 0 : Math.max(0, total);
  const details = { dof, minExpected: least, cramersV: Math.sqrt(chi2 / (n + m)) };
  return { kind: 'value', statistic: chi2, pValue: dof === 0 ? 1 : chiSquareTail(chi2, dof), details };
}

/**
 * Pearson's χ² test of homogeneity over all categories of either sample, new ones among them. `details`: dof, minExpected
 * (below about 5 the p-value is rough), cramersV (effect size in [0, 1]). `yates` corrects two categories for continuity.
 */
export function chiSquare(counts: CountPair, { yates = false } = {}): TestResult {
  const two = yates && countUsed(counts) === 2;
  return goodness(counts, (observed, expected) => {
    const gap = Math.abs(observed - expected);
    return (gap - (two ? Math.min(0.5, gap) : 0)) ** 2 / expected;
  });
}

/** Likelihood-ratio test 2 Σ o ln(o/e); details as of `chiSquare`. */
export function gTest(counts: CountPair): TestResult {
  return goodness(counts, (observed, expected) =>
    observed === 0 ? 0 : 2 * observed * Math.log(observed / expected),
  );
}

function countUsed({ reference, current }: CountPair): number {
  let used = 0;
  for (let i = 0; i < reference.length; i++) if ((reference[i] ?? 0) + (current[i] ?? 0) > 0) used++;
  return used;
}

/** Two rows (reference, current) by two categories. */
function square(counts: CountPair): { a: number; b: number; c: number; d: number } | string {
  const table = tableOf(counts);
  if (typeof table === 'string') return table;
  const [first, second] = table.cells;
  if (table.cells.length !== 2 || !first || !second)
    return `there are ${table.cells.length} categories, and the method takes two`;
  return { a: first[0], b: second[0], c: first[1], d: second[1] };
}

/**
 * Fisher's exact test of two categories, two-sided: the chance of all tables with the same margins that are no likelier
 * than this one. The statistic is the sample odds ratio; where it is infinite, it is left to `details.oddsInfinite` = 1
 * and the statistic is the largest number.
 */
export function fisher(counts: CountPair): TestResult {
  const cells = square(counts);
  if (typeof cells === 'string') return absent(cells);
  const { a, b, c, d } = cells;
  const logOf = hypergeometric(a + b, c + d, a + c);
  // Tables that are equally likely differ in their last digits only.
  const limit = logOf(a) + 1e-9;
  let pValue = 0;
  for (let k = Math.max(0, a + c - (c + d)); k <= Math.min(a + b, a + c); k++) {
    const term = logOf(k);
    if (term <= limit) pValue += Math.exp(term);
  }
  const infinite = b * c === 0;
  const details = { oddsInfinite: infinite ? 1 : 0 };
  return {
    kind: 'value',
    statistic: infinite ? Number.MAX_VALUE : (a * d) / (b * c),
    pValue: Math.min(1, pValue),
    details,
  };
}

/** Log-chance of k first-category rows among the reference's n, given margins; three binomials at p = s / (n + m). */
function hypergeometric(n: number, m: number, s: number): (k: number) => number {
  const p = s / (n + m);
  const whole = logBinomial(s, n + m, p);
  return (k) => logBinomial(k, n, p) + logBinomial(s - k, m, p) - whole;
}

/** Pooled two-proportion z test of the second of two categories (reference share − current share), two-sided. */
export function twoProportionZ(counts: CountPair): TestResult {
  const cells = square(counts);
  if (typeof cells === 'string') return absent(cells);
  const { a, b, c, d } = cells;
  return proportionTest({ hits: b, rows: a + b }, { hits: d, rows: c + d });
}

/** Pooled z test of two shares; equal shares that leave no variance (all or none) give z = 0 and p = 1. */
export function proportionTest(
  reference: { hits: number; rows: number },
  current: { hits: number; rows: number },
): TestResult {
  if (reference.rows === 0 || current.rows === 0)
    return absent(`the ${reference.rows === 0 ? 'reference' : 'current'} sample has no rows`);
  const pooled = (reference.hits + current.hits) / (reference.rows + current.rows);
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / reference.rows + 1 / current.rows));
  if (error === 0) return { kind: 'value', statistic: 0, pValue: 1 };
  const z = (reference.hits / reference.rows - current.hits / current.rows) / error;
  return { kind: 'value', statistic: z, pValue: Math.min(1, 2 * normalTail(Math.abs(z))) };
}
