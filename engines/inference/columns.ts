import type { ModelInput } from '../../domain/manifest.js';
import { PerennialError } from '../../domain/errors.js';

/** One row of raw inputs by feature name; null or absent is missing. */
export type InputRow = Readonly<Record<string, number | string | null | undefined>>;

/** Raw inputs in columns of `rows` members; a Table is one. Numbers hold NaN where missing, categories null. */
export interface Columns {
  readonly rows: number;
  readonly numbers: Readonly<Record<string, Float64Array>>;
  readonly categories: Readonly<Record<string, readonly (string | null)[]>>;
}

/**
 * Turns rows into columns of the model's inputs; what the model does not take is dropped. A category may be given as a number, and is read as
 * its text. Throws a PerennialError `input-type` for a text where a number belongs.
 */
export function toColumns(inputs: readonly ModelInput[], rows: readonly InputRow[]): Columns {
  const numbers: Record<string, Float64Array> = {};
  const categories: Record<string, (string | null)[]> = {};
  for (const { name, type } of inputs) {
    if (type === 'number') numbers[name] = Float64Array.from(rows, (row) => readNumber(name, row[name]));
    else categories[name] = rows.map((row) => readCategory(row[name]));
  }
  return { rows: rows.length, numbers, categories };
}

/** Rows `from` ≤ i < `to`, without copying numbers. */
export function sliceColumns(columns: Columns, from: number, to: number): Columns {
  if (from === 0 && to >= columns.rows) return columns;
  return {
    rows: Math.min(to, columns.rows) - from,
    numbers: mapValues(columns.numbers, (values) => values.subarray(from, to)),
    categories: mapValues(columns.categories, (values) => values.slice(from, to)),
  };
}

/** Only the model's inputs: what has to reach another thread. */
export function pickColumns(inputs: readonly ModelInput[], columns: Columns): Columns {
  const wanted = (type: ModelInput['type']): Set<string> =>
    new Set(inputs.filter((input) => input.type === type).map((input) => input.name));
  const numbers = wanted('number');
  const categories = wanted('category');
  const pick = <T>(from: Readonly<Record<string, T>>, names: Set<string>): Record<string, T> =>
    Object.fromEntries(Object.entries(from).filter(([name]) => names.has(name)));
  return {
    rows: columns.rows,
    numbers: pick(columns.numbers, numbers),
    categories: pick(columns.categories, categories),
  };
}

/** One row of the columns as plain JSON values. */
export function rowOf(inputs: readonly ModelInput[], columns: Columns, row: number): InputRow {
  const entries = inputs.map(({ name, type }) => {
    if (type === 'category') return [name, columns.categories[name]?.[row] ?? null] as const;
    const value = columns.numbers[name]?.[row] ?? NaN;
    return [name, Number.isNaN(value) ? null : value] as const;
  });
  return Object.fromEntries(entries);
}

function readNumber(name: string, value: InputRow[string]): number {
  if (typeof value === 'number') return value;
  if (value === null || value === undefined) return NaN;
  throw new PerennialError({
    type: 'input-type',
    thing: `input '${name}'`,
    value,
    allowed: 'a number or null',
    next: 'Send the value as a number.',
  });
}

function readCategory(value: InputRow[string]): string | null {
  return value === null || value === undefined ? null : String(value);
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
