import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { identifier } from '../features/duck.js';
import { guessReading, readingSql, type ColumnReading, type FactKind } from './guess-reading.js';
import { openRaw, unreadable } from './open-raw.js';
import type { TimeFormat } from './read-times.js';

/** What one column looks like. */
export interface ColumnFacts {
  readonly name: string;
  readonly kind: FactKind;
  readonly missing: number;
  /** Distinct present values; above {@link MANY} an estimate where some are missing. */
  readonly distinct: number;
  /** Whether no value repeats and none is missing. */
  readonly unique: boolean;
  /** Of numbers, and of times in epoch milliseconds. */
  readonly min: number | null;
  readonly max: number | null;
  /** All values as text, in order, where there are at most {@link LISTED}; else null. */
  readonly values: readonly string[] | null;
  /** How its times are written, where that is not ISO 8601. */
  readonly format: TimeFormat | null;
}

/** What a file looks like. */
export interface TableFacts {
  readonly rows: number;
  readonly columns: readonly ColumnFacts[];
  /** Whether numbers in text have a decimal comma. */
  readonly comma: boolean;
  /** What stands for missing values, beside nothing at all. */
  readonly marks: readonly string[];
}

/** A file that is open for questions. */
export interface DescribedTable extends TableFacts {
  /** One number of a SQL expression over the table `t`, whose columns have the types of their kinds; NaN where it is null. */
  measure(sql: string): Promise<number>;
  /** The first rows of columns of numbers, column by column; NaN where one is missing. */
  firstRows(columns: readonly ColumnFacts[], rows: number): Promise<number[][]>;
}

/** Most values of a column that are listed. */
export const LISTED = 60;
const MANY = 100_000;

/**
 * Describes a CSV, Parquet or JSON lines file (or a glob) for the length of `use`. Throws `rows-unreadable` for a file that is
 * missing, empty or of another format.
 */
export async function withColumnFacts<T>(
  path: string,
  use: (table: DescribedTable) => Promise<T>,
): Promise<T> {
  const instance = await DuckDBInstance.create(':memory:');
  try {
    const connection = await instance.connect();
    try {
      const facts = await describe(connection, path);
      return await use({
        ...facts,
        measure: (sql) => numberOf(connection, `SELECT (${sql})::DOUBLE FROM t`),
        firstRows: (columns, rows) => firstRows(connection, columns, rows),
      });
    } finally {
      connection.closeSync();
    }
  } finally {
    instance.closeSync();
  }
}

async function describe(connection: DuckDBConnection, path: string): Promise<TableFacts> {
  const stated = await openRaw(connection, path);
  const rows = await numberOf(connection, 'SELECT count(*)::DOUBLE FROM raw');
  if (rows === 0) throw unreadable(path, 'holds no rows');
  const readings: ColumnReading[] = [];
  for (const column of stated) readings.push(await guessReading(connection, column));
  const { comma, marks } = ofFile(readings);
  const typed = readings.map(
    (reading) => `${readingSql(agreeing(reading, comma), marks)} AS ${identifier(reading.name)}`,
  );
  await connection.run(`CREATE TABLE t AS SELECT ${typed.join(', ')} FROM raw`);
  const columns: ColumnFacts[] = [];
  for (const reading of readings) columns.push(await factsOf(connection, rows, agreeing(reading, comma)));
  return { rows, columns, comma, marks };
}

/** A spec says once for all columns how numbers are written: where columns differ, decimal points win. */
function ofFile(readings: readonly ColumnReading[]): Pick<TableFacts, 'comma' | 'marks'> {
  const points = readings.some(({ kind, type, comma }) => kind === 'float' && type === 'VARCHAR' && !comma);
  return {
    comma: !points && readings.some(({ comma }) => comma),
    marks: [...new Set(readings.flatMap(({ marks }) => marks))],
  };
}

const agreeing = (reading: ColumnReading, comma: boolean): ColumnReading =>
  reading.comma && !comma ? { ...reading, comma: false, kind: 'text' } : reading;

async function factsOf(
  connection: DuckDBConnection,
  rows: number,
  { name, kind, time }: ColumnReading,
): Promise<ColumnFacts> {
  const column = identifier(name);
  const present = await numberOf(connection, `SELECT count(${column})::DOUBLE FROM t`);
  const about = await numberOf(connection, `SELECT approx_count_distinct(${column})::DOUBLE FROM t`);
  const whole = present === rows;
  const distinct =
    whole || about <= MANY
      ? await numberOf(connection, `SELECT count(DISTINCT ${column})::DOUBLE FROM t`)
      : about;
  const numeric = kind === 'time' ? `epoch_ms(${column})` : column;
  const bound = (which: 'min' | 'max'): Promise<number> =>
    numberOf(connection, `SELECT ${which}(${numeric})::DOUBLE FROM t`);
  const measured = kind === 'integer' || kind === 'float' || kind === 'time';
  return {
    ...{ name, kind, missing: rows - present, distinct, unique: whole && distinct === rows },
    min: measured ? await bound('min') : null,
    max: measured ? await bound('max') : null,
    values: distinct <= LISTED && kind !== 'time' ? await valuesOf(connection, column) : null,
    format: time,
  };
}

async function valuesOf(connection: DuckDBConnection, column: string): Promise<string[]> {
  const reader = await connection.runAndReadAll(
    `SELECT v::VARCHAR FROM (SELECT DISTINCT ${column} AS v FROM t WHERE ${column} IS NOT NULL) ORDER BY v`,
  );
  return reader.getRowsJS().map(([value]) => String(value));
}

async function firstRows(
  connection: DuckDBConnection,
  columns: readonly ColumnFacts[],
  rows: number,
): Promise<number[][]> {
  const cells = columns.map(({ name }) => `${identifier(name)}::DOUBLE`);
  const found = (
    await connection.runAndReadAll(`SELECT ${cells.join(', ')} FROM t LIMIT ${rows}`)
  ).getRowsJS();
  return columns.map((_, index) =>
    found.map((row) => (typeof row[index] === 'number' ? row[index] : Number.NaN)),
  );
}

async function numberOf(connection: DuckDBConnection, sql: string): Promise<number> {
  const [row] = (await connection.runAndReadAll(sql)).getRowsJS();
  const value = row?.[0];
  return value === null || value === undefined ? Number.NaN : Number(value);
}
