import { OPERATION, type Helper } from './helpers.js';
import type { Address, Kernel } from './kernel.js';
import type { TreeMemory } from './memory.js';

/** A helper with memory of its own for results that are put together afterwards. */
export interface Hand {
  readonly helper: Helper;
  readonly cells: Address;
  readonly scratch: Address;
  /** Two f64. */
  readonly maxima: Address;
}

/** Rows below which a task is done alone: handing it over takes about as long as a thousand rows of it. */
const LEAST_ROWS = 8192;

/**
 * The kernel with helpers: large tasks are cut into equal ranges of rows, one for each thread, and put together in order. Sums of
 * integers and maxima do not depend on the cut, so the result is that of `alone`, byte for byte.
 */
export function createThreadedKernel(alone: Kernel, memory: TreeMemory, hands: readonly Hand[]): Kernel {
  const team = (rows: number): readonly Hand[] =>
    rows < LEAST_ROWS ? [] : hands.filter(({ helper }) => helper.ready());
  return {
    ...alone,
    ...cellTasks(alone, memory, team),
    ...rowTasks(alone, memory, team),
    ...scoreTasks(alone, team),
  };
}

type Team = (rows: number) => readonly Hand[];

/** Rows of each thread: `from` and how many; the first range is the owner's. A multiple of 16, so that no two write one cache line. */
function rangesOf(rows: number, threads: number): { from: number; count: number }[] {
  const size = Math.ceil(rows / threads / 16) * 16;
  return Array.from({ length: threads }, (_, i) => {
    const from = Math.min(rows, i * size);
    return { from, count: Math.min(rows, from + size) - from };
  });
}

/** Hands out all ranges but the first, does that one, and waits; gives the helpers' results. */
function share(
  rows: number,
  hands: readonly Hand[],
  { own, give }: { own: (count: number) => void; give: (hand: Hand, from: number, count: number) => void },
): number[] {
  const [first, ...rest] = rangesOf(rows, hands.length + 1);
  hands.forEach((hand, i) => give(hand, rest[i]?.from ?? 0, rest[i]?.count ?? 0));
  own(first?.count ?? 0);
  return hands.map(({ helper }) => helper.finish());
}

function cellTasks(alone: Kernel, { f64 }: TreeMemory, team: Team): Pick<Kernel, 'histogram' | 'gradients'> {
  return {
    histogram(job) {
      const hands = team(job.count);
      if (hands.length === 0) return alone.histogram(job);
      const { bins, stride, rows, gradients, features, featureCount, layout, cells, cellCount } = job;
      share(job.count, hands, {
        own: (count) => alone.histogram({ ...job, count }),
        give: ({ helper, cells: ownCells, scratch }, from, count) => {
          const range = [bins, stride, rows + from * 4, count, gradients];
          const whole = [...range, features, featureCount, layout, ownCells, scratch, cellCount * 16];
          helper.start({ operation: OPERATION.histogram, whole });
        },
      });
      for (const hand of hands) alone.merge({ target: cells, source: hand.cells, count: cellCount });
    },
    gradients(job) {
      const hands = team(job.count);
      if (hands.length === 0) return alone.gradients(job);
      const { kind, scores, bias, labels, weights, a, b, pairs, maxima } = job;
      share(job.count, hands, {
        own: (count) => alone.gradients({ ...job, count }),
        give: ({ helper, maxima: own }, from, count) => {
          const shifted = weights === 0 ? 0 : weights + from * 8;
          const whole = [kind, scores + from * 8, labels + from * 8, shifted, count, pairs + from * 16, own];
          helper.start({ operation: OPERATION.gradients, whole, real: [bias, a, b] });
        },
      });
      for (const i of [0, 1]) {
        const all = [maxima, ...hands.map((hand) => hand.maxima)].map((address) => f64[address / 8 + i] ?? 0);
        f64[maxima / 8 + i] = Math.max(...all);
      }
    },
  };
}

function rowTasks(
  alone: Kernel,
  { u32 }: TreeMemory,
  team: Team,
): Pick<Kernel, 'partition' | 'quantise' | 'binNumbers'> {
  return {
    partition(job) {
      const hands = team(job.count);
      if (hands.length === 0) return alone.partition(job);
      const { rows, column, table, scratch } = job;
      let ownLeft = 0;
      const lefts = share(job.count, hands, {
        own: (count) => void (ownLeft = alone.partition({ ...job, count })),
        give: ({ helper }, from, count) => {
          const whole = [rows + from * 4, count, column, table, scratch + from * 4];
          helper.start({ operation: OPERATION.partition, whole });
        },
      });
      return gather(u32, job, { lefts: [ownLeft, ...lefts], ranges: rangesOf(job.count, hands.length + 1) });
    },
    quantise(job) {
      const hands = team(job.count);
      if (hands.length === 0) return alone.quantise(job);
      share(job.count, hands, {
        own: (count) => alone.quantise({ ...job, count }),
        give: ({ helper }, from, count) => {
          const whole = [job.pairs + from * 16, count, job.gradients + from * 8];
          helper.start({ operation: OPERATION.quantise, whole, real: [job.gScale, job.hScale] });
        },
      });
    },
    binNumbers(job) {
      const hands = team(job.count);
      if (hands.length === 0) return alone.binNumbers(job);
      share(job.count, hands, {
        own: (count) => alone.binNumbers({ ...job, count }),
        give: ({ helper }, from, count) => {
          const whole = [job.values + from * 8, count, job.bounds, job.missing, job.column + from];
          helper.start({ operation: OPERATION.binNumbers, whole });
        },
      });
    },
  };
}

/** Moves each range's left rows to the front and its right rows behind, keeping order; gives how many are left. */
function gather(
  u32: Uint32Array,
  { rows, scratch }: { rows: Address; scratch: Address },
  { lefts, ranges }: { lefts: readonly number[]; ranges: readonly { from: number; count: number }[] },
): number {
  const list = rows / 4;
  const spare = scratch / 4;
  let right = 0;
  let left = 0;
  for (const [i, { from, count }] of ranges.entries()) {
    const own = lefts[i] ?? 0;
    u32.copyWithin(spare + right, list + from + own, list + from + count);
    right += count - own;
    u32.copyWithin(list + left, list + from, list + from + own);
    left += own;
  }
  u32.copyWithin(list + left, spare, spare + right);
  return left;
}

function scoreTasks(alone: Kernel, team: Team): Pick<Kernel, 'addLeaf' | 'addTree'> {
  return {
    addLeaf(job) {
      const hands = team(job.count);
      if (hands.length === 0) return alone.addLeaf(job);
      share(job.count, hands, {
        own: (count) => alone.addLeaf({ ...job, count }),
        give: ({ helper }, from, count) => {
          const whole = [job.scores, job.rows + from * 4, count];
          helper.start({ operation: OPERATION.addLeaf, whole, real: [job.value] });
        },
      });
    },
    addTree(job) {
      const hands = team(job.count);
      if (hands.length === 0) return alone.addTree(job);
      const { scores, bins, stride, rows, nodes, tables, values } = job;
      share(job.count, hands, {
        own: (count) => alone.addTree({ ...job, count }),
        give: ({ helper }, from, count) => {
          const whole = [scores, bins, stride, rows + from * 4, count, nodes, tables, values];
          helper.start({ operation: OPERATION.addTree, whole });
        },
      });
    },
  };
}
