const DIGIT = 2048;
/** Below this the engine’s own sort is as fast, and needs no warming up. */
const FEW = 50_000;

/** Values that are not NaN, sorted, and whether there were others. */
export interface SortedKnown {
  readonly sorted: Float32Array;
  readonly missing: boolean;
}

/** Sorts the values that are not NaN ascending, −0 before 0, into a new array. */
export function sortKnown(values: Float32Array): SortedKnown {
  if (values.length < FEW) return cutMissing(values.slice().sort());
  const known = new Float32Array(values.length);
  let kept = 0;
  for (let i = 0; i < values.length; i++) {
    const x = values[i] ?? NaN;
    if (x === x) known[kept++] = x;
  }
  return { sorted: sortFloats(known.subarray(0, kept)), missing: kept < values.length };
}

/** The engine’s own sort puts NaN last. */
function cutMissing(sorted: Float32Array): SortedKnown {
  let known = 0;
  for (let above = sorted.length; known < above;) {
    const middle = (known + above) >> 1;
    if (Number.isNaN(sorted[middle])) above = middle;
    else known = middle + 1;
  }
  return { sorted: sorted.subarray(0, known), missing: known < sorted.length };
}

/**
 * Sorts numbers without NaN ascending, −0 before 0, into a new array. Radix sort on the bits, three digits of 11: placing the bounds of
 * twenty inputs sorts four million values, and the engine's sort compares them.
 */
function sortFloats(values: Float32Array): Float32Array {
  let keys = new Uint32Array(values.length);
  let spare = new Uint32Array(values.length);
  keys.set(new Uint32Array(values.buffer, values.byteOffset, values.length));
  const counts = countDigits(keys);
  for (let digit = 0; digit < 3; digit++) {
    place(keys, spare, { starts: startsOf(counts, digit), shift: 11 * digit });
    [keys, spare] = [spare, keys];
  }
  return toFloats(keys);
}

/** Turns the bits of floats into whole numbers of the same order, in place, and counts each digit's values. */
function countDigits(keys: Uint32Array): Uint32Array {
  const counts = new Uint32Array(3 * DIGIT);
  for (let i = 0; i < keys.length; i++) {
    const bits = keys[i] ?? 0;
    const key = (bits >>> 31 === 1 ? ~bits : bits ^ 0x80000000) >>> 0;
    keys[i] = key;
    count(counts, key & (DIGIT - 1));
    count(counts, DIGIT + ((key >>> 11) & (DIGIT - 1)));
    count(counts, 2 * DIGIT + (key >>> 22));
  }
  return counts;
}

function count(counts: Uint32Array, at: number): void {
  counts[at] = (counts[at] ?? 0) + 1;
}

/** Turns the keys of {@link countDigits} back into floats, in place. */
function toFloats(keys: Uint32Array<ArrayBuffer>): Float32Array {
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] ?? 0;
    keys[i] = key >= 0x80000000 ? key ^ 0x80000000 : ~key;
  }
  return new Float32Array(keys.buffer);
}

/** Where the values of each digit begin. */
function startsOf(counts: Uint32Array, digit: number): Uint32Array {
  const starts = new Uint32Array(DIGIT);
  let next = 0;
  for (let i = 0; i < DIGIT; i++) {
    starts[i] = next;
    next += counts[digit * DIGIT + i] ?? 0;
  }
  return starts;
}

function place(
  from: Uint32Array,
  to: Uint32Array,
  { starts, shift }: { starts: Uint32Array; shift: number },
): void {
  for (let i = 0; i < from.length; i++) {
    const key = from[i] ?? 0;
    const digit = (key >>> shift) & (DIGIT - 1);
    const at = starts[digit] ?? 0;
    starts[digit] = at + 1;
    to[at] = key;
  }
}
