import { type Correction, adjust } from '../multiple/correct.js';
import {
  type Cell,
  type CategoryCounts,
  alignCategories,
  countCategories,
} from '../two-sample/categories.js';
import { proportionTest } from '../two-sample/contingency.js';
import { type Sample, sampleOf } from '../two-sample/sample.js';
import type { TestResult } from '../two-sample/types.js';
import { type DriftTest, categoricalTests, driftTestNames, numericTests, usualTests } from './tests.js';

/** One sample of a column: its cells, or numbers or counts that are prepared already (for columns too large to hold as cells). */
export type ColumnSide = ArrayLike<Cell> | Sample | CategoryCounts;

/** Both samples of one column. */
export interface DriftColumn {
  readonly name: string;
  readonly reference: ColumnSide;
  readonly current: ColumnSide;
  /** Default: numeric where all cells of both that are not missing are numbers. */
  readonly kind?: 'numeric' | 'categorical' | undefined;
}

/** How a comparison is made and judged. */
export interface DriftOptions {
  /** Names of tests, `all`, or left out: three well-chosen ones for each kind. A test that does not apply to a kind is left out there. */
  readonly tests?: readonly string[] | 'all' | undefined;
  /** Chance of a false alarm over all columns and tests together. Default 0.05. */
  readonly level?: number | undefined;
  /** Default `holm`. */
  readonly correction?: Correction | undefined;
  /** Share of drifted columns from which the whole counts as drifted. Default 0: one column is enough. */
  readonly share?: number | undefined;
}

/** One test's answer; both numbers are null, and `reason` says why, where there is none. `pValue` is null for a distance. */
export interface DriftTestReport {
  readonly name: string;
  readonly statistic: number | null;
  readonly pValue: number | null;
  readonly reason?: string;
}

/** One column's answers and verdict. */
export interface DriftColumnReport {
  readonly name: string;
  readonly kind: 'numeric' | 'categorical';
  /** Share of missing cells; null where there are no rows. */
  readonly missing: { readonly reference: number | null; readonly current: number | null };
  readonly tests: readonly DriftTestReport[];
  /** Categories that the reference does not have, up to 20. */
  readonly newCategories?: readonly string[];
  readonly drifted: boolean;
}

/** The whole comparison, as `perennial drift --json` prints it. */
export interface DriftReport {
  readonly columns: readonly DriftColumnReport[];
  /** Share of columns that drifted. */
  readonly share: number;
  readonly drifted: boolean;
}

/** Difference of missing shares from which it may count as drift. */
const MISSING_LIMIT = 0.05;

/** A column's answers, before the verdict over all columns. */
export interface MeasuredColumn {
  readonly report: Omit<DriftColumnReport, 'drifted'>;
  readonly pValues: readonly (number | null)[];
  /** undefined: no selected test measures an effect. */
  readonly largeEffect: boolean | undefined;
  readonly missingP: number | null;
  readonly missingGap: number;
}

/**
 * Compares columns. A column drifted when a p-value stays at or below `level` after correction over all columns and tests,
 * and an effect reaches its limit (0.1 for ks, psi, js, tv, hellinger, linf and Cramér's V, 0.1 reference standard
 * deviations for wasserstein); with p-values or effects alone selected, these decide alone. Tiny but certain changes of
 * large data, and large but uncertain ones of small data, are no drift. Equal data give equal verdicts.
 */
export function compareColumns(columns: readonly DriftColumn[], options: DriftOptions = {}): DriftReport {
  checkOptions(options);
  return judgeColumns(
    columns.map((column) => measureColumn(column, options)),
    options,
  );
}

/** The verdict over measured columns: `compareColumns` in two steps, so that columns can be read, measured and let go one by one. */
export function judgeColumns(measured: readonly MeasuredColumn[], options: DriftOptions = {}): DriftReport {
  checkOptions(options);
  const { level = 0.05, correction = 'holm', share = 0 } = options;
  const adjusted = adjust(
    measured.flatMap((m) => [...m.pValues, m.missingP]),
    correction,
  );
  let at = 0;
  const reports = measured.map((m): DriftColumnReport => {
    const own = adjusted.slice(at, at + m.pValues.length);
    const missingP = adjusted[at + m.pValues.length] ?? null;
    at += m.pValues.length + 1;
    const missingDrift = missingP !== null && missingP <= level && m.missingGap >= MISSING_LIMIT;
    return { ...m.report, drifted: missingDrift || valuesDrifted(own, m.largeEffect, level) };
  });
  const drifted = reports.filter((r) => r.drifted).length;
  const part = reports.length > 0 ? drifted / reports.length : 0;
  return { columns: reports, share: part, drifted: drifted > 0 && part >= share };
}

function valuesDrifted(
  pValues: readonly (number | null)[],
  largeEffect: boolean | undefined,
  level: number,
): boolean {
  const tested = pValues.some((p) => p !== null);
  if (!tested) return largeEffect === true;
  return pValues.some((p) => p !== null && p <= level) && largeEffect !== false;
}

function checkOptions({ tests, level = 0.05, share = 0 }: DriftOptions): void {
  if (!(level > 0 && level < 1))
    throw new RangeError(`Level ${level} is not between 0 and 1; give one such as 0.05.`);
  if (!(share >= 0 && share <= 1)) throw new RangeError(`Share ${share} is not in [0, 1].`);
  for (const name of tests === 'all' ? [] : (tests ?? [])) {
    if (!driftTestNames.includes(name))
      throw new RangeError(`Test ${name} is not known; use all or some of ${driftTestNames.join(', ')}.`);
  }
}

/** Runs the tests of one column. */
export function measureColumn(column: DriftColumn, { tests }: DriftOptions = {}): MeasuredColumn {
  const { reference, current } = column;
  const kind = column.kind ?? (isNumeric(reference) && isNumeric(current) ? 'numeric' : 'categorical');
  return kind === 'numeric' ? measureNumeric(column, tests) : measureCategorical(column, tests);
}

/** Whether every cell that is not missing is a number; a column of missing cells only is. */
function isNumeric(side: ColumnSide): boolean {
  if ('sorted' in side || side instanceof Float64Array || side instanceof Float32Array) return true;
  if ('counts' in side) return false;
  for (let i = 0; i < side.length; i++) {
    const cell = side[i];
    if (cell !== null && cell !== undefined && typeof cell !== 'number' && typeof cell !== 'bigint')
      return false;
  }
  return true;
}

function measureNumeric(column: DriftColumn, tests: DriftOptions['tests']): MeasuredColumn {
  const pair = { reference: numbersOf(column.reference), current: numbersOf(column.current) };
  const answers = runAll(selected(numericTests, usualTests.numeric, tests), pair);
  return assemble(column.name, { reference: rowsOf(pair.reference), current: rowsOf(pair.current) }, answers);
}

function measureCategorical(column: DriftColumn, tests: DriftOptions['tests']): MeasuredColumn {
  const reference = countsOf(column.reference);
  const current = countsOf(column.current);
  const aligned = alignCategories(reference.counts, current.counts);
  const answers = runAll(selected(categoricalTests, usualTests.categorical, tests), aligned);
  return assemble(
    column.name,
    { reference: rowsIn(reference), current: rowsIn(current) },
    answers,
    aligned.unseen.slice(0, 20),
  );
}

/** Rows of a sample and how many of them are missing. */
interface Rows {
  readonly rows: number;
  readonly missing: number;
}

const rowsOf = ({ sorted, missing }: Sample): Rows => ({ rows: sorted.length + missing, missing });

function rowsIn({ counts, missing }: CategoryCounts): Rows {
  let rows = missing;
  for (const count of counts.values()) rows += count;
  return { rows, missing };
}

/** A side as numbers: other cells count as missing. */
function numbersOf(side: ColumnSide): Sample {
  if ('sorted' in side) return side;
  if ('counts' in side)
    throw new TypeError('Counts of categories cannot be compared as numbers; leave the kind out.');
  if (side instanceof Float64Array || side instanceof Float32Array) return sampleOf(side);
  return sampleOf(
    Float64Array.from({ length: side.length }, (_, i) => {
      const cell = side[i];
      return typeof cell === 'number' ? cell : typeof cell === 'bigint' ? Number(cell) : Number.NaN;
    }),
  );
}

/** A side as categories. */
function countsOf(side: ColumnSide): CategoryCounts {
  if ('counts' in side) return side;
  return 'sorted' in side
    ? { ...countCategories(side.sorted), missing: side.missing }
    : countCategories(side);
}

function selected<P>(
  all: readonly DriftTest<P>[],
  usual: readonly string[],
  tests: DriftOptions['tests'],
): DriftTest<P>[] {
  return all.filter((t) => tests === 'all' || (tests ?? usual).includes(t.name));
}

interface Answers {
  readonly results: readonly { readonly name: string; readonly result: TestResult }[];
  readonly largeEffect: boolean | undefined;
}

function runAll<P>(tests: readonly DriftTest<P>[], pair: P): Answers {
  let largeEffect: boolean | undefined;
  const results = tests.map((t) => {
    const result = t.run(pair);
    const effect = t.effect?.(result, pair);
    if (effect !== undefined && t.limit !== undefined)
      largeEffect = largeEffect === true || effect >= t.limit;
    return { name: t.name, result };
  });
  return { results, largeEffect };
}

function assemble(
  name: string,
  { reference, current }: { reference: Rows; current: Rows },
  { results, largeEffect }: Answers,
  newCategories?: readonly string[],
): MeasuredColumn {
  const shareOf = ({ rows, missing }: Rows): number | null => (rows > 0 ? missing / rows : null);
  const shares = { reference: shareOf(reference), current: shareOf(current) };
  const test = proportionTest(
    { hits: reference.missing, rows: reference.rows },
    { hits: current.missing, rows: current.rows },
  );
  const kind = newCategories ? 'categorical' : 'numeric';
  const tests = results.map(({ name, result }): DriftTestReport =>
    result.kind === 'value'
      ? { name, statistic: result.statistic, pValue: result.pValue }
      : { name, statistic: null, pValue: null, reason: result.reason },
  );
  return {
    report: {
      name,
      kind,
      missing: shares,
      tests,
      ...(newCategories?.length ? { newCategories } : {}),
    },
    pValues: tests.map((t) => t.pValue),
    largeEffect,
    missingP: test.kind === 'value' && reference.missing + current.missing > 0 ? test.pValue : null,
    missingGap: Math.abs((shares.reference ?? 0) - (shares.current ?? 0)),
  };
}
