/**
 * Quantile of ascending numbers by linear interpolation between neighbours (Hyndman & Fan type 7, NumPy's default).
 * `share` is in [0, 1]; no rows is a RangeError.
 */
export function quantileOfSorted(ascending: ArrayLike<number>, share: number): number {
  const n = ascending.length;
  if (n === 0) throw new RangeError('A quantile of no rows does not exist; check the number of rows first.');
  const position = share * (n - 1);
  const below = Math.floor(position);
  const low = ascending[below] ?? 0;
  const high = ascending[Math.min(below + 1, n - 1)] ?? 0;
  const weight = position - below;
  // NumPy's two-sided form: exact at both neighbours.
  return weight < 0.5 ? low + (high - low) * weight : high - (high - low) * (1 - weight);
}
