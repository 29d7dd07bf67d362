import { DuckDBDoubleVector, DuckDBVarCharVector, type DuckDBDataChunk } from '@duckdb/node-api';
import type { Duck } from './duck.js';

/** A column of a result, in the order of the rows. */
export type Column = Float64Array | (string | null)[];

/**
 * Reads a result into typed columns. The query's columns must be DOUBLE (`number`; NULL is not allowed, write NaN) or VARCHAR
 * (`text`), in the order of `kinds`; `rows` is the number of rows it will give at most. Reads vectors in place, because building
 * row objects is more than twenty times slower.
 */
export async function readColumns(
  duck: Duck,
  {
    sql,
    kinds,
    rows,
  }: { readonly sql: string; readonly kinds: readonly ('number' | 'text')[]; readonly rows: number },
): Promise<{ rows: number; columns: Column[] }> {
  const columns = kinds.map((kind): Column => (kind === 'number' ? new Float64Array(rows) : []));
  let at = 0;
  await duck.stream(sql, (chunk) => {
    for (const [index, column] of columns.entries()) copyColumn(chunk, { index, column, at });
    at += chunk.rowCount;
  });
  return {
    rows: at,
    columns: columns.map((column) => (column instanceof Float64Array ? column.subarray(0, at) : column)),
  };
}

function copyColumn(
  chunk: DuckDBDataChunk,
  { index, column, at }: { readonly index: number; readonly column: Column; readonly at: number },
): void {
  const vector = chunk.getColumnVector(index);
  if (column instanceof Float64Array) {
    if (!(vector instanceof DuckDBDoubleVector))
      throw new TypeError(`column ${index} is ${String(vector.type)}; expected DOUBLE`);
    column.set(vector['items'].subarray(0, chunk.rowCount), at);
    return;
  }
  if (!(vector instanceof DuckDBVarCharVector))
    throw new TypeError(`column ${index} is ${String(vector.type)}; expected VARCHAR`);
  for (let row = 0; row < chunk.rowCount; row++) column.push(vector.getItem(row));
}

/** The column at `index` as numbers; throws a TypeError when it was read as text. */
export function numbersAt(columns: readonly Column[], index: number): Float64Array {
  const column = columns[index];
  if (column instanceof Float64Array) return column;
  throw new TypeError(`column ${index} holds text; expected numbers`);
}

/** The column at `index` as text with nulls; throws a TypeError when it was read as numbers. */
export function textAt(columns: readonly Column[], index: number): (string | null)[] {
  const column = columns[index];
  if (Array.isArray(column)) return column;
  throw new TypeError(`column ${index} holds numbers; expected text`);
}

/** The column at `index` as text without nulls; throws a TypeError at the first null. */
export function presentTextAt(columns: readonly Column[], index: number): string[] {
  return textAt(columns, index).map((value, row) => {
    if (value === null) throw new TypeError(`row ${row} of column ${index} is null; expected text`);
    return value;
  });
}

/** SQL of a number column for {@link readColumns}: NULL as NaN. */
export const orNaN = (value: string): string => `coalesce(${value}, 'NaN'::DOUBLE)`;

/** SQL of a TIMESTAMPTZ column as epoch milliseconds in DOUBLE. */
export const epochMs = (time: string): string => `epoch_ms(${time})::DOUBLE`;
