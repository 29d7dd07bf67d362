import type { Labels, Table } from '../features/table.js';

/** Two tables of the same columns, one under the other; keys are left out. */
export function joinTables(first: Table, second: Table): Table {
  const categories = Object.entries(first.categories).map(([name, column]) => [
    name,
    [...column, ...(second.categories[name] ?? [])],
  ]);
  const numbers = Object.entries(first.numbers).map(([name, column]) => [
    name,
    joined(column, second.numbers[name] ?? new Float64Array()),
  ]);
  return {
    rows: first.rows + second.rows,
    keys: [],
    eventTimes: joined(first.eventTimes, second.eventTimes),
    numbers: Object.fromEntries(numbers),
    categories: Object.fromEntries(categories),
    label: joinLabels(first.label, second.label),
  };
}

/** The rows whose label is one of `classes`, without their keys. */
export function rowsOfClasses(table: Table, classes: readonly string[]): Table {
  const { label } = table;
  if (label instanceof Float64Array) return table;
  const kept = [...label.keys()].filter((row) => classes.includes(label[row] ?? ''));
  if (kept.length === table.rows) return table;
  const numbersOf = (column: Float64Array): Float64Array =>
    Float64Array.from(kept, (row) => column[row] ?? NaN);
  const each = <From, To>(columns: Record<string, From>, of: (column: From) => To): Record<string, To> =>
    Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, of(column)]));
  return {
    rows: kept.length,
    keys: [],
    eventTimes: numbersOf(table.eventTimes),
    numbers: each(table.numbers, numbersOf),
    categories: each(table.categories, (column) => kept.map((row) => column[row] ?? null)),
    label: kept.map((row) => label[row] ?? ''),
  };
}

function joined(first: Float64Array, second: Float64Array): Float64Array {
  const both = new Float64Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

function joinLabels(first: Labels, second: Labels): Labels {
  if (first instanceof Float64Array && second instanceof Float64Array) return joined(first, second);
  return [...first, ...second].map(String);
}
