import { quantileOfSorted } from '../numeric/quantile.js';
import { sorted } from '../numeric/radix.js';

/** Settings of the small learner; there is nothing to tune for its one use. */
export interface BoostingOptions {
  /** Trees. Default 60. */
  readonly trees?: number;
  /** Levels of splits in a tree. Default 4. */
  readonly depth?: number;
  /** Share of each tree's correction that is taken. Default 0.1. */
  readonly rate?: number;
  /** Rows that a leaf has at least. Default 20. */
  readonly leastLeaf?: number;
}

/** A fitted learner. Missing inputs (NaN) count as larger than all. */
export interface BoostedTrees {
  predict(columns: readonly ArrayLike<number>[], row: number): number;
}

interface Split {
  readonly column: number;
  readonly limit: number;
  readonly left: Node;
  readonly right: Node;
}
type Node = number | Split;

const BINS = 64;

/**
 * Least-squares gradient boosting (Friedman 2001) of shallow regression trees on columns cut into up to 64 quantile bins.
 * Deterministic: no rows or columns are drawn. Made for estimating losses, where it need not be the best of learners.
 */
export function fitBoostedTrees(
  columns: readonly ArrayLike<number>[],
  target: ArrayLike<number>,
  { trees = 60, depth = 4, rate = 0.1, leastLeaf = 20 }: BoostingOptions = {},
): BoostedTrees {
  const n = target.length;
  const binned = columns.map(binColumn);
  let start = 0;
  for (let i = 0; i < n; i++) start += (target[i] ?? 0) / n;
  const residual = Float64Array.from(target, (v) => v - start);
  const all = Uint32Array.from({ length: n }, (_, i) => i);
  const forest: Node[] = [];
  for (let t = 0; t < trees; t++) {
    const tree = grow({ binned, residual, leastLeaf, rate }, all, depth);
    forest.push(tree);
    for (let i = 0; i < n; i++) residual[i] = (residual[i] ?? 0) - valueOf(tree, columns, i);
  }
  return {
    predict: (rows, row) => forest.reduce((sum: number, tree) => sum + valueOf(tree, rows, row), start),
  };
}

function valueOf(tree: Node, columns: readonly ArrayLike<number>[], row: number): number {
  let node = tree;
  while (typeof node !== 'number')
    node = (columns[node.column]?.[row] ?? Number.NaN) < node.limit ? node.left : node.right;
  return node;
}

interface Binned {
  readonly limits: Float64Array;
  readonly bin: Uint8Array;
}

function binColumn(column: ArrayLike<number>): Binned {
  const ascending = sorted(Float64Array.from(column).filter((v) => !Number.isNaN(v)));
  const limits: number[] = [];
  for (let k = 1; k < BINS && ascending.length > 0; k++) {
    const limit = quantileOfSorted(ascending, k / BINS);
    if (limit > (limits.at(-1) ?? ascending[0] ?? 0)) limits.push(limit);
  }
  const edges = Float64Array.from(limits);
  const bin = Uint8Array.from(column, (v) => {
    let low = 0;
    let high = edges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (v < (edges[middle] ?? 0)) high = middle;
      else low = middle + 1;
    }
    return low;
  });
  return { limits: edges, bin };
}

interface Growth {
  readonly binned: readonly Binned[];
  readonly residual: Float64Array;
  readonly leastLeaf: number;
  readonly rate: number;
}

function grow(growth: Growth, rows: Uint32Array, depth: number): Node {
  let total = 0;
  for (const row of rows) total += growth.residual[row] ?? 0;
  const best = depth > 0 ? bestSplit(growth, rows, total) : undefined;
  const binned = best && growth.binned[best.column];
  if (!best || !binned) return rows.length > 0 ? (growth.rate * total) / rows.length : 0;
  const left = rows.filter((row) => (binned.bin[row] ?? 0) <= best.bin);
  const right = rows.filter((row) => (binned.bin[row] ?? 0) > best.bin);
  return {
    column: best.column,
    limit: binned.limits[best.bin] ?? 0,
    left: grow(growth, left, depth - 1),
    right: grow(growth, right, depth - 1),
  };
}

/** The cut with the largest gain Σ²/n of both sides over that of the whole. */
function bestSplit(
  { binned, residual, leastLeaf }: Growth,
  rows: Uint32Array,
  total: number,
): { column: number; bin: number } | undefined {
  let best: { column: number; bin: number } | undefined;
  let most = (total * total) / rows.length + 1e-12;
  binned.forEach(({ bin, limits }, column) => {
    const sums = new Float64Array(BINS);
    const counts = new Uint32Array(BINS);
    for (const row of rows) {
      const b = bin[row] ?? 0;
      sums[b] = (sums[b] ?? 0) + (residual[row] ?? 0);
      counts[b] = (counts[b] ?? 0) + 1;
    }
    let sum = 0;
    let count = 0;
    for (let b = 0; b < limits.length; b++) {
      sum += sums[b] ?? 0;
      count += counts[b] ?? 0;
      const rest = rows.length - count;
      if (count < leastLeaf || rest < leastLeaf) continue;
      const gain = (sum * sum) / count + (total - sum) ** 2 / rest;
      if (gain <= most) continue;
      most = gain;
      best = { column, bin: b };
    }
  });
  return best;
}
