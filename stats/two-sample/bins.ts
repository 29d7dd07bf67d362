import { quantileOfSorted } from '../numeric/quantile.js';
import type { FloatColumn } from '../numeric/radix.js';
import type { CountPair } from './distances.js';

/**
 * Inner edges of bins with about equal numbers of reference values: the distinct quantiles at 1/bins, 2/bins, …, without
 * the least and the largest. The bins are (−∞, e₁) [e₁, e₂) … [eₖ, ∞); a constant or empty column has one bin.
 */
export function quantileEdges(ascending: FloatColumn, bins = 10): Float64Array {
  const edges: number[] = [];
  for (let k = 0; k <= bins && ascending.length > 0; k++) {
    const edge = quantileOfSorted(ascending, k / bins);
    if (edge !== edges[edges.length - 1]) edges.push(edge);
  }
  return Float64Array.from(edges.slice(1, -1));
}

/** How many values of a sorted column fall into each open-ended bin between inner edges. */
export function countBetween(ascending: FloatColumn, inner: ArrayLike<number>): Float64Array {
  const counts = new Float64Array(inner.length + 1);
  let before = 0;
  for (let k = 0; k < inner.length; k++) {
    const below = firstAtLeast(ascending, inner[k] ?? 0);
    counts[k] = below - before;
    before = below;
  }
  counts[inner.length] = ascending.length - before;
  return counts;
}

/** How many values of a sorted column are below `limit`. */
export function firstAtLeast(ascending: FloatColumn, limit: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? 0) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many values of a sorted column are at or below `limit`. */
export function firstAbove(ascending: ArrayLike<number>, limit: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? 0) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Counts of both samples in the reference's quantile bins. */
export function inReferenceQuantiles(x: FloatColumn, y: FloatColumn, bins = 10): CountPair {
  const inner = quantileEdges(x, bins);
  return { reference: countBetween(x, inner), current: countBetween(y, inner) };
}

/**
 * Counts of both samples in `bins` bins of equal width over their common range, [a, b) and the last one closed. Two equal
 * constants share the range c ± ½. A range that overflows has no bins of equal width: all values are then in one bin.
 */
export function inEqualWidths(x: FloatColumn, y: FloatColumn, bins = 10): CountPair {
  const low = Math.min(x[0] ?? 0, y[0] ?? 0);
  const high = Math.max(x[x.length - 1] ?? 0, y[y.length - 1] ?? 0);
  const from = low === high ? low - 0.5 : low;
  const to = low === high ? high + 0.5 : high;
  const step = (to - from) / bins;
  const edges: number[] = [];
  for (let k = 1; k < bins && Number.isFinite(step); k++) edges.push(from + k * step);
  return { reference: countBetween(x, edges), current: countBetween(y, edges) };
}
