import type { Table } from '../../engines/features/table.js';
import type { Random } from '../../stats/index.js';

/** What is moved as one piece: a row with its label, a calendar day, or seven days. */
export const BLOCKS = ['rows', 'days', 'weeks'] as const;
/** What is moved as one piece. */
export type Block = (typeof BLOCKS)[number];

const DAY_MS = 86_400_000;

/**
 * A copy of the rows in which the blocks come in a random order: what is in a block stays together (the hours of a day, the days of
 * a week), and no time is different from another any more, so whatever fires on it fires falsely. Days and weeks keep their hours
 * and missing rows; a last week that is not whole is left out. With `rows` each time gets the row of another time.
 */
export function permute(table: Table, block: Block, random: Random): Table {
  if (block === 'rows') {
    return reorder(table, random.permutation(table.rows), (i) => table.eventTimes[i] ?? 0);
  }
  const span = block === 'days' ? DAY_MS : 7 * DAY_MS;
  const start = Math.floor((table.eventTimes[0] ?? 0) / DAY_MS) * DAY_MS;
  const blocks = wholeBlocks(table, start, span);
  const order = random.permutation(blocks.length);
  const rows: number[] = [];
  const times: number[] = [];
  order.forEach((from, to) => {
    for (const row of blocks[from] ?? []) {
      rows.push(row);
      times.push((table.eventTimes[row] ?? 0) + (to - from) * span);
    }
  });
  return reorder(table, rows, (i) => times[i] ?? 0);
}

/** Rows of each block; the last one is left out when the data end before it does. */
function wholeBlocks({ eventTimes }: Table, start: number, span: number): number[][] {
  const blocks: number[][] = [];
  eventTimes.forEach((time, row) => {
    const block = Math.floor((time - start) / span);
    (blocks[block] ??= []).push(row);
  });
  const newest = eventTimes.at(-1) ?? start;
  const days = Math.floor((newest - start) / DAY_MS) + 1;
  return Array.from(blocks.slice(0, Math.floor((days * DAY_MS) / span)), (rows) => rows ?? []);
}

/** The rows `order`, dated by `timeOf` their place. */
function reorder(table: Table, order: ArrayLike<number>, timeOf: (place: number) => number): Table {
  const places = Array.from(order);
  return withTimes(
    takeTable(table, places),
    Float64Array.from(places, (_, place) => timeOf(place)),
  );
}

const withTimes = (table: Table, eventTimes: Float64Array): Table => ({
  ...table,
  eventTimes,
  keys: Array.from(eventTimes, String),
});

/** The given rows of a table. */
export function takeTable(table: Table, rows: readonly number[]): Table {
  const numbers = (column: ArrayLike<number>): Float64Array =>
    Float64Array.from(rows, (row) => column[row] ?? Number.NaN);
  const each = <T, U>(columns: Readonly<Record<string, T>>, take: (column: T) => U): Record<string, U> =>
    Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, take(column)]));
  const { label } = table;
  return {
    rows: rows.length,
    keys: rows.map((row) => table.keys[row] ?? ''),
    eventTimes: numbers(table.eventTimes),
    numbers: each(table.numbers, numbers),
    categories: each(table.categories, (column) => rows.map((row) => column[row] ?? null)),
    label: label instanceof Float64Array ? numbers(label) : rows.map((row) => label[row] ?? ''),
  };
}

/** Rows with from ≤ event time < to (epoch milliseconds). */
export function between(table: Table, from: number, to: number): Table {
  const rows: number[] = [];
  table.eventTimes.forEach((time, row) => {
    if (time >= from && time < to) rows.push(row);
  });
  return takeTable(table, rows);
}
