import { EPOCH_FORMATS } from '../../domain/spec/reading-section.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import { textSql } from './column-sql.js';
import { identifier, literal } from './duck.js';

/** How files write what they hold, as `source` states it, or `source.labels` for label files. */
export type Reading = Pick<ModelSpec['source'], 'missing' | 'timeFormat'> & {
  readonly decimal?: ',' | '.' | undefined;
};

/** Never of a number below one: `0.216` has a decimal point. */
const THOUSANDS = `'^[+-]?[1-9]\\d{0,2}(\\.\\d{3})+(,\\d*)?$'`;

/** What columns are meant to hold, by name. */
export interface Meant {
  readonly time: (name: string) => boolean;
  readonly number: (name: string) => boolean;
}

/** What the rows' columns are meant to hold. */
export function meantByRows({ source, task, features }: ModelSpec): Meant {
  const label = task.kind === 'regression' ? task.label : undefined;
  return {
    time: (name) => name === source.eventTime,
    number: (name) => features[name]?.type === 'number' || name === label,
  };
}

/**
 * The table expression `relation` with its columns read as the spec says: marks of missing values become NULL, decimal commas and
 * times in a format of their own become what everything else reads. Unchanged where the spec says nothing.
 */
export function asRead(
  relation: string,
  types: ReadonlyMap<string, string>,
  { decimal, missing, timeFormat, meant }: Reading & { readonly meant: Meant },
): string {
  const replaced = [...types].flatMap(([name, type]) => {
    const column = identifier(name);
    const present = missing === undefined ? column : withoutMarks(column, type, missing);
    const value =
      meant.time(name) && timeFormat !== undefined
        ? timeText(present, type, timeFormat)
        : meant.number(name) && decimal === ',' && isText(type)
          ? pointed(present, type)
          : present;
    return value === column ? [] : [`${value} AS ${column}`];
  });
  return replaced.length === 0 ? relation : `(SELECT * REPLACE (${replaced.join(', ')}) FROM ${relation})`;
}

const isText = (type: string): boolean => type === 'VARCHAR' || type === 'JSON';
const isNumber = (type: string): boolean =>
  /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL.*)$/.test(type);

/** A column whose marks of missing values are NULL; numbers are compared as numbers, so that -999 is -999.0 too. */
export function withoutMarks(column: string, type: string, marks: readonly string[]): string {
  if (marks.length === 0) return column;
  const numbers = marks.filter((mark) => Number.isFinite(Number(mark)));
  if (isText(type)) {
    const text = textSql(column, type);
    const among = numbers.length === 0 ? '' : ` OR try_cast(${text} AS DOUBLE) IN (${numbers.join(', ')})`;
    return `(CASE WHEN ${text} IN (${marks.map(literal).join(', ')})${among} THEN NULL ELSE ${column} END)`;
  }
  if (!isNumber(type) || numbers.length === 0) return column;
  return `(CASE WHEN ${column}::DOUBLE IN (${numbers.join(', ')}) THEN NULL ELSE ${column} END)`;
}

/** `1.234,5` as `1234.5`. A number with a decimal point becomes none, so that it is refused and not read as ten times as much. */
export function pointed(column: string, type: string): string {
  const text = textSql(column, type);
  return `translate(CASE WHEN regexp_matches(${text}, ${THOUSANDS}) THEN replace(${text}, '.', '') ELSE ${text} END, ',.', '.,')`;
}

/** Times in `format` as ISO 8601 text; others as they are. */
export function timeText(column: string, type: string, format: string): string {
  const text = type === 'VARCHAR' || type === 'JSON' ? textSql(column, type) : `${column}::VARCHAR`;
  const [seconds, milliseconds] = EPOCH_FORMATS;
  if (format === seconds || format === milliseconds) {
    const since = `try_cast(${text} AS DOUBLE)${format === seconds ? '' : ' / 1000'}`;
    return `coalesce(try(strftime(to_timestamp(${since}) AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%gZ')), ${text})`;
  }
  return `coalesce(strftime(try_strptime(${text}, ${literal(format)}), '%Y-%m-%d %H:%M:%S.%g'), ${text})`;
}
