/** A column of numbers: any array, typed or not. Results never alias it and never change it. */
export type Numbers = ArrayLike<number>;

/** Index of the first number that is not finite, or −1. */
export function firstNonFinite(values: Numbers): number {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return i;
  return -1;
}

/** The finite numbers of a column as a new Float64Array, and how many were not (missing, NaN, ±Infinity). */
export function finiteOf(values: ArrayLike<number | null | undefined>): {
  values: Float64Array;
  missing: number;
} {
  const kept = new Float64Array(values.length);
  let n = 0;
  for (let i = 0; i < values.length; i++) {
    const v = values[i];
    if (typeof v === 'number' && Number.isFinite(v)) kept[n++] = v;
  }
  return { values: n === values.length ? kept : kept.slice(0, n), missing: values.length - n };
}
