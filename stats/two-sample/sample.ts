import { type FloatColumn, sortColumn } from '../numeric/radix.js';
import { mean, variance } from '../numeric/sums.js';
import { type Absent, absent } from '../outcome.js';

/** A numeric column prepared for tests: the finite values, sorted once however many tests read them. */
export interface Sample {
  /** Ascending, without missing values. Float32 columns stay Float32. */
  readonly sorted: FloatColumn;
  /** How many values were missing: null, undefined, NaN or infinite. */
  readonly missing: number;
}

/** A column as tests take it: prepared, or raw values in any order. */
export type SampleInput = Sample | ArrayLike<number | null | undefined>;

/** Prepares a column: drops missing values, counts them, sorts a copy. A prepared sample is handed back as it is. */
export function sampleOf(input: SampleInput): Sample {
  if (!('length' in input)) return input;
  const kept =
    input instanceof Float32Array ? new Float32Array(input.length) : new Float64Array(input.length);
  let n = 0;
  for (let i = 0; i < input.length; i++) {
    const v = input[i];
    if (typeof v === 'number' && Number.isFinite(v)) kept[n++] = v;
  }
  return { sorted: sortColumn(n === kept.length ? kept : kept.slice(0, n)), missing: input.length - n };
}

/** Prepares a column in place: the values are reordered and no memory is taken. For large columns that nobody else reads. */
export function sampleInPlace(column: FloatColumn, scratch?: FloatColumn): Sample {
  let n = 0;
  for (let i = 0; i < column.length; i++) {
    const v = column[i] ?? Number.NaN;
    if (Number.isFinite(v)) column[n++] = v;
  }
  return { sorted: sortColumn(column.subarray(0, n), scratch), missing: column.length - n };
}

/** Both samples prepared, or the reason why they cannot be compared: fewer than `least` values in one of them. */
export function pairOf(
  reference: SampleInput,
  current: SampleInput,
  least = 1,
): { x: FloatColumn; y: FloatColumn } | Absent {
  const x = sampleOf(reference).sorted;
  const y = sampleOf(current).sorted;
  if (x.length < least) return absent(tooFew('reference', x.length, least));
  if (y.length < least) return absent(tooFew('current', y.length, least));
  return { x, y };
}

function tooFew(which: string, n: number, least: number): string {
  if (n === 0) return `the ${which} sample has no values`;
  return `the ${which} sample has ${n} ${n === 1 ? 'value' : 'values'}, and the method needs ${least}`;
}

/** Mean and population variance of a sorted column. */
export function momentsOf(column: FloatColumn): { mean: number; variance: number } {
  // A constant column has variance 0 exactly, whatever the rounding of its mean.
  if (column[0] === column[column.length - 1]) return { mean: column[0] ?? 0, variance: 0 };
  return { mean: mean(column), variance: variance(column) };
}
