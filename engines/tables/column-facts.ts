import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { PerennialError } from '../../domain/errors.js';
import { identifier, literal } from '../features/duck.js';

/** What a column of a file holds. `text` that reads as times is `time`. */
export type FactKind = 'integer' | 'float' | 'boolean' | 'text' | 'time' | 'other';

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
}

/** What a file looks like. */
export interface TableFacts {
  readonly rows: number;
  readonly columns: readonly ColumnFacts[];
}

/** A file that is open for questions. */
export interface DescribedTable extends TableFacts {
  /** One number of a SQL expression over the table `t`; NaN where it is null. */
  measure(sql: string): Promise<number>;
}

/** Most values of a column that are listed. */
export const LISTED = 60;
const MANY = 100_000;

const NEXT = 'Name a .csv, .tsv, .parquet, .jsonl, .ndjson or .json file, or a glob of them.';

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
      });
    } finally {
      connection.closeSync();
    }
  } finally {
    instance.closeSync();
  }
}

async function describe(connection: DuckDBConnection, path: string): Promise<TableFacts> {
  try {
    await connection.run(`CREATE VIEW t AS SELECT * FROM ${sourceOf(path)}`);
    const rows = await numberOf(connection, 'SELECT count(*)::DOUBLE FROM t');
    if (rows === 0) throw unreadable(path, 'holds no rows');
    const described = await connection.runAndReadAll('DESCRIBE t');
    const columns: ColumnFacts[] = [];
    for (const [name, type] of described.getRowsJS())
      columns.push(await factsOf(connection, rows, { name: String(name), type: String(type) }));
    return { rows, columns };
  } catch (error) {
    if (error instanceof PerennialError) throw error;
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : '';
    throw unreadable(path, /No files found/.test(reason) ? 'does not exist' : 'cannot be read as rows');
  }
}

function sourceOf(path: string): string {
  const file = literal(path);
  if (/\.parquet$/i.test(path)) return `read_parquet(${file}, union_by_name = true)`;
  if (/\.(csv|tsv)$/i.test(path)) return `read_csv(${file}, union_by_name = true, sample_size = -1)`;
  if (/\.(jsonl|ndjson|json)$/i.test(path)) return `read_json(${file}, union_by_name = true)`;
  throw unreadable(path, 'has an unknown ending');
}

const unreadable = (path: string, why: string): PerennialError =>
  new PerennialError({
    type: 'rows-unreadable',
    thing: 'data file',
    value: path,
    allowed: `a file with rows; it ${why}`,
    next: NEXT,
  });

async function factsOf(
  connection: DuckDBConnection,
  rows: number,
  { name, type }: { readonly name: string; readonly type: string },
): Promise<ColumnFacts> {
  const column = identifier(name);
  const kind = await kindOf(connection, column, type);
  const cell = kind === 'time' ? `try_cast(${column} AS TIMESTAMP)` : column;
  const present = await numberOf(connection, `SELECT count(${cell})::DOUBLE FROM t`);
  const about = await numberOf(connection, `SELECT approx_count_distinct(${cell})::DOUBLE FROM t`);
  const whole = present === rows;
  const distinct =
    whole || about <= MANY
      ? await numberOf(connection, `SELECT count(DISTINCT ${cell})::DOUBLE FROM t`)
      : about;
  const numeric = kind === 'time' ? `epoch_ms(${cell})` : cell;
  const bound = (which: 'min' | 'max'): Promise<number> =>
    numberOf(connection, `SELECT ${which}(${numeric})::DOUBLE FROM t`);
  const measured = kind === 'integer' || kind === 'float' || kind === 'time';
  return {
    ...{ name, kind, missing: rows - present, distinct, unique: whole && distinct === rows },
    min: measured ? await bound('min') : null,
    max: measured ? await bound('max') : null,
    values: distinct <= LISTED && kind !== 'time' ? await valuesOf(connection, column, kind) : null,
  };
}

async function kindOf(connection: DuckDBConnection, column: string, type: string): Promise<FactKind> {
  if (/^U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)$/.test(type)) return 'integer';
  if (/^(FLOAT|DOUBLE|DECIMAL)/.test(type)) return (await isWhole(connection, column)) ? 'integer' : 'float';
  if (/^(TIMESTAMP|DATE)/.test(type)) return 'time';
  if (type === 'BOOLEAN') return 'boolean';
  if (type !== 'VARCHAR') return 'other';
  const times = `bool_and(try_cast(${column} AS TIMESTAMP) IS NOT NULL) FILTER (${column} IS NOT NULL)`;
  return (await numberOf(connection, `SELECT coalesce(${times}, false)::INT::DOUBLE FROM t`)) === 1
    ? 'time'
    : 'text';
}

/** Whole numbers come as floats where some are missing, or from pandas. */
async function isWhole(connection: DuckDBConnection, column: string): Promise<boolean> {
  const whole = `bool_and(${column} = trunc(${column}) AND abs(${column}) < 1e15) FILTER (${column} IS NOT NULL AND NOT isnan(${column}))`;
  return (await numberOf(connection, `SELECT coalesce(${whole}, false)::INT::DOUBLE FROM t`)) === 1;
}

async function valuesOf(connection: DuckDBConnection, column: string, kind: FactKind): Promise<string[]> {
  const cell = kind === 'integer' ? `${column}::BIGINT` : column;
  const reader = await connection.runAndReadAll(
    `SELECT v::VARCHAR FROM (SELECT DISTINCT ${cell} AS v FROM t WHERE ${column} IS NOT NULL) ORDER BY v`,
  );
  return reader.getRowsJS().map(([value]) => String(value));
}

async function numberOf(connection: DuckDBConnection, sql: string): Promise<number> {
  const [row] = (await connection.runAndReadAll(sql)).getRowsJS();
  const value = row?.[0];
  return value === null || value === undefined ? Number.NaN : Number(value);
}
