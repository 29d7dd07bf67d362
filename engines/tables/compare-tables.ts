import { availableParallelism } from 'node:os';
import type { DriftOptions } from '../../stats/index.js';
import { createThreadPool } from '../threads/thread-pool.js';
import { type ComparedColumn, compareSides, type Sides } from './compare-sides.js';
import type { CompareTask } from './compare-thread.js';
import type { TableColumn, TableFile } from './read-columns.js';

const threads = createThreadPool<CompareTask>('compare-thread', import.meta.url);

/** Values of all columns, both sides together, from which starting threads costs less than it saves. */
const LARGE = 5_000_000;

/** The same column of both files. */
export type ColumnPair = readonly [reference: TableColumn, current: TableColumn];

/**
 * Compares columns of two files, in the order given. Columns are read one after another; the numeric ones of large tables are compared in threads, as
 * many as the machine has processors, while the next one is read, so that a thousand columns need the memory of a few. Two numeric columns (or
 * times) are compared as numbers, others as categories.
 */
export async function compareTables(
  reference: TableFile,
  current: TableFile,
  pairs: readonly ColumnPair[],
  options: DriftOptions = {},
): Promise<ComparedColumn[]> {
  const large = pairs.length * (reference.rows + current.rows) >= LARGE;
  const all: Promise<ComparedColumn>[] = [];
  const running = new Set<Promise<unknown>>();
  for (const pair of pairs) {
    const sides = await readSides(reference, current, pair);
    while (running.size >= availableParallelism()) await Promise.race(running);
    const compared = large ? inThread(sides, options) : Promise.resolve(compareSides(sides, options));
    all.push(compared);
    // An error is thrown below, where all are awaited; here it only frees the place.
    const done: Promise<unknown> = compared.catch(() => undefined).finally(() => running.delete(done));
    running.add(done);
  }
  return Promise.all(all);
}

async function inThread(sides: Sides, options: DriftOptions): Promise<ComparedColumn> {
  if (sides.kind === 'category') return compareSides(sides, options);
  const transfer = [sides.reference, sides.current].flatMap(({ buffer }) =>
    buffer instanceof ArrayBuffer ? [buffer] : [],
  );
  return threads.run({ sides, options }, { transfer });
}

async function readSides(ours: TableFile, theirs: TableFile, [a, b]: ColumnPair): Promise<Sides> {
  const { name } = a;
  if (a.kind === 'category' || b.kind === 'category') {
    const [reference, current] = await Promise.all([ours.counts(name), theirs.counts(name)]);
    return { kind: 'category', name, reference, current };
  }
  const [reference, current] = await Promise.all([ours.numbers(name), theirs.numbers(name)]);
  return { kind: 'number', name, reference, current };
}
