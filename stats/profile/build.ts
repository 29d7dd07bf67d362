import type { FloatColumn } from '../numeric/radix.js';
import { countBetween, firstAbove, firstAtLeast, quantileEdges } from '../two-sample/bins.js';
import { type Cell, countCategories } from '../two-sample/categories.js';
import { type SampleInput, momentsOf, sampleOf } from '../two-sample/sample.js';
import type { CategoricalProfile, NumericProfile } from './types.js';

const SKETCH = 256;
const CATEGORY_BYTES = 6 * 1024;

/** Profiles a numeric column in any order; null, NaN and infinite values count as missing. */
export function profileNumeric(column: SampleInput): NumericProfile {
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
  };
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
export function profileCategorical(column: ArrayLike<Cell>): CategoricalProfile {
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
  };
}
