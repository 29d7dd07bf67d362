import { absent } from '../outcome.js';
import { countBetween, firstAbove, firstAtLeast } from '../two-sample/bins.js';
import {
  type Cell,
  type CategoryCounts,
  alignCategories,
  countCategories,
} from '../two-sample/categories.js';
import { chiSquare, proportionTest } from '../two-sample/contingency.js';
import { type CountPair, jsDistance, psi } from '../two-sample/distances.js';
import { fTail } from '../distributions.js';
import { kolmogorovTail } from '../two-sample/kolmogorov.js';
import { ksPValue } from '../two-sample/ks.js';
import { type Sample, type SampleInput, sampleOf } from '../two-sample/sample.js';
import type { TestResult } from '../two-sample/types.js';
import { type Dependence, dependenceAt } from './dependence.js';
import type { CategoricalProfile, ColumnProfile, NumericProfile } from './types.js';

/** One test's answer under its name. */
export type NamedResult = { readonly name: string } & TestResult;

/** How a column differs from its profile. */
export interface ProfileComparison {
  readonly kind: ColumnProfile['kind'];
  /** Rows compared, the missing ones among them. */
  readonly rows: { readonly reference: number; readonly current: number };
  /** Share of missing rows (null where a side has no rows) and the pooled two-proportion z test of their equality. */
  readonly missing: {
    readonly reference: number | null;
    readonly current: number | null;
    readonly test: TestResult;
  };
  /**
   * Numeric: `ks`, `psi`, `js`. Categorical: `chi2`, `psi`, `js`. An absent one says why. `psi` carries the p-value of χ² on the same
   * bins: how surely they changed at all, since PSI alone is large by chance where few independent rows are compared.
   */
  readonly tests: readonly NamedResult[];
  /** Categories of the current rows that the profile does not know; empty for numbers. */
  readonly newCategories: readonly string[];
  /** KS distances may be too small by at most this (the profile's stated error); 0 for categories. */
  readonly error: number;
}

/**
 * Compares current rows with a profile. Numeric columns take numbers (null and NaN are missing), categorical ones any
 * cells. The KS p-value is that of the distance found, so it is never too small because of the sketch. Where the profile knows how
 * rows depend on their neighbours, p-values count them as the fewer independent rows that they are worth.
 */
export function compareToProfile(profile: NumericProfile, current: SampleInput): ProfileComparison;
/** Compares either kind; numbers handed to a categorical profile are categories, text handed to a numeric one is missing.
 * A million categories are fine: those beyond the profile fall into its rest. */
export function compareToProfile(profile: ColumnProfile, current: ArrayLike<Cell>): ProfileComparison;
export function compareToProfile(
  profile: ColumnProfile,
  current: SampleInput | ArrayLike<Cell>,
): ProfileComparison {
  if (profile.kind === 'numeric') return compareNumeric(profile, sampleOf(asNumbers(current)));
  if (!('length' in current))
    throw new TypeError(
      'A categorical profile takes the cells of a column, not a prepared sample of numbers.',
    );
  return compareCategories(profile, countCategories(current));
}

function asNumbers(current: SampleInput | ArrayLike<Cell>): SampleInput {
  if (!('length' in current) || current instanceof Float64Array || current instanceof Float32Array)
    return current;
  return Float64Array.from({ length: current.length }, (_, i) => {
    const cell = current[i];
    return typeof cell === 'number' ? cell : typeof cell === 'bigint' ? Number(cell) : Number.NaN;
  });
}

function compareNumeric(profile: NumericProfile, current: Sample): ProfileComparison {
  const { sorted, missing } = current;
  const counts: CountPair = {
    reference: profile.bins.counts,
    current: countBetween(sorted, profile.bins.inner),
  };
  const binned = (of: (pair: CountPair) => TestResult): TestResult =>
    profile.bins.counts.length === 0 ? noReference : of(counts);
  return {
    kind: 'numeric',
    rows: { reference: profile.rows, current: sorted.length + missing },
    missing: missingOf(profile, sorted.length + missing, missing),
    tests: [
      { name: 'ks', ...ksOfSketch(profile, current) },
      { name: 'psi', ...binned((pair) => surePsi(pair, profile.dependence)) },
      { name: 'js', ...binned(jsDistance) },
    ],
    newCategories: [],
    error: profile.error,
  };
}

const noReference = absent('the reference sample has no values');

/** KS distance at every sketched value, from both sides. */
function ksOfSketch({ sketch, rows, missing, dependence }: NumericProfile, { sorted }: Sample): TestResult {
  const n = rows - missing;
  const m = sorted.length;
  if (n === 0) return noReference;
  if (m === 0) return absent('the current sample has no values');
  let below = 0;
  let most = 0;
  let location = sketch.values[0] ?? 0;
  sketch.values.forEach((v, i) => {
    below += sketch.before[i] ?? 0;
    const under = Math.abs(below / n - firstAtLeast(sorted, v) / m);
    below += sketch.at[i] ?? 0;
    const upTo = Math.abs(below / n - firstAbove(sorted, v) / m);
    if (Math.max(under, upTo) <= most) return;
    most = Math.max(under, upTo);
    location = v;
  });
  if (dependence === undefined)
    return { kind: 'value', statistic: most, pValue: ksPValue(most, n, m), details: { location } };
  const { cut: designEffect } = dependenceAt(dependence, m);
  const worth = Math.max(1, Math.round((n * m) / (n + m) / designEffect));
  const pValue = Math.min(1, Math.max(0, kolmogorovTail(most, worth)));
  return { kind: 'value', statistic: most, pValue, details: { location, designEffect } };
}

/** Pearson's χ² with the p-value that dependent rows leave it: scaled, over its degrees of freedom, as F (Thomas & Rao 1987). */
function sureChiSquare(pair: CountPair, dependence: Dependence | undefined): TestResult {
  const plain = chiSquare(pair);
  if (plain.kind === 'absent' || dependence === undefined) return plain;
  let rows = 0;
  for (let i = 0; i < pair.current.length; i++) rows += pair.current[i] ?? 0;
  const { scale, dof, estimates } = dependenceAt(dependence, rows);
  const free = dof * (plain.details?.['dof'] ?? 0);
  const pValue = free === 0 ? 1 : fTail(plain.statistic / scale / free, free, free * estimates);
  return { ...plain, pValue, details: { ...plain.details, designEffect: scale } };
}

/** PSI with the p-value of χ² on its bins. */
function surePsi(pair: CountPair, dependence: Dependence | undefined): TestResult {
  const distance = psi(pair);
  const test = sureChiSquare(pair, dependence);
  if (distance.kind === 'absent' || test.kind === 'absent') return distance;
  return { ...distance, pValue: test.pValue };
}

function compareCategories(
  profile: CategoricalProfile,
  { counts, missing }: CategoryCounts,
): ProfileComparison {
  const known = new Map(profile.counts);
  const aligned = alignCategories(known, counts);
  // With categories left out of the profile, an unknown one may be old: they are compared as one group.
  const pair = profile.rest.categories > 0 ? groupUnknown(profile, counts) : aligned;
  let rows = missing;
  for (const count of counts.values()) rows += count;
  return {
    kind: 'categorical',
    rows: { reference: profile.rows, current: rows },
    missing: missingOf(profile, rows, missing),
    tests: [
      { name: 'chi2', ...sureChiSquare(pair, profile.dependence) },
      { name: 'psi', ...surePsi(pair, profile.dependence) },
      { name: 'js', ...jsDistance(pair) },
    ],
    newCategories: profile.rest.categories > 0 ? [] : aligned.unseen,
    error: 0,
  };
}

function groupUnknown(profile: CategoricalProfile, counts: ReadonlyMap<string, number>): CountPair {
  let unknown = 0;
  const known = new Set(profile.counts.map(([category]) => category));
  for (const [category, count] of counts) if (!known.has(category)) unknown += count;
  return {
    reference: [...profile.counts.map(([, count]) => count), profile.rest.rows],
    current: [...profile.counts.map(([category]) => counts.get(category) ?? 0), unknown],
  };
}

function missingOf(profile: ColumnProfile, rows: number, missing: number): ProfileComparison['missing'] {
  return {
    reference: profile.rows > 0 ? profile.missing / profile.rows : null,
    current: rows > 0 ? missing / rows : null,
    test: proportionTest({ hits: profile.missing, rows: profile.rows }, { hits: missing, rows }),
  };
}
