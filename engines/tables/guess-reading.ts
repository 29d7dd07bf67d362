import type { DuckDBConnection } from '@duckdb/node-api';
import { numberSql, textSql, timeSql } from '../features/column-sql.js';
import { identifier } from '../features/duck.js';
import { pointed, timeText, withoutMarks } from '../features/reading-sql.js';
import { MARK_LISTS, marksIn, sentinelIn } from './read-marks.js';
import { numericTime, timeFormatOf, type TimeFormat } from './read-times.js';

/** What a column of a file holds. Text of numbers, times or booleans has their kind. */
export type FactKind = 'integer' | 'float' | 'boolean' | 'text' | 'time' | 'other';

/** How one column is to be read. */
export interface ColumnReading {
  readonly name: string;
  readonly kind: FactKind;
  readonly type: string;
  /** Whether its numbers have a decimal comma. */
  readonly comma: boolean;
  /** How its times are written, where that is not ISO 8601. */
  readonly time: TimeFormat | null;
  /** Marks of missing values that it holds. */
  readonly marks: readonly string[];
}

/** `1,234.5`: commas between thousands, as in English. */
const POINT_THOUSANDS = `'^[+-]?[1-9]\\d{0,2}(,\\d{3})+(\\.\\d+)?$'`;

type Found = Pick<ColumnReading, 'kind'> & Partial<Omit<ColumnReading, 'name' | 'type'>>;

/** Guesses how a column of the table `raw` is to be read: from all of its values. */
export async function guessReading(
  connection: DuckDBConnection,
  column: { readonly name: string; readonly type: string },
): Promise<ColumnReading> {
  const found = await (isText(column.type) ? ofText : ofTyped)(connection, column);
  return { ...column, comma: false, time: null, marks: [], ...found };
}

const isText = (type: string): boolean => type === 'VARCHAR' || type === 'JSON';
type Stated = Pick<ColumnReading, 'name' | 'type'>;

async function ofText(connection: DuckDBConnection, { name, type }: Stated): Promise<Found> {
  const column = identifier(name);
  if (type === 'JSON' && (await holds(connection, `bool_or(json_type(${column}) IN ('OBJECT', 'ARRAY'))`)))
    return { kind: 'other' };
  const text = textSql(column, type);
  const value = `(CASE WHEN ${text} IN (${MARK_LISTS.amongNumbers}) THEN NULL ELSE ${text} END)`;
  const found = await ofPresent(connection, name, value);
  const list = ['text', 'boolean'].includes(found.kind) ? MARK_LISTS.anywhere : MARK_LISTS.amongNumbers;
  const marks = await marksIn(connection, text, list);
  return { ...found, marks: [...marks, ...(found.marks ?? [])] };
}

/** What texts are, without those that stand for a missing value. */
async function ofPresent(connection: DuckDBConnection, name: string, value: string): Promise<Found> {
  const all = async (condition: string): Promise<boolean> => {
    const every = `bool_and(${condition}) FILTER (${value} IS NOT NULL)`;
    return (await holds(connection, every, { from: PROBE, empty: true })) && (await holds(connection, every));
  };
  const number = `try_cast(${value} AS DOUBLE)`;
  if (await all(`${number} IS NOT NULL`)) return ofNumbers(connection, name, number);
  const iso = timeSql(value, 'VARCHAR');
  const moment = `coalesce(${iso?.absolute ?? 'NULL'} AT TIME ZONE 'UTC', ${iso?.local ?? 'NULL'})`;
  if (await all(`${moment} IS NOT NULL`)) return { kind: 'time' };
  const comma = `try_cast(${pointed(value, 'VARCHAR')} AS DOUBLE)`;
  const english = `${value} NOT LIKE '%,%' OR regexp_matches(${value}, ${POINT_THOUSANDS})`;
  if ((await all(`${comma} IS NOT NULL`)) && !(await all(english)))
    return { ...(await ofNumbers(connection, name, comma)), comma: true };
  const time = await timeFormatOf(connection, value);
  if (time !== undefined) return { kind: 'time', time };
  return { kind: (await all(`lower(${value}) IN ('true', 'false')`)) ? 'boolean' : 'text' };
}

async function ofTyped(connection: DuckDBConnection, { name, type }: Stated): Promise<Found> {
  if (/^(TIMESTAMP|DATE)/.test(type)) return { kind: 'time' };
  if (type === 'BOOLEAN') return { kind: 'boolean' };
  const number = /INT|^(FLOAT|DOUBLE|DECIMAL)/.test(type) && numberSql(identifier(name), type);
  return number ? ofNumbers(connection, name, number.value) : { kind: 'other' };
}

/** Whole numbers come as floats where some are missing, or from pandas. */
async function ofNumbers(connection: DuckDBConnection, name: string, number: string): Promise<Found> {
  const sentinel = await sentinelIn(connection, number);
  const whole = `v = trunc(v) AND abs(v) < 1e15`;
  const kept = sentinel === undefined ? 'true' : `v <> ${sentinel}`;
  const [row = []] = (
    await connection.runAndReadAll(
      `SELECT coalesce(bool_and(${whole}), false), min(v), max(v) FROM (SELECT ${number} AS v FROM raw) WHERE NOT isnan(v) AND ${kept}`,
    )
  ).getRowsJS();
  const kind = row[0] === true ? 'integer' : 'float';
  const format = kind === 'integer' ? numericTime(name, Number(row[1]), Number(row[2])) : undefined;
  if (format !== undefined) return { kind: 'time', time: { format, also: null } };
  return { kind, marks: sentinel === undefined ? [] : [sentinel] };
}

/** SQL of a column's value as it is read, with `marks` of the whole file. */
export function readingSql(
  { name, kind, type, comma, time }: ColumnReading,
  marks: readonly string[],
): string {
  const column = withoutMarks(identifier(name), type, marks);
  if (kind === 'integer' || kind === 'float') {
    const number =
      numberSql(comma ? pointed(column, type) : column, comma ? 'VARCHAR' : type)?.value ?? 'NULL';
    return kind === 'integer' ? `try_cast(${number} AS BIGINT)` : number;
  }
  if (kind !== 'time') return isText(type) && kind !== 'other' ? textSql(column, type) : column;
  const sql = time === null ? timeSql(column, type) : timeSql(timeText(column, type, time.format), 'VARCHAR');
  return sql === undefined ? 'NULL::TIMESTAMP' : `coalesce(${sql.absolute} AT TIME ZONE 'UTC', ${sql.local})`;
}

/** Most columns are told by a few rows: all are only asked where those agree. */
const PROBE = '(SELECT * FROM raw LIMIT 500)';

async function holds(
  connection: DuckDBConnection,
  aggregate: string,
  { from = 'raw', empty = false }: { readonly from?: string; readonly empty?: boolean } = {},
): Promise<boolean> {
  const [row] = (
    await connection.runAndReadAll(`SELECT coalesce(${aggregate}, ${empty}) FROM ${from}`)
  ).getRowsJS();
  return row?.[0] === true;
}
