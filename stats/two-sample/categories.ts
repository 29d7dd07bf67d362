import type { CountPair } from './distances.js';

/** A cell of a categorical column. */
export type Cell = string | number | boolean | bigint | null | undefined;

/** Counts of a categorical column by the text of the category. */
export interface CategoryCounts {
  readonly counts: ReadonlyMap<string, number>;
  /** null, undefined, NaN; the text "" is a category. */
  readonly missing: number;
}

/** Counts a column. Numbers and booleans become their text, so that 1 and "1" are one category. */
export function countCategories(values: ArrayLike<Cell>): CategoryCounts {
  const counts = new Map<string, number>();
  let missing = 0;
  for (let i = 0; i < values.length; i++) {
    const cell = values[i];
    if (cell === null || cell === undefined || Number.isNaN(cell)) {
      missing++;
      continue;
    }
    const text = String(cell);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return { counts, missing };
}

/** Both columns' counts over the union of their categories, in the order of the text. */
export function alignCategories(
  reference: ReadonlyMap<string, number>,
  current: ReadonlyMap<string, number>,
): CountPair & { readonly categories: readonly string[]; readonly unseen: readonly string[] } {
  const categories = [...new Set([...reference.keys(), ...current.keys()])].sort();
  const pick = (counts: ReadonlyMap<string, number>) =>
    Float64Array.from(categories, (c) => counts.get(c) ?? 0);
  const unseen = categories.filter((c) => !((reference.get(c) ?? 0) > 0) && (current.get(c) ?? 0) > 0);
  return { categories, reference: pick(reference), current: pick(current), unseen };
}
