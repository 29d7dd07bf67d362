import { sort64 } from './radix64.js';

/** A column that the sorting kernel takes. */
export type FloatColumn = Float64Array | Float32Array;

const DIGIT_BITS = 11;
const DIGITS = 1 << DIGIT_BITS;
const MASK = DIGITS - 1;
const SMALL = 512;

/**
 * Sorts numbers ascending, in place, and returns the same array: radix sort of the IEEE bits; 32-bit numbers least digit first in
 * three passes of 11 bits, 64-bit ones greatest digit first (`radix64.ts`).
 * −0 comes before +0. NaN must have been taken out before. `scratch` (same type and length) is reused when given.
 */
export function sortColumn<T extends FloatColumn>(column: T, scratch?: T): T {
  if (column.length < SMALL) {
    column.sort();
  } else if (column instanceof Float32Array) {
    const n = column.length;
    sort32(column, scratch instanceof Float32Array && scratch.length >= n ? scratch : new Float32Array(n));
  } else {
    const n = column.length;
    sort64(column, scratch instanceof Float64Array && scratch.length >= n ? scratch : new Float64Array(n));
  }
  return column;
}

/** A sorted copy. */
export function sorted(values: ArrayLike<number>): Float64Array {
  return sortColumn(Float64Array.from(values));
}

function words(column: FloatColumn): Uint32Array<ArrayBuffer> {
  if (!(column.buffer instanceof ArrayBuffer))
    throw new TypeError('Columns in shared memory cannot be sorted; copy first.');
  return new Uint32Array(column.buffer, column.byteOffset, column.byteLength / 4);
}

function sort32(column: Float32Array, scratch: Float32Array): void {
  const n = column.length;
  let from = words(column);
  let to = words(scratch);
  for (let i = 0; i < n; i++) {
    const bits = from[i] ?? 0;
    from[i] = bits >>> 31 ? ~bits : bits | 0x80000000;
  }
  for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
    const offsets = countDigits({ keys: from, n, shift });
    if (!offsets) continue;
    for (let i = 0; i < n; i++) {
      const key = from[i] ?? 0;
      const digit = (key >>> shift) & MASK;
      const target = offsets[digit] ?? 0;
      offsets[digit] = target + 1;
      to[target] = key;
    }
    [from, to] = [to, from];
  }
  const own = words(column);
  for (let i = 0; i < n; i++) {
    const key = from[i] ?? 0;
    own[i] = key >>> 31 ? key & 0x7fffffff : ~key;
  }
}

interface DigitPass {
  keys: Uint32Array;
  n: number;
  shift: number;
}

/** First position of each digit, or undefined when all keys share one digit and the pass would change nothing. */
function countDigits({ keys, n, shift }: DigitPass): Uint32Array | undefined {
  const counts = new Uint32Array(DIGITS);
  for (let i = 0; i < n; i++) {
    const digit = ((keys[i] ?? 0) >>> shift) & MASK;
    counts[digit] = (counts[digit] ?? 0) + 1;
  }
  if (counts[((keys[0] ?? 0) >>> shift) & MASK] === n) return undefined;
  let before = 0;
  for (let digit = 0; digit < DIGITS; digit++) {
    const here = counts[digit] ?? 0;
    counts[digit] = before;
    before += here;
  }
  return counts;
}
