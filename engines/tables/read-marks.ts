import type { DuckDBConnection } from '@duckdb/node-api';
import { literal } from '../features/duck.js';

/** Texts that mean a missing value wherever they stand. */
const MARKS = ['NA', 'N/A', 'n/a', '#N/A', '<NA>', 'NaN', 'nan', 'NULL', 'null', '(null)', '?'];
/** Texts that mean one among numbers and times only; elsewhere they may be a category. */
const AMONG_NUMBERS = ['None', 'none', 'nil', '-', '--', '.', 'n.a.', '#NULL!', 'missing', 'Missing'];
/** Numbers that sensors and surveys write for one. */
const SENTINELS = [-999, -9999, -99999];

/** SQL lists of the texts that mean a missing value: everywhere, and among numbers. */
export const MARK_LISTS = {
  anywhere: MARKS.map(literal).join(', '),
  amongNumbers: [...MARKS, ...AMONG_NUMBERS].map(literal).join(', '),
} as const;

/** The marks that a column of text holds, in the order of how often. */
export async function marksIn(connection: DuckDBConnection, text: string, list: string): Promise<string[]> {
  const found = await connection.runAndReadAll(
    `SELECT v FROM (SELECT ${text} AS v FROM raw) WHERE v IN (${list}) GROUP BY v ORDER BY count(*) DESC, v`,
  );
  return found.getRowsJS().map(([mark]) => String(mark));
}

/**
 * The number that stands for a missing value in a column of numbers: one of a few, there at least twice, and ten times as far down
 * as anything else.
 */
export async function sentinelIn(connection: DuckDBConnection, number: string): Promise<string | undefined> {
  const columns = SENTINELS.map(
    (s) => `count_if(v = ${s}), coalesce(min(v) FILTER (v <> ${s}) > ${s / 10}, false)`,
  );
  const [row] = (
    await connection.runAndReadAll(`SELECT ${columns.join(', ')} FROM (SELECT ${number} AS v FROM raw)`)
  ).getRowsJS();
  const at = SENTINELS.findIndex(
    (_, index) => Number(row?.[2 * index]) >= 2 && row?.[2 * index + 1] === true,
  );
  return at === -1 ? undefined : String(SENTINELS[at]);
}
