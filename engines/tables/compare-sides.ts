import {
  type CategoryCounts,
  type DriftOptions,
  type FloatColumn,
  type MeasuredColumn,
  inEqualWidths,
  measureColumn,
  sampleInPlace,
} from '../../stats/index.js';

/** Both samples of a column, as read. Numbers are reordered by the comparison. */
export type Sides =
  | {
      readonly kind: 'category';
      readonly name: string;
      readonly reference: CategoryCounts;
      readonly current: CategoryCounts;
    }
  | {
      readonly kind: 'number';
      readonly name: string;
      readonly reference: Float64Array;
      readonly current: Float64Array;
    };

/** A column's answers, and its two shapes for a picture. */
export interface ComparedColumn {
  readonly measured: MeasuredColumn;
  /** Rows in ten bins of equal width over the common range, or of the reference's ten most frequent categories. */
  readonly shape: { readonly reference: readonly number[]; readonly current: readonly number[] };
}

/** Compares one column. `scratch`, where given and long enough, is what its numbers are sorted with. */
export function compareSides(sides: Sides, options: DriftOptions, scratch?: FloatColumn): ComparedColumn {
  const { name } = sides;
  if (sides.kind === 'category') {
    const { reference, current } = sides;
    const common = [...reference.counts].sort(([, x], [, y]) => y - x).slice(0, 10);
    const shape = {
      reference: common.map(([, count]) => count),
      current: common.map(([category]) => current.counts.get(category) ?? 0),
    };
    return { measured: measureColumn({ name, reference, current }, options), shape };
  }
  const reference = sampleInPlace(sides.reference, scratch);
  const current = sampleInPlace(sides.current, scratch);
  const counts = inEqualWidths(reference.sorted, current.sorted);
  const shape = { reference: Array.from(counts.reference), current: Array.from(counts.current) };
  return { measured: measureColumn({ name, reference, current }, options), shape };
}
