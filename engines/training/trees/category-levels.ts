/** Codes of a category's levels; the code is the bin. */
export interface CategoryBins {
  readonly type: 'category';
  /** By number of rows, then by text. */
  readonly levels: readonly string[];
  readonly codes: ReadonlyMap<string, number>;
  readonly bins: number;
  readonly usable: boolean;
  /** Levels for which no code was left; their rows count as missing. */
  readonly leftOut: number;
}

/**
 * Takes the `most` most frequent levels of a column; null and '' are missing. Levels in `held` keep their codes and come first:
 * trees that are continued know them by code.
 */
export function fitCategoryBins(
  column: readonly (string | null)[],
  most: number,
  held: readonly string[] = [],
): CategoryBins {
  const counts = new Map<string, number>();
  for (const level of column) {
    if (level !== null && level !== '') counts.set(level, (counts.get(level) ?? 0) + 1);
  }
  const ranked = [...counts].sort(([a, rowsA], [b, rowsB]) => rowsB - rowsA || (a < b ? -1 : 1));
  const old = new Set(held);
  const fresh = ranked.map(([level]) => level).filter((level) => !old.has(level));
  const levels = [...held, ...fresh.slice(0, Math.max(0, most - held.length))];
  const known = levels.reduce((sum, level) => sum + (counts.get(level) ?? 0), 0);
  return {
    type: 'category',
    levels,
    codes: codesOf(levels),
    bins: levels.length,
    usable: ranked.length > 1 || (ranked.length === 1 && known < column.length),
    leftOut: held.length + fresh.length - levels.length,
  };
}

/** Code by level. */
export function codesOf(levels: readonly string[]): Map<string, number> {
  return new Map(levels.map((level, code) => [level, code]));
}
