import { type Absent, absent } from '../outcome.js';
import { mean, variance } from './sums.js';
import { firstNonFinite } from './numbers.js';

/** Numeric rows of several columns, row-major. */
export interface NumericTable {
  readonly values: Float64Array;
  readonly rows: number;
  readonly columns: number;
}

/** Puts columns of one length side by side. A cell that is not finite is a named absence, unequal lengths a RangeError. */
export function tableOf(columns: readonly ArrayLike<number>[]): NumericTable | Absent {
  const rows = columns[0]?.length ?? 0;
  const values = new Float64Array(rows * columns.length);
  for (let c = 0; c < columns.length; c++) {
    const column = columns[c] ?? [];
    if (column.length !== rows)
      throw new RangeError(
        `Column ${c} has ${column.length} rows and column 0 has ${rows}; give columns of one table.`,
      );
    const bad = firstNonFinite(column);
    if (bad >= 0) return absent(`row ${bad} of column ${c} is ${column[bad]}, not a finite number`);
    for (let r = 0; r < rows; r++) values[r * columns.length + c] = column[r] ?? 0;
  }
  return rows === 0 || columns.length === 0
    ? absent('there are no rows')
    : { values, rows, columns: columns.length };
}

/** Centre and scale of each column (population sd; 1 for a constant one). */
export function scalesOf(columns: readonly ArrayLike<number>[]): {
  centre: Float64Array;
  scale: Float64Array;
} {
  const centre = Float64Array.from(columns, (c) => (constant(c) ? (c[0] ?? 0) : mean(c)));
  const scale = Float64Array.from(columns, (c) => (constant(c) ? 1 : Math.sqrt(variance(c)) || 1));
  return { centre, scale };
}

function constant(column: ArrayLike<number>): boolean {
  for (let i = 1; i < column.length; i++) if (column[i] !== column[0]) return false;
  return true;
}

/** A table with each column centred and scaled. */
export function standardised(
  table: NumericTable,
  { centre, scale }: ReturnType<typeof scalesOf>,
): NumericTable {
  const values = table.values.map(
    (v, i) => (v - (centre[i % table.columns] ?? 0)) / (scale[i % table.columns] ?? 1),
  );
  return { ...table, values };
}
