// Histograms of integer gradients. A row's (g, h) is one pair of i32; a cell is one pair of i64 {Σg, Σh}. Integer sums do not
// depend on their order: any split of the rows over chunks, threads, or "parent minus child" gives the same bits.

const CHUNK: i32 = 1024;

/**
 * Adds `rowCount` rows to `histogram`. Rows are taken 1,024 at a time: their (g, h) are first gathered side by side into
 * `scratch`, which also touches each row's bins, because WebAssembly has no prefetch and a tight loop of loads overlaps the
 * cache misses that the update loop would wait for one by one. Then four inputs at a time keep their four cell bases in
 * registers.
 */
export function histogram(
  bins: usize, stride: usize, rows: usize, rowCount: i32, gradients: usize,
  features: usize, featureCount: i32, layout: usize, cells: usize, scratch: usize,
): i32 {
  let touched: i32 = 0;
  for (let start = 0; start < rowCount; start += CHUNK) {
    const count = min<i32>(CHUNK, rowCount - start);
    const chunk = rows + (<usize>start << 2);
    for (let i = 0; i < count; i++) {
      const row = <usize>load<u32>(chunk + (<usize>i << 2));
      store<u64>(scratch + (<usize>i << 3), load<u64>(gradients + (row << 3)));
      touched += <i32>load<u8>(bins + row * stride);
    }
    let f = 0;
    for (; f + 4 <= featureCount; f += 4) four(bins, stride, chunk, count, features + (<usize>f << 2), layout, cells, scratch);
    for (; f < featureCount; f++) one(bins, stride, chunk, count, <usize>load<u32>(features + (<usize>f << 2)), layout, cells, scratch);
  }
  return touched;
}

// @ts-ignore: decorator
@inline
function base(layout: usize, feature: usize, cells: usize): usize {
  return cells + (<usize>load<u32>(layout + (feature << 4)) << 4);
}

// @ts-ignore: decorator
@inline
function add(cellBase: usize, bin: usize, pair: v128): void {
  const cell = cellBase + (bin << 4);
  v128.store(cell, i64x2.add(v128.load(cell), pair));
}

function four(
  bins: usize, stride: usize, chunk: usize, count: i32, features: usize, layout: usize, cells: usize, scratch: usize,
): void {
  const f0 = <usize>load<u32>(features), f1 = <usize>load<u32>(features, 4);
  const f2 = <usize>load<u32>(features, 8), f3 = <usize>load<u32>(features, 12);
  const c0 = base(layout, f0, cells), c1 = base(layout, f1, cells);
  const c2 = base(layout, f2, cells), c3 = base(layout, f3, cells);
  for (let i: usize = 0, n = <usize>count; i < n; i++) {
    const row = bins + <usize>load<u32>(chunk + (i << 2)) * stride;
    const pair = v128.load_ext<i32>(scratch + (i << 3));
    add(c0, <usize>load<u8>(row + f0), pair);
    add(c1, <usize>load<u8>(row + f1), pair);
    add(c2, <usize>load<u8>(row + f2), pair);
    add(c3, <usize>load<u8>(row + f3), pair);
  }
}

function one(
  bins: usize, stride: usize, chunk: usize, count: i32, feature: usize, layout: usize, cells: usize, scratch: usize,
): void {
  const cellBase = base(layout, feature, cells);
  for (let i: usize = 0, n = <usize>count; i < n; i++) {
    const row = bins + <usize>load<u32>(chunk + (i << 2)) * stride;
    add(cellBase, <usize>load<u8>(row + feature), v128.load_ext<i32>(scratch + (i << 3)));
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
