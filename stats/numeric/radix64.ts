const TOP_BITS = 16;
const SECOND_BITS = 11;
const SMALL = 24;

/**
 * Sorts 64-bit numbers ascending, in place: one radix pass by the upper 16 bits (sign, exponent, first digits) spreads the column into
 * ranges that fit the cache, a second one by up to 11 further bits spreads each range, and insertion puts the few neighbours
 * that are left in order. Ranges whose numbers agree in all those bits and differ later are left to the engine's own sort.
 * −0 comes before +0. NaN must have been taken out before; `scratch` holds at least as many numbers.
 */
export function sort64(column: Float64Array, scratch: Float64Array): void {
  const n = column.length;
  const bits = wordsOf(column);
  const starts = new Uint32Array((1 << TOP_BITS) + 1);
  for (let i = 1; i < 2 * n; i += 2) {
    const range = topOf(bits[i] ?? 0) + 1;
    starts[range] = (starts[range] ?? 0) + 1;
  }
  for (let range = 1; range < starts.length; range++)
    starts[range] = (starts[range] ?? 0) + (starts[range - 1] ?? 0);
  const next = starts.slice();
  for (let i = 0; i < n; i++) {
    const range = topOf(bits[2 * i + 1] ?? 0);
    const place = next[range] ?? 0;
    next[range] = place + 1;
    scratch[place] = column[i] ?? 0;
  }
  const moved = wordsOf(scratch);
  const offsets = new Uint32Array((1 << SECOND_BITS) + 1);
  for (let range = 0; range < 1 << TOP_BITS; range++) {
    const from = starts[range] ?? 0;
    const to = starts[range + 1] ?? 0;
    if (to > from) sortRange({ scratch, moved, column, offsets }, from, to);
  }
}

const wordsOf = (column: Float64Array): Uint32Array => {
  if (!(column.buffer instanceof ArrayBuffer))
    throw new TypeError('Columns in shared memory cannot be sorted; copy first.');
  return new Uint32Array(column.buffer, column.byteOffset, column.length * 2);
};

/** Upper half of a number's bits as a key whose unsigned order is the numbers' order. */
const keyOf = (high: number): number => (high ^ ((high >> 31) | 0x80000000)) >>> 0;

const topOf = (high: number): number => keyOf(high) >>> (32 - TOP_BITS);

interface Buffers {
  readonly scratch: Float64Array;
  readonly moved: Uint32Array;
  readonly column: Float64Array;
  readonly offsets: Uint32Array;
}

/** Moves one range of the scratch back to the column, in order. */
function sortRange({ scratch, moved, column, offsets }: Buffers, from: number, to: number): void {
  const size = to - from;
  if (size <= SMALL) {
    for (let i = from; i < to; i++) column[i] = scratch[i] ?? 0;
    insertion(column, from, to);
    return;
  }
  const bits = Math.min(SECOND_BITS, 32 - Math.clz32(size));
  const shift = 32 - TOP_BITS - bits;
  const mask = (1 << bits) - 1;
  offsets.fill(0, 0, mask + 2);
  for (let i = from; i < to; i++) {
    const digit = ((keyOf(moved[2 * i + 1] ?? 0) >>> shift) & mask) + 1;
    offsets[digit] = (offsets[digit] ?? 0) + 1;
  }
  let most = 0;
  for (let digit = 1; digit <= mask + 1; digit++) {
    const here = offsets[digit] ?? 0;
    if (here > most) most = here;
    offsets[digit] = here + (offsets[digit - 1] ?? 0);
  }
  for (let i = from; i < to; i++) {
    const digit = (keyOf(moved[2 * i + 1] ?? 0) >>> shift) & mask;
    const place = offsets[digit] ?? 0;
    offsets[digit] = place + 1;
    column[from + place] = scratch[i] ?? 0;
  }
  if (most <= SMALL) insertion(column, from, to);
  else sortGroups(column, { from, size, offsets, mask });
}

/** After the second pass `offsets[digit]` is where the group of a digit ends. */
function sortGroups(
  column: Float64Array,
  { from, size, offsets, mask }: { from: number; size: number; offsets: Uint32Array; mask: number },
): void {
  let start = 0;
  for (let digit = 0; digit <= mask && start < size; digit++) {
    const end = offsets[digit] ?? 0;
    if (end - start <= SMALL) insertion(column, from + start, from + end);
    else if (!isAscending(column, from + start, from + end)) column.subarray(from + start, from + end).sort();
    start = end;
  }
}

function isAscending(column: Float64Array, from: number, to: number): boolean {
  for (let i = from + 1; i < to; i++) if ((column[i - 1] ?? 0) > (column[i] ?? 0)) return false;
  return true;
}

function insertion(column: Float64Array, from: number, to: number): void {
  for (let i = from + 1; i < to; i++) {
    const value = column[i] ?? 0;
    let at = i;
    while (at > from && (column[at - 1] ?? 0) > value) {
      column[at] = column[at - 1] ?? 0;
      at--;
    }
    column[at] = value;
  }
}
