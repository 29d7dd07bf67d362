import type { Table } from '../features/table.js';
import { categoryColumn, inputWidth, numberColumn } from './preprocessing.js';
import type { CategoryPreparation, NumberPreparation, Preprocessing } from './fitted-model.js';

/**
 * Encodes a table as a row-major float32 matrix [rows, width]: the same arithmetic as the nodes of the exported graph (double until
 * scaled, then rounded once), so that training and serving see the same bits.
 */
export function encodeTable(preprocessing: Preprocessing, table: Table): Float32Array {
  const { width } = preprocessing;
  const matrix = new Float32Array(table.rows * width);
  let offset = 0;
  for (const input of preprocessing.inputs) {
    if (input.type === 'number') encodeNumber(input, table, { matrix, width, offset });
    else encodeCategory(input, table, { matrix, width, offset });
    offset += inputWidth(input);
  }
  return matrix;
}

interface Place {
  readonly matrix: Float32Array;
  readonly width: number;
  readonly offset: number;
}

function encodeNumber(input: NumberPreparation, table: Table, { matrix, width, offset }: Place): void {
  const values = numberColumn(table, input.name);
  for (let row = 0; row < table.rows; row++) {
    const value = values[row] ?? NaN;
    const present = Number.isNaN(value) ? input.impute : value;
    matrix[row * width + offset] = (present - input.mean) * input.scale;
  }
}

function encodeCategory(input: CategoryPreparation, table: Table, { matrix, width, offset }: Place): void {
  const values = categoryColumn(table, input.name);
  const unknown = input.levels.length;
  const place = new Map(input.levels.map((level, i) => [level, i]));
  for (let row = 0; row < table.rows; row++) {
    const value = values[row] ?? null;
    const column = value === null ? unknown : (place.get(value) ?? unknown);
    matrix[row * width + offset + column] = 1;
  }
}
