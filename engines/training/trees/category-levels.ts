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

/** Takes the `most` most frequent levels of a column; null and '' are missing. */
export function fitCategoryBins(column: readonly (string | null)[], most: number): CategoryBins {
  const counts = new Map<string, number>();
  for (const level of column) {
    if (level !== null && level !== '') counts.set(level, (counts.get(level) ?? 0) + 1);
  }
  const ranked = [...counts].sort(([a, rowsA], [b, rowsB]) => rowsB - rowsA || (a < b ? -1 : 1));
  const levels = ranked.slice(0, most).map(([level]) => level);
  const known = levels.reduce((sum, level) => sum + (counts.get(level) ?? 0), 0);
  return {
    type: 'category',
    levels,
    codes: codesOf(levels),
    bins: levels.length,
    usable: levels.length > 1 || (levels.length === 1 && known < column.length),
    leftOut: ranked.length - levels.length,
  };
}

/** Code by level. */
export function codesOf(levels: readonly string[]): Map<string, number> {
  return new Map(levels.map((level, code) => [level, code]));
}
