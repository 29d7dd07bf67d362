import { firstNonFinite } from '../numeric/numbers.js';
import { type NumericTable, scalesOf, standardised, tableOf } from '../numeric/table.js';
import { type Absent, absent } from '../outcome.js';
import { createRandom } from '../random.js';

/** The same columns of both samples; every cell finite (impute or drop before). */
export interface ColumnsPair {
  readonly reference: readonly ArrayLike<number>[];
  readonly current: readonly ArrayLike<number>[];
}

/** Both tables, each column centred and scaled as it is in `by`. */
export function standardisedPair(
  pair: ColumnsPair,
  by: 'reference' | 'pooled',
  least: number,
): { x: NumericTable; y: NumericTable } | Absent {
  if (pair.reference.length !== pair.current.length) {
    throw new RangeError(
      `${pair.reference.length} reference columns and ${pair.current.length} current ones; give the same columns.`,
    );
  }
  const x = tableOf(pair.reference);
  if ('kind' in x) return absent(`of the reference sample: ${x.reason}`);
  const y = tableOf(pair.current);
  if ('kind' in y) return absent(`of the current sample: ${y.reason}`);
  if (Math.min(x.rows, y.rows) < least)
    return absent(`${Math.min(x.rows, y.rows)} rows in the smaller sample, and the method needs ${least}`);
  const scales = scalesOf(
    by === 'reference'
      ? pair.reference
      : pair.reference.map((c, i) => [...Array.from(c), ...Array.from(pair.current[i] ?? [])]),
  );
  const scaled = { x: standardised(x, scales), y: standardised(y, scales) };
  const overflow = firstNonFinite(scaled.x.values) >= 0 || firstNonFinite(scaled.y.values) >= 0;
  return overflow ? absent('these values are so large that the computation overflows') : scaled;
}

/** At most `limit` rows, drawn without repetition from the seed and kept in order; all of them where they are fewer. */
export function drawRows(table: NumericTable, limit: number, seed: number): NumericTable {
  if (table.rows <= limit) return table;
  const drawn = createRandom(seed).permutation(table.rows).subarray(0, limit).sort();
  const values = new Float64Array(limit * table.columns);
  drawn.forEach((row, i) =>
    values.set(table.values.subarray(row * table.columns, (row + 1) * table.columns), i * table.columns),
  );
  return { values, rows: limit, columns: table.columns };
}
