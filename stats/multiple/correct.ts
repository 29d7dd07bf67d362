/** How p-values of several tests are corrected. `none` leaves them as they are. */
export type Correction = 'holm' | 'benjamini-hochberg' | 'none';

/**
 * Adjusted p-values, in the order given: compare each with the level that is wanted for all tests together.
 * `holm` bounds the chance of any false alarm (Holm 1979, any dependence); `benjamini-hochberg` bounds the expected share of
 * false ones among the alarms (1995, independent or positively dependent tests). Null (no test) stays null and does not count.
 * A p-value outside [0, 1] is a RangeError.
 */
export function adjust(pValues: readonly (number | null)[], correction: Correction): (number | null)[] {
  for (const p of pValues)
    if (p !== null && !(p >= 0 && p <= 1))
      throw new RangeError(`${p} is not a p-value; give numbers in [0, 1] or null.`);
  if (correction === 'none') return [...pValues];
  const ranked = pValues
    .flatMap((p, index) => (p === null ? [] : [{ p, index }]))
    .sort((a, b) => a.p - b.p || a.index - b.index);
  const adjusted = [...pValues];
  const m = ranked.length;
  let bound = correction === 'holm' ? 0 : 1;
  for (let step = 0; step < m; step++) {
    const rank = correction === 'holm' ? step : m - 1 - step;
    const { p, index } = ranked[rank] ?? { p: 1, index: 0 };
    const scaled = correction === 'holm' ? (m - rank) * p : (m / (rank + 1)) * p;
    bound = correction === 'holm' ? Math.min(1, Math.max(bound, scaled)) : Math.min(bound, scaled);
    adjusted[index] = bound;
  }
  return adjusted;
}
