import type { Labels, Table } from '../engines/features/table.js';
import type { Predicted } from './metric-rows.js';

/** Rows whose label is a class of the version, in order; undefined where that is every row, and for numbers. */
export function knownClassRows(labels: Labels, classes: readonly string[] | null): number[] | undefined {
  if (classes === null || labels instanceof Float64Array) return undefined;
  const known = new Set(classes);
  const rows = labels.flatMap((label, row) => (known.has(label) ? [row] : []));
  return rows.length === labels.length ? undefined : rows;
}

/** What was said of some of the rows; `width` is the number of classes. */
export function takeSaid(said: Predicted, rows: readonly number[], width: number): Predicted {
  const { predictions, scores } = said;
  return {
    predictions: rows.map((row) => predictions[row] ?? null),
    scores:
      scores === null
        ? null
        : Float64Array.from(
            rows.flatMap((row) => Array.from(scores.subarray(row * width, (row + 1) * width))),
          ),
  };
}

/** Some rows of a table. */
export function takeTable(
  { keys, eventTimes, numbers, categories, label }: Table,
  rows: readonly number[],
): Table {
  const numbersOf = (column: Float64Array): Float64Array =>
    Float64Array.from(rows, (row) => column[row] ?? Number.NaN);
  const each = <T>(columns: Readonly<Record<string, T>>, take: (column: T) => T): Record<string, T> =>
    Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, take(column)]));
  return {
    rows: rows.length,
    keys: rows.map((row) => keys[row] ?? ''),
    eventTimes: numbersOf(eventTimes),
    numbers: each(numbers, numbersOf),
    categories: each(categories, (column) => rows.map((row) => column[row] ?? null)),
    label: label instanceof Float64Array ? numbersOf(label) : rows.map((row) => label[row] ?? ''),
  };
}
