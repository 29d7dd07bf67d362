import { literal } from './duck.js';

/** A column value as SQL, and how to see that a value is not of its type. */
export interface ColumnSql {
  /** The value in its final type, NULL where it is missing. */
  readonly value: string;
  /** True in rows whose value is present and of another type; undefined when the column type rules that out. */
  readonly wrong?: string;
}

type Kind = 'boolean' | 'integer' | 'float' | 'text' | 'date' | 'timestamp' | 'timestamptz' | 'other';

const INTEGER = /^U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)$/;

function kindOf(type: string): Kind {
  if (INTEGER.test(type)) return 'integer';
  if (/^(FLOAT|DOUBLE|DECIMAL\(.*\))$/.test(type)) return 'float';
  if (/^(TIMESTAMP|TIMESTAMP_S|TIMESTAMP_MS|TIMESTAMP_NS)$/.test(type)) return 'timestamp';
  if (type === 'TIMESTAMP WITH TIME ZONE') return 'timestamptz';
  if (type === 'VARCHAR' || type === 'JSON' || type.startsWith('ENUM')) return 'text';
  if (type === 'BOOLEAN') return 'boolean';
  return type === 'DATE' ? 'date' : 'other';
}

/** Trimmed text of a text column, NULL when empty. JSON strings lose their quotes. */
export function textSql(column: string, type: string): string {
  const text = type === 'JSON' ? `(${column} ->> '$')` : `${column}::VARCHAR`;
  return `nullif(trim(${text}), '')`;
}

/**
 * A number: DOUBLE, NULL for NaN, minus zero as zero. Text is read as a number where it is one. Undefined for columns that hold
 * no numbers (dates, lists, …).
 */
export function numberSql(column: string, type: string): ColumnSql | undefined {
  const tidy = (double: string): string => `(CASE WHEN isnan(${double}) THEN NULL ELSE ${double} + 0.0 END)`;
  switch (kindOf(type)) {
    case 'boolean':
    case 'integer':
      return { value: `${column}::DOUBLE` };
    case 'float':
      return { value: tidy(`${column}::DOUBLE`) };
    case 'text': {
      const text = textSql(column, type);
      const double = `try_cast(${text} AS DOUBLE)`;
      return { value: tidy(double), wrong: `(${text} IS NOT NULL AND ${double} IS NULL)` };
    }
    default:
      return undefined;
  }
}

/**
 * A category: its text as JavaScript's `String(value)` writes it, so that the number 1 is '1' whatever its column type; empty
 * text is missing. Undefined for columns that hold no single values (lists, structs, …).
 */
export function categorySql(column: string, type: string): ColumnSql | undefined {
  switch (kindOf(type)) {
    case 'float': {
      const double = `${column}::DOUBLE`;
      const whole = `${double} = trunc(${double}) AND abs(${double}) < 1e15`;
      return {
        value: `(CASE WHEN isnan(${double}) THEN NULL WHEN ${whole} THEN (${double})::BIGINT::VARCHAR ELSE (${double})::VARCHAR END)`,
      };
    }
    case 'text':
      return { value: textSql(column, type) };
    case 'other':
      return undefined;
    case 'timestamptz':
      return { value: instantSql(column) };
    default:
      return { value: `${column}::VARCHAR` };
  }
}

const WITH_OFFSET = `'\\d:\\d\\d(:\\d\\d(\\.\\d+)?)?\\s*([Zz]|[+-]\\d\\d(:?\\d\\d)?)$'`;

/** A column of times as SQL: each row has an absolute time, a local one, or neither. */
export interface TimeSql {
  /** TIMESTAMPTZ of times that state their offset. */
  readonly absolute: string;
  /** TIMESTAMP of times that do not. */
  readonly local: string;
  /** True in rows that hold something. */
  readonly present: string;
}

/** A column of times; undefined for columns that hold none. Infinite times are unreadable. */
export function timeSql(column: string, type: string): TimeSql | undefined {
  const present = `${column} IS NOT NULL`;
  switch (kindOf(type)) {
    case 'timestamptz':
      return { absolute: finite(column), local: 'NULL::TIMESTAMP', present };
    case 'timestamp':
    case 'date':
      return { absolute: 'NULL::TIMESTAMPTZ', local: finite(`${column}::TIMESTAMP`), present };
    case 'text': {
      const text = textSql(column, type);
      const offset = `regexp_matches(${text}, ${WITH_OFFSET})`;
      return {
        absolute: `(CASE WHEN ${offset} THEN ${finite(`try_cast(${text} AS TIMESTAMPTZ)`)} END)`,
        local: `(CASE WHEN NOT ${offset} THEN ${finite(`try_cast(${text} AS TIMESTAMP)`)} END)`,
        present: `${text} IS NOT NULL`,
      };
    }
    default:
      return undefined;
  }
}

const finite = (time: string): string => `(CASE WHEN isfinite(${time}) THEN ${time} END)`;

/**
 * A table expression with the columns of `relation` and `moment` (TIMESTAMPTZ), made of its columns `absolute` and `local`. A local
 * time that the clock showed twice (autumn) is the earlier of the two; one that it skipped (spring) is read with the offset before
 * the change, which is an hour later on the clock: `shifted` is then true. Built in layers, so that each conversion is done once.
 */
export function momentsSql(relation: string, timeZone: string): string {
  const zone = literal(timeZone);
  if (timeZone === 'UTC')
    return `(SELECT *, coalesce(absolute, local AT TIME ZONE 'UTC') AS moment, false AS shifted FROM ${relation})`;
  // The engine takes the later of two instants with the same local time; clocks go back by an hour, on Lord Howe by half.
  const arms = ['60 minutes', '30 minutes'].map((step) => {
    const earlier = `(later - INTERVAL '${step}')`;
    return `WHEN (${earlier} AT TIME ZONE ${zone}) = local THEN ${earlier}`;
  });
  return `(SELECT * EXCLUDE (later), coalesce(absolute, CASE ${arms.join(' ')} ELSE later END) AS moment,
      coalesce((later AT TIME ZONE ${zone}) <> local, false) AS shifted
    FROM (SELECT *, local AT TIME ZONE ${zone} AS later FROM ${relation}))`;
}

/** An instant as stored text, e.g. `2011-04-01T00:00:00.000Z`. */
export const instantSql = (time: string): string =>
  `strftime(${time} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%gZ')`;
