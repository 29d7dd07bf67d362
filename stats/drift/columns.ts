import { type Correction, adjust } from '../multiple/correct.js';
import { alignCategories, countCategories } from '../two-sample/categories.js';
import type { Cell } from '../two-sample/categories.js';
import { proportionTest } from '../two-sample/contingency.js';
import { sampleOf } from '../two-sample/sample.js';
import type { TestResult } from '../two-sample/types.js';
import { type DriftTest, categoricalTests, driftTestNames, numericTests, usualTests } from './tests.js';

/** Both samples of one column. */
export interface DriftColumn {
  readonly name: string;
  readonly reference: ArrayLike<Cell>;
  readonly current: ArrayLike<Cell>;
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

interface Measured {
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
  const { level = 0.05, correction = 'holm', share = 0 } = options;
  checkOptions(options);
  const measured = columns.map((column) => measure(column, options.tests));
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

function measure(column: DriftColumn, tests: DriftOptions['tests']): Measured {
  const kind =
    column.kind ?? (isNumeric(column.reference) && isNumeric(column.current) ? 'numeric' : 'categorical');
  return kind === 'numeric' ? measureNumeric(column, tests) : measureCategorical(column, tests);
}

/** Whether every cell that is not missing is a number; a column of missing cells only is. */
function isNumeric(cells: ArrayLike<Cell>): boolean {
  if (cells instanceof Float64Array || cells instanceof Float32Array) return true;
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i];
    if (cell !== null && cell !== undefined && typeof cell !== 'number' && typeof cell !== 'bigint')
      return false;
  }
  return true;
}

function measureNumeric(column: DriftColumn, tests: DriftOptions['tests']): Measured {
  const pair = {
    reference: sampleOf(numbersOf(column.reference)),
    current: sampleOf(numbersOf(column.current)),
  };
  const missing = { reference: pair.reference.missing, current: pair.current.missing };
  return assemble(column, missing, runAll(selected(numericTests, usualTests.numeric, tests), pair));
}

function measureCategorical(column: DriftColumn, tests: DriftOptions['tests']): Measured {
  const reference = countCategories(column.reference);
  const current = countCategories(column.current);
  const aligned = alignCategories(reference.counts, current.counts);
  const missing = { reference: reference.missing, current: current.missing };
  const answers = runAll(selected(categoricalTests, usualTests.categorical, tests), aligned);
  return assemble(column, missing, answers, aligned.unseen.slice(0, 20));
}

/** Cells as numbers: anything else counts as missing. Columns of floats are handed through. */
function numbersOf(cells: ArrayLike<Cell>): ArrayLike<number> {
  if (cells instanceof Float64Array || cells instanceof Float32Array) return cells;
  return Float64Array.from({ length: cells.length }, (_, i) => {
    const cell = cells[i];
    return typeof cell === 'number' ? cell : typeof cell === 'bigint' ? Number(cell) : Number.NaN;
  });
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
  column: DriftColumn,
  missing: { reference: number; current: number },
  { results, largeEffect }: Answers,
  newCategories?: readonly string[],
): Measured {
  const rows = { reference: column.reference.length, current: column.current.length };
  const shares = {
    reference: rows.reference > 0 ? missing.reference / rows.reference : null,
    current: rows.current > 0 ? missing.current / rows.current : null,
  };
  const test = proportionTest(
    { hits: missing.reference, rows: rows.reference },
    { hits: missing.current, rows: rows.current },
  );
  const kind = newCategories ? 'categorical' : 'numeric';
  const tests = results.map(({ name, result }): DriftTestReport =>
    result.kind === 'value'
      ? { name, statistic: result.statistic, pValue: result.pValue }
      : { name, statistic: null, pValue: null, reason: result.reason },
  );
  return {
    report: {
      name: column.name,
      kind,
      missing: shares,
      tests,
      ...(newCategories?.length ? { newCategories } : {}),
    },
    pValues: tests.map((t) => t.pValue),
    largeEffect,
    missingP: test.kind === 'value' && missing.reference + missing.current > 0 ? test.pValue : null,
    missingGap: Math.abs((shares.reference ?? 0) - (shares.current ?? 0)),
  };
}
