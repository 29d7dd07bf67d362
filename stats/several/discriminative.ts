import { requireValue } from '../outcome.js';
import type { NumericTable } from '../numeric/table.js';
import { normalTail } from '../distributions.js';
import { rocAuc } from '../metrics/ranking.js';
import { createRandom } from '../random.js';
import { fitLogistic, predictLogistic } from './logistic.js';
import type { TestResult } from '../two-sample/types.js';
import { type ColumnsPair, drawRows, standardisedPair } from './pair.js';

/** Settings of the discriminative test. */
export interface DiscriminativeOptions {
  /** Rows of each sample that are used at most. Default 20,000. */
  readonly maxRows?: number;
  /** Folds of the cross-validation. Default 5. */
  readonly folds?: number;
  /** Seed of the folds and of the drawing of rows. Default 1. */
  readonly seed?: number;
}

/**
 * Discriminative test, after D3 (Gözüaçık et al. 2019) and classifier two-sample tests (Lopez-Paz & Oquab 2017): how well
 * a classifier tells reference rows from current ones. The statistic is the cross-validated ROC AUC (½: not at all; 0.7 is
 * D3's customary alarm) of a ridge logistic regression on the standardised columns and their squares, so that it sees
 * changes of location and of scale of several columns together. The p-value is one-sided, from the normal approximation
 * of the rank sum (rows are taken as independent).
 */
export function discriminative(
  pair: ColumnsPair,
  { maxRows = 20_000, folds = 5, seed = 1 }: DiscriminativeOptions = {},
): TestResult {
  const both = standardisedPair(pair, 'pooled', 2 * folds);
  if ('kind' in both) return both;
  const x = withSquares(drawRows(both.x, maxRows, seed));
  const y = withSquares(drawRows(both.y, maxRows, seed + 1));
  const n = x.rows;
  const m = y.rows;
  const table: NumericTable = {
    values: Float64Array.from([...x.values, ...y.values]),
    rows: n + m,
    columns: x.columns,
  };
  const labels = new Uint8Array(n + m).fill(1, n);
  const fold = foldsOf(n, m, folds, seed + 2);
  const scores = new Float64Array(n + m);
  for (let k = 0; k < folds; k++) {
    const model = fitLogistic(table, labels, { keep: (row) => fold[row] !== k });
    for (let row = 0; row < n + m; row++)
      if (fold[row] === k) scores[row] = predictLogistic(model, table, row);
  }
  const auc = requireValue(rocAuc({ n: n + m, labels, predictions: labels, scores, weight: () => 1 }));
  const z = (auc - 0.5) / Math.sqrt((n + m + 1) / (12 * n * m));
  return {
    kind: 'value',
    statistic: auc,
    pValue: normalTail(z),
    details: { referenceRows: n, currentRows: m },
  };
}

function withSquares({ values, rows, columns }: NumericTable): NumericTable {
  const wide = new Float64Array(rows * columns * 2);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const v = Math.min(6, Math.max(-6, values[r * columns + c] ?? 0)); // one outlier must not carry the fit
      wide[r * columns * 2 + c] = v;
      wide[r * columns * 2 + columns + c] = v * v - 1;
    }
  }
  return { values: wide, rows, columns: columns * 2 };
}

/** A fold for each row, each sample spread evenly over the folds. */
function foldsOf(n: number, m: number, folds: number, seed: number): Uint8Array {
  const random = createRandom(seed);
  const fold = new Uint8Array(n + m);
  random.permutation(n).forEach((row, i) => (fold[row] = i % folds));
  random.permutation(m).forEach((row, i) => (fold[n + row] = i % folds));
  return fold;
}
