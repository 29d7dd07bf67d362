import type { Explanation } from '../../../domain/explanation.js';
import type { TreesColumns } from './data.js';
import { explainByPaths, profileOf } from './explain.js';
import { importanceOf } from './importance.js';
import type { TreesModel } from './model.js';

/** Rows enough for a mean; each takes time of trees × leaves × depth². */
const MOST_ROWS = 200;

/** Importance, and Shapley values by paths over the rows (200 of them, at equal steps, when there are more). */
export function explanationOf(model: TreesModel, columns: TreesColumns): Explanation {
  const explained = explainByPaths(model, atEqualSteps(columns, MOST_ROWS));
  const shares = profileOf(explained);
  return {
    format: 'perennial-explanation/1',
    rows: explained.rows,
    base: [...explained.base],
    inputs: importanceOf(model).map(({ input, splits, gain }, i) => ({
      name: input,
      splits,
      gain,
      meanAbsolute: shares[i]?.meanAbsolute ?? 0,
      mean: [...(shares[i]?.mean ?? [])],
    })),
  };
}

function atEqualSteps(columns: TreesColumns, most: number): TreesColumns {
  if (columns.rows <= most) return columns;
  const rows = Array.from({ length: most }, (_, i) => Math.floor((i * columns.rows) / most));
  return {
    rows: most,
    numbers: Object.fromEntries(
      Object.entries(columns.numbers).map(([name, column]) => [
        name,
        Float64Array.from(rows, (row) => column[row] ?? NaN),
      ]),
    ),
    categories: Object.fromEntries(
      Object.entries(columns.categories).map(([name, column]) => [
        name,
        rows.map((row) => column[row] ?? null),
      ]),
    ),
  };
}
