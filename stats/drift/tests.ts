import { andersonDarling } from '../two-sample/anderson-darling.js';
import { inEqualWidths, inReferenceQuantiles } from '../two-sample/bins.js';
import { chiSquare, gTest } from '../two-sample/contingency.js';
import { cramerVonMises } from '../two-sample/cramer-von-mises.js';
import {
  type CountPair,
  hellinger,
  jsDistance,
  kullbackLeibler,
  lInfinity,
  psi,
  totalVariation,
} from '../two-sample/distances.js';
import { eppsSingleton } from '../two-sample/epps-singleton.js';
import { ks } from '../two-sample/ks.js';
import { mannWhitney, welchT } from '../two-sample/location.js';
import type { Sample } from '../two-sample/sample.js';
import { energy, scaleOf, wasserstein } from '../two-sample/transport.js';
import type { TestResult } from '../two-sample/types.js';
import { mmd } from '../several/mmd.js';

/** One test by its name on the command line. */
export interface DriftTest<Pair> {
  readonly name: string;
  /** Runs it. */
  run(pair: Pair): TestResult;
  /** Size of the change, on a scale on which `limit` is the least that matters; undefined: the test has no such scale. */
  effect?(result: TestResult, pair: Pair): number | undefined;
  /** Effect from which a column may count as drifted. */
  readonly limit?: number;
}

/** Both samples of a numeric column, prepared. */
export interface NumericPair {
  readonly reference: Sample;
  readonly current: Sample;
}

const statistic = (result: TestResult): number | undefined =>
  result.kind === 'value' ? result.statistic : undefined;

const inDeciles = ({ reference, current }: NumericPair): CountPair =>
  inReferenceQuantiles(reference.sorted, current.sorted);
const inWidths = ({ reference, current }: NumericPair): CountPair =>
  inEqualWidths(reference.sorted, current.sorted);

type Compare = (reference: Sample, current: Sample) => TestResult;
const test = (name: string, compare: Compare): DriftTest<NumericPair> => ({
  name,
  run: (p) => compare(p.reference, p.current),
});
const withEffect = <P>(entry: DriftTest<P>, limit: number): DriftTest<P> => ({
  ...entry,
  limit,
  effect: statistic,
});

/** Tests of numeric columns. PSI takes the reference's deciles, the other binned distances ten equal widths of the common range. */
export const numericTests: readonly DriftTest<NumericPair>[] = [
  withEffect(test('ks', ks), 0.1),
  test('cvm', cramerVonMises),
  test('ad', andersonDarling),
  test('mann-whitney', mannWhitney),
  test('welch-t', welchT),
  test('epps-singleton', eppsSingleton),
  {
    ...test('wasserstein', wasserstein),
    limit: 0.1,
    effect: (result, { reference }) => {
      const moved = statistic(result);
      const inDeviations = moved === undefined ? undefined : moved / scaleOf(reference.sorted);
      return Number.isFinite(inDeviations) ? inDeviations : undefined;
    },
  },
  test('energy', energy),
  withEffect({ name: 'psi', run: (p) => psi(inDeciles(p)) }, 0.1),
  withEffect({ name: 'js', run: (p) => jsDistance(inWidths(p)) }, 0.1),
  { name: 'kl', run: (p) => kullbackLeibler(inWidths(p)) },
  withEffect({ name: 'hellinger', run: (p) => hellinger(inWidths(p)) }, 0.1),
  withEffect({ name: 'tv', run: (p) => totalVariation(inWidths(p)) }, 0.1),
  withEffect({ name: 'linf', run: (p) => lInfinity(inWidths(p)) }, 0.1),
  { name: 'mmd', run: (p) => mmd({ reference: [p.reference.sorted], current: [p.current.sorted] }) },
];

const cramersV = (result: TestResult): number | undefined =>
  result.kind === 'value' ? result.details?.['cramersV'] : undefined;

const RARE = 5;

/**
 * The counts with all categories of fewer than 5 rows as one, where these are the larger part of the categories: χ² over mostly
 * empty cells has a p-value near 1 whatever the few common ones do.
 */
function withRareTogether(pair: CountPair): CountPair {
  const { reference, current } = pair;
  const common: number[] = [];
  let [used, left, right] = [0, 0, 0];
  for (let c = 0; c < reference.length; c++) {
    const [a, b] = [reference[c] ?? 0, current[c] ?? 0];
    if (a + b > 0) used++;
    if (a + b >= RARE) common.push(c);
    else [left, right] = [left + a, right + b];
  }
  if (2 * common.length >= used) return pair;
  const take = (column: CountPair['reference'], rest: number): number[] => [
    ...common.map((c) => column[c] ?? 0),
    rest,
  ];
  return { reference: take(reference, left), current: take(current, right) };
}

/** Tests of categorical columns, on the counts over the union of their categories. */
export const categoricalTests: readonly DriftTest<CountPair>[] = [
  { name: 'chi2', run: (c) => chiSquare(withRareTogether(c)), limit: 0.1, effect: cramersV },
  { name: 'g', run: (c) => gTest(withRareTogether(c)), limit: 0.1, effect: cramersV },
  withEffect({ name: 'psi', run: (c) => psi(c) }, 0.1),
  withEffect({ name: 'js', run: (c) => jsDistance(c) }, 0.1),
  { name: 'kl', run: (c) => kullbackLeibler(c) },
  withEffect({ name: 'hellinger', run: hellinger }, 0.1),
  withEffect({ name: 'tv', run: totalVariation }, 0.1),
  withEffect({ name: 'linf', run: lInfinity }, 0.1),
];

/** The three tests of each kind that are run when none are named. */
export const usualTests = {
  numeric: ['ks', 'wasserstein', 'psi'],
  categorical: ['chi2', 'js', 'psi'],
} as const;

/** Every test name. */
export const driftTestNames: readonly string[] = [
  ...new Set([...numericTests, ...categoricalTests].map((t) => t.name)),
];
