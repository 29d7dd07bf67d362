const SMALL = 400;
const DIGIT_BITS = 11;
const DIGITS = 1 << DIGIT_BITS;
const MASK = DIGITS - 1;

/**
 * Row numbers in ascending order of `values`; equal values keep their order. NaN must have been taken out before. Large
 * columns take a radix sort of the IEEE bits that moves row numbers along, in 11-bit digits, least first.
 */
export function argsort(values: ArrayLike<number>): Uint32Array {
  const n = values.length;
  const order = new Uint32Array(n);
  for (let i = 0; i < n; i++) order[i] = i;
  if (n < SMALL) return order.sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0) || a - b);
  const { low, high } = sortableBits(values);
  let from = order;
  let to = new Uint32Array(n);
  for (const [word, shift] of [
    [low, 0],
    [low, 11],
    [low, 22],
    [high, 0],
    [high, 11],
    [high, 22],
  ] as const) {
    if (!scatter({ word, shift, from, to })) continue;
    [from, to] = [to, from];
  }
  return from;
}

/** The two halves of each number's bits, changed so that their unsigned order is the numbers' order; −0 counts as 0. */
function sortableBits(values: ArrayLike<number>): { low: Uint32Array; high: Uint32Array } {
  const n = values.length;
  const low = new Uint32Array(n);
  const high = new Uint32Array(n);
  const one = new Float64Array(1);
  const bits = new Uint32Array(one.buffer);
  for (let i = 0; i < n; i++) {
    one[0] = (values[i] ?? 0) + 0;
    const top = bits[1] ?? 0;
    const flip = top >>> 31 ? 0xffffffff : 0;
    low[i] = (bits[0] ?? 0) ^ flip;
    high[i] = top ^ (flip | 0x80000000);
  }
  return { low, high };
}

interface Pass {
  readonly word: Uint32Array;
  readonly shift: number;
  readonly from: Uint32Array;
  readonly to: Uint32Array;
}

/** Puts row numbers in order of one digit; false, and nothing done, where all rows share it. */
function scatter({ word, shift, from, to }: Pass): boolean {
  const n = from.length;
  const places = new Uint32Array(DIGITS);
  for (let i = 0; i < n; i++) {
    const digit = ((word[i] ?? 0) >>> shift) & MASK;
    places[digit] = (places[digit] ?? 0) + 1;
  }
  if (places[((word[0] ?? 0) >>> shift) & MASK] === n) return false;
  let before = 0;
  for (let digit = 0; digit < DIGITS; digit++) {
    const here = places[digit] ?? 0;
    places[digit] = before;
    before += here;
  }
  for (let i = 0; i < n; i++) {
    const row = from[i] ?? 0;
    const digit = ((word[row] ?? 0) >>> shift) & MASK;
    const place = places[digit] ?? 0;
    places[digit] = place + 1;
    to[place] = row;
  }
  return true;
}

/** Distinct values as group numbers: `group[i]` counts the distinct values below `values[i]`; `groups` is their number. */
export function denseRanks(values: ArrayLike<number>): { group: Uint32Array; groups: number } {
  const order = argsort(values);
  const group = new Uint32Array(values.length);
  let groups = 0;
  for (let k = 0; k < order.length; k++) {
    const row = order[k] ?? 0;
    if (k === 0 || values[row] !== values[order[k - 1] ?? 0]) groups++;
    group[row] = groups - 1;
  }
  return { group, groups };
}
