import type { FloatColumn } from '../numeric/radix.js';
import { countBetween, firstAbove, firstAtLeast, quantileEdges } from '../two-sample/bins.js';
import { type Cell, countCategories } from '../two-sample/categories.js';
import { type SampleInput, momentsOf, sampleOf } from '../two-sample/sample.js';
import { type Dependence, dependenceOf } from './dependence.js';
import type { CategoricalProfile, NumericProfile, ProfileOptions } from './types.js';

const SKETCH = 256;
const CATEGORY_BYTES = 6 * 1024;

/** Cells of a categorical column beyond which the dependence is measured on the commonest and one for the rest. */
const DEPENDENCE_CELLS = 20;

/** Profiles a numeric column, in any order unless `blockRows` is given; null, NaN and infinite values count as missing. */
export function profileNumeric(column: SampleInput, options: ProfileOptions = {}): NumericProfile {
  const { sorted, missing } = sampleOf(column);
  const n = sorted.length;
  const moments = n > 0 ? momentsOf(sorted) : undefined;
  const values = sketchValues(sorted);
  const at = values.map((v) => firstAbove(sorted, v) - firstAtLeast(sorted, v));
  const before = values.map(
    (v, i) => firstAtLeast(sorted, v) - (i === 0 ? 0 : firstAbove(sorted, values[i - 1] ?? 0)),
  );
  const inner = n > 0 ? Array.from(quantileEdges(sorted)) : [];
  return {
    kind: 'numeric',
    rows: n + missing,
    missing,
    min: sorted[0] ?? null,
    max: sorted[n - 1] ?? null,
    mean: finite(moments?.mean),
    sd: finite(moments && Math.sqrt(moments.variance)),
    sketch: { values, at, before },
    error: n > 0 ? Math.max(...before) / n : 0,
    bins: { inner, counts: n > 0 ? Array.from(countBetween(sorted, inner)) : [] },
    ...withDependence(numericDependence(column, inner, options)),
  };
}

const withDependence = (dependence: Dependence | undefined) =>
  dependence === undefined ? {} : { dependence };

function numericDependence(
  column: SampleInput,
  inner: readonly number[],
  { blockRows }: ProfileOptions,
): Dependence | undefined {
  if (blockRows === undefined) return undefined;
  checkBlockRows(blockRows);
  if (!('length' in column))
    throw new TypeError('Dependence is measured on rows in time order, and a prepared sample is sorted.');
  const cell: number[] = [];
  for (let row = 0; row < column.length; row++) {
    const v = column[row];
    if (typeof v === 'number' && Number.isFinite(v)) cell.push(firstAbove(inner, v));
  }
  return dependenceOf({ cell, cells: inner.length + 1, blockRows, ordered: true });
}

function categoricalDependence(
  column: ArrayLike<Cell>,
  ranked: readonly (readonly [string, number])[],
  { blockRows }: ProfileOptions,
): Dependence | undefined {
  if (blockRows === undefined) return undefined;
  checkBlockRows(blockRows);
  const cells = Math.min(ranked.length, DEPENDENCE_CELLS + 1);
  const places = new Map(ranked.slice(0, DEPENDENCE_CELLS).map(([category], place) => [category, place]));
  const cell: number[] = [];
  for (let row = 0; row < column.length; row++) {
    const v = column[row];
    if (v !== null && v !== undefined && !Number.isNaN(v))
      cell.push(places.get(String(v)) ?? DEPENDENCE_CELLS);
  }
  return dependenceOf({ cell, cells, blockRows, ordered: false });
}

function checkBlockRows(blockRows: number): void {
  if (!(Number.isInteger(blockRows) && blockRows >= 1))
    throw new RangeError(`blockRows is ${blockRows}; give a whole number of at least 1.`);
}

function finite(v: number | undefined): number | null {
  return v !== undefined && Number.isFinite(v) ? v : null;
}

/** All distinct values where they are few, else the values at evenly spaced ranks. */
function sketchValues(sorted: FloatColumn): number[] {
  const n = sorted.length;
  const distinct: number[] = [];
  for (let i = 0; i < n && distinct.length <= SKETCH; i = firstAbove(sorted, sorted[i] ?? 0))
    distinct.push(sorted[i] ?? 0);
  if (distinct.length <= SKETCH) return distinct;
  const values: number[] = [];
  for (let k = 0; k < SKETCH; k++) {
    const v = sorted[Math.round((k * (n - 1)) / (SKETCH - 1))] ?? 0;
    if (v !== values[values.length - 1]) values.push(v);
  }
  return values;
}

/** Profiles a categorical column; categories beyond 6 KiB of text are summed up in `rest`, rarest first. */
export function profileCategorical(
  column: ArrayLike<Cell>,
  options: ProfileOptions = {},
): CategoricalProfile {
  const { counts, missing } = countCategories(column);
  const ranked = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  let bytes = 0;
  let kept = 0;
  for (const [category, count] of ranked) {
    bytes += JSON.stringify([category, count]).length * (/^[\x20-\x7e]*$/.test(category) ? 1 : 3) + 1;
    if (bytes > CATEGORY_BYTES) break;
    kept++;
  }
  const left = ranked.slice(kept);
  return {
    kind: 'categorical',
    rows: column.length,
    missing,
    counts: ranked.slice(0, kept),
    rest: { categories: left.length, rows: left.reduce((all, [, count]) => all + count, 0) },
    ...withDependence(categoricalDependence(column, ranked, options)),
  };
}
