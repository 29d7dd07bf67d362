import type { NumericTable } from '../numeric/table.js';
import { solveSymmetric } from '../numeric/solve.js';

/** Coefficients of a logistic regression; the first one is the intercept. */
export type LogisticModel = Float64Array;

/** How a logistic regression is fitted. */
export interface LogisticOptions {
  /** Rows that are taken. Default: all. */
  readonly keep?: (row: number) => boolean;
  /** Ridge on all coefficients but the intercept. Default 1. */
  readonly penalty?: number;
  /** How many rows each one stands for; its label is then their mean. Default 1. */
  readonly weights?: ArrayLike<number>;
}

/** Fits a logistic regression by Newton's method (iteratively reweighted least squares), until no coefficient moves by 1e-8. */
export function fitLogistic(
  table: NumericTable,
  labels: ArrayLike<number>,
  { keep = () => true, penalty = 1, weights }: LogisticOptions = {},
): LogisticModel {
  const size = table.columns + 1;
  const model = new Float64Array(size);
  for (let round = 0; round < 50; round++) {
    const { gradient, hessian } = derivatives({ table, labels, keep, weights }, model);
    for (let i = 1; i < size; i++) {
      gradient[i] = (gradient[i] ?? 0) - penalty * (model[i] ?? 0);
      hessian[i * size + i] = (hessian[i * size + i] ?? 0) + penalty;
    }
    const step = solveSymmetric(hessian, gradient);
    if (!step) break;
    let largest = 0;
    for (let i = 0; i < size; i++) {
      model[i] = (model[i] ?? 0) + (step[i] ?? 0);
      largest = Math.max(largest, Math.abs(step[i] ?? 0));
    }
    if (largest < 1e-8) break;
  }
  return model;
}

/** Probability of class 1 of one row. */
export function predictLogistic(
  model: LogisticModel,
  { values, columns }: NumericTable,
  row: number,
): number {
  let margin = model[0] ?? 0;
  for (let c = 0; c < columns; c++) margin += (model[c + 1] ?? 0) * (values[row * columns + c] ?? 0);
  return 1 / (1 + Math.exp(-margin));
}

interface Rows {
  readonly table: NumericTable;
  readonly labels: ArrayLike<number>;
  readonly keep: (row: number) => boolean;
  readonly weights: ArrayLike<number> | undefined;
}

function derivatives({ table, labels, keep, weights }: Rows, model: LogisticModel) {
  const { columns, values } = table;
  const size = columns + 1;
  const gradient = new Float64Array(size);
  const hessian = new Float64Array(size * size);
  const input = new Float64Array(size).fill(1);
  for (let row = 0; row < table.rows; row++) {
    if (!keep(row)) continue;
    const p = predictLogistic(model, table, row);
    const count = weights?.[row] ?? 1;
    const error = count * ((labels[row] ?? 0) - p);
    const weight = count * Math.max(p * (1 - p), 1e-12);
    for (let c = 0; c < columns; c++) input[c + 1] = values[row * columns + c] ?? 0;
    for (let i = 0; i < size; i++) {
      const a = input[i] ?? 0;
      gradient[i] = (gradient[i] ?? 0) + a * error;
      for (let j = 0; j <= i; j++)
        hessian[i * size + j] = (hessian[i * size + j] ?? 0) + weight * a * (input[j] ?? 0);
    }
  }
  for (let i = 0; i < size; i++)
    for (let j = 0; j < i; j++) hessian[j * size + i] = hessian[i * size + j] ?? 0;
  return { gradient, hessian };
}
