// Work that goes row by row: binning, sampling, partition, scores.
import { exponential } from './math';

/**
 * Bin of each value, rounded to float32: how many of the 255 ascending `bounds` (padded with +Infinity) lie below it. NaN gets `missing`.
 * Eight halvings without a branch to mispredict; no value exceeds the padding.
 */
export function binNumbers(values: usize, count: i32, bounds: usize, missing: i32, column: usize): void {
  for (let i = 0; i < count; i++) {
    const x = <f32>load<f64>(values + (<usize>i << 3));
    let position: usize = 0;
    for (let step: usize = 128; step > 0; step >>= 1) {
      position += select<usize>(step, 0, x > load<f32>(bounds + ((position + step - 1) << 2)));
    }
    store<u8>(column + <usize>i, select<i32>(missing, <i32>position, x != x));
  }
}

/** Copies one column-major input into the row-major matrix, whose rows lie `stride` bytes apart. */
export function interleave(column: usize, count: i32, target: usize, stride: usize): void {
  for (let i: usize = 0, n = <usize>count; i < n; i++) store<u8>(target + i * stride, load<u8>(column + i));
}

// @ts-ignore: decorator
@inline
function mix(x: u32): u32 {
  x ^= x >> 16;
  x *= 0x7feb352d;
  x ^= x >> 15;
  x *= 0x846ca68b;
  return x ^ (x >> 16);
}

/**
 * Writes the rows whose hash with `salt` lies under `limit` (a fraction of 2^32) to the front of `rows`, the others after
 * them, both in order. Returns how many came first. A hash instead of a generator: a resumed training needs no random state.
 */
export function sampleRows(count: i32, salt: u32, limit: f64, rows: usize, scratch: usize): i32 {
  if (limit >= 4294967296) {
    for (let i = 0; i < count; i++) store<u32>(rows + (<usize>i << 2), <u32>i);
    return count;
  }
  let inside: i32 = 0;
  let outside: i32 = 0;
  for (let i = 0; i < count; i++) {
    const take = <i32>(<f64>mix(<u32>i ^ salt) < limit);
    store<u32>(rows + (<usize>inside << 2), <u32>i);
    store<u32>(scratch + (<usize>outside << 2), <u32>i);
    inside += take;
    outside += 1 - take;
  }
  memory.copy(rows + (<usize>inside << 2), scratch, <usize>outside << 2);
  return inside;
}

/**
 * Moves the rows of a leaf whose bin has a 1 in `table` to the front, keeping order on both sides; returns how many. Both
 * targets are written for every row and one position advances: no branch depends on the data.
 */
export function partition(rows: usize, count: i32, column: usize, table: usize, scratch: usize): i32 {
  let left: usize = 0;
  let right: usize = 0;
  for (let i: usize = 0, n = <usize>count; i < n; i++) {
    const row = load<u32>(rows + (i << 2));
    const go = <usize>load<u8>(table + <usize>load<u8>(column + <usize>row));
    store<u32>(rows + (left << 2), row);
    store<u32>(scratch + (right << 2), row);
    left += go;
    right += 1 - go;
  }
  memory.copy(rows + (left << 2), scratch, right << 2);
  return <i32>left;
}

/** Adds a leaf's value to the scores of its rows. */
export function addLeaf(scores: usize, rows: usize, count: i32, value: f64): void {
  for (let i: usize = 0, n = <usize>count; i < n; i++) {
    const at = scores + (<usize>load<u32>(rows + (i << 2)) << 3);
    store<f64>(at, load<f64>(at) + value);
  }
}

/**
 * Adds a whole tree to the scores of `count` rows (listed at `rows`). A node is four i32 {input, left, right, 0}; a leaf has
 * input −1. `tables` has 256 bytes a node, 1 where a bin goes left; `values` has one f64 a node.
 */
export function addTree(
  scores: usize, bins: usize, stride: usize, rows: usize, count: i32, nodes: usize, tables: usize, values: usize,
): void {
  for (let i: usize = 0, n = <usize>count; i < n; i++) {
    const row = <usize>load<u32>(rows + (i << 2));
    const rowBins = bins + row * stride;
    let node: usize = 0;
    let input = load<i32>(nodes);
    while (input >= 0) {
      const bin = <usize>load<u8>(rowBins + <usize>input);
      const left = <usize>load<u8>(tables + (node << 8) + bin);
      node = <usize>load<u32>(nodes + (node << 4) + select<usize>(4, 8, left != 0));
      input = load<i32>(nodes + (node << 4));
    }
    const at = scores + (row << 3);
    store<f64>(at, load<f64>(at) + load<f64>(values + (node << 3)));
  }
}

/** Softmax of each row: `scores` holds `classes` columns of `count`; `bases` one f64 a class; `probabilities` like `scores`. */
export function softmax(scores: usize, bases: usize, count: i32, classes: i32, probabilities: usize): void {
  const column = <usize>count << 3;
  for (let i: usize = 0, end = column; i < end; i += 8) {
    let most: f64 = -Infinity;
    for (let k: usize = 0; k < <usize>classes; k++) {
      const score = load<f64>(scores + k * column + i) + load<f64>(bases + (k << 3));
      store<f64>(probabilities + k * column + i, score);
      if (score > most) most = score;
    }
    let sum: f64 = 0;
    for (let k: usize = 0; k < <usize>classes; k++) {
      const at = probabilities + k * column + i;
      const e = exponential(load<f64>(at) - most);
      store<f64>(at, e);
      sum += e;
    }
    for (let k: usize = 0; k < <usize>classes; k++) {
      const at = probabilities + k * column + i;
      store<f64>(at, load<f64>(at) / sum);
    }
  }
}
