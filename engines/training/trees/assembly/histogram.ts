// Histograms of integer gradients. A row's (g, h) is one pair of i32; a cell is one pair of i64 {Σg, Σh}. Integer sums do not
// depend on their order: any split of the rows over chunks, threads, or "parent minus child" gives the same bits.

/** Most rows taken together, and most bytes of their bins: a chunk must stay in the nearest caches. */
const CHUNK_ROWS: usize = 512;
const CHUNK_BYTES: usize = 131072;

/**
 * Adds `rowCount` rows to `cells`. Rows are taken up to 512 at a time: their (g, h) and their bins are first copied side by side
 * into `scratch` (4 KiB and the chunk's bins). All waiting for memory happens in that short loop, where the misses of many rows
 * overlap (WebAssembly has no prefetch). Then four inputs at a time keep their four cell bases in registers.
 */
export function histogram(
  bins: usize, stride: usize, rows: usize, rowCount: i32, gradients: usize,
  features: usize, featureCount: i32, layout: usize, cells: usize, scratch: usize,
): void {
  const copy = scratch + (CHUNK_ROWS << 3);
  const most = max<usize>(1, min<usize>(CHUNK_ROWS, CHUNK_BYTES / stride));
  for (let start: usize = 0, end = <usize>rowCount; start < end; start += most) {
    const count = min<usize>(most, end - start);
    gather(bins, stride, rows + (start << 2), count, gradients, scratch, copy);
    const last = scratch + (count << 3);
    let f = 0;
    for (; f + 4 <= featureCount; f += 4) {
      const own = features + (<usize>f << 2);
      if (load<u32>(own, 12) - load<u32>(own) == 3) fourAdjacent(copy, stride, last, own, layout, cells, scratch);
      else fourApart(copy, stride, last, own, layout, cells, scratch);
    }
    for (; f < featureCount; f++) one(copy, stride, last, <usize>load<u32>(features + (<usize>f << 2)), layout, cells, scratch);
  }
}

/** Copies 16 bytes at a time: up to 15 bytes after a row are read and written over by the next; both ends have room. */
function gather(bins: usize, stride: usize, rows: usize, count: usize, gradients: usize, pairs: usize, copy: usize): void {
  let to = copy;
  for (let i: usize = 0; i < count; i++) {
    const row = <usize>load<u32>(rows + (i << 2));
    store<u64>(pairs + (i << 3), load<u64>(gradients + (row << 3)));
    const from = bins + row * stride;
    for (let byte: usize = 0; byte < stride; byte += 16) v128.store(to + byte, v128.load(from + byte));
    to += stride;
  }
}

// @ts-ignore: decorator
@inline
function base(layout: usize, feature: usize, cells: usize): usize {
  return cells + (<usize>load<u32>(layout + (feature << 4)) << 4);
}

// @ts-ignore: decorator
@inline
function add(cell: usize, pair: v128): void {
  v128.store(cell, i64x2.add(v128.load(cell), pair));
}

/** The bins of four inputs in one word: at best one load. */
// @ts-ignore: decorator
@inline
function word(row: usize, f0: usize, f1: usize, f2: usize, f3: usize, adjacent: bool): usize {
  if (adjacent) return <usize>load<u32>(row + f0);
  return <usize>load<u8>(row + f0) | (<usize>load<u8>(row + f1) << 8) | (<usize>load<u8>(row + f2) << 16) | (<usize>load<u8>(row + f3) << 24);
}

// @ts-ignore: decorator
@inline
function four(
  bins: usize, stride: usize, end: usize, features: usize, layout: usize, cells: usize, pairs: usize, adjacent: bool,
): void {
  const f0 = <usize>load<u32>(features), f1 = <usize>load<u32>(features, 4);
  const f2 = <usize>load<u32>(features, 8), f3 = <usize>load<u32>(features, 12);
  const c0 = base(layout, f0, cells), c1 = base(layout, f1, cells);
  const c2 = base(layout, f2, cells), c3 = base(layout, f3, cells);
  const even = end - 8;
  let row = bins;
  let at = pairs;
  // Two rows a turn. Shifts and masks give each bin times the 16 bytes of a cell.
  for (; at < even; at += 16) {
    const first = v128.load_ext<i32>(at);
    const a = word(row, f0, f1, f2, f3, adjacent);
    add(c0 + ((a << 4) & 0xff0), first);
    add(c1 + ((a >> 4) & 0xff0), first);
    add(c2 + ((a >> 12) & 0xff0), first);
    add(c3 + ((a >> 20) & 0xff0), first);
    row += stride;
    const second = v128.load_ext<i32>(at, 8);
    const b = word(row, f0, f1, f2, f3, adjacent);
    add(c0 + ((b << 4) & 0xff0), second);
    add(c1 + ((b >> 4) & 0xff0), second);
    add(c2 + ((b >> 12) & 0xff0), second);
    add(c3 + ((b >> 20) & 0xff0), second);
    row += stride;
  }
  if (at == end) return;
  const pair = v128.load_ext<i32>(at);
  const w = word(row, f0, f1, f2, f3, adjacent);
  add(c0 + ((w << 4) & 0xff0), pair);
  add(c1 + ((w >> 4) & 0xff0), pair);
  add(c2 + ((w >> 12) & 0xff0), pair);
  add(c3 + ((w >> 20) & 0xff0), pair);
}

// Compiled twice: asking in the loop whether the inputs are neighbours costs a tenth.
function fourAdjacent(bins: usize, stride: usize, end: usize, features: usize, layout: usize, cells: usize, pairs: usize): void {
  four(bins, stride, end, features, layout, cells, pairs, true);
}

function fourApart(bins: usize, stride: usize, end: usize, features: usize, layout: usize, cells: usize, pairs: usize): void {
  four(bins, stride, end, features, layout, cells, pairs, false);
}

function one(bins: usize, stride: usize, end: usize, feature: usize, layout: usize, cells: usize, pairs: usize): void {
  const cellBase = base(layout, feature, cells);
  let row = bins + feature;
  for (let at = pairs; at < end; at += 8) {
    add(cellBase + (<usize>load<u8>(row) << 4), v128.load_ext<i32>(at));
    row += stride;
  }
}

/** parent −= child, cell by cell: what is left is the histogram of the other child. */
export function subtract(parent: usize, child: usize, cellCount: i32): void {
  for (let i: usize = 0, end = <usize>cellCount << 4; i < end; i += 16) {
    v128.store(parent + i, i64x2.sub(v128.load(parent + i), v128.load(child + i)));
  }
}

/** target += source, cell by cell: puts the threads' histograms together. */
export function merge(target: usize, source: usize, cellCount: i32): void {
  for (let i: usize = 0, end = <usize>cellCount << 4; i < end; i += 16) {
    v128.store(target + i, i64x2.add(v128.load(target + i), v128.load(source + i)));
  }
}

export function clear(address: usize, bytes: i32): void {
  memory.fill(address, 0, <usize>bytes);
}
