/** Row numbers in ascending order of `values`; equal values keep their order. NaN must have been taken out before. */
export function argsort(values: ArrayLike<number>): Uint32Array {
  const order = new Uint32Array(values.length);
  for (let i = 0; i < order.length; i++) order[i] = i;
  return order.sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0) || a - b);
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
