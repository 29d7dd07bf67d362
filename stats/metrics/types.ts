import type { Numbers } from '../numeric/numbers.js';
import type { Outcome } from '../outcome.js';

/** What a model predicts. */
export type Task = 'regression' | 'binary' | 'multiclass';

/**
 * The rows that a metric is computed on. All columns have one entry per row, in the same order.
 *
 * - `labels`: the truth. Binary: 0 or 1. Multiclass: class index 0…classes−1. Regression: the value.
 * - `predictions`: predicted value or class. Needed for regression; binary and multiclass derive it when left out.
 * - `scores`: binary only, probability of class 1.
 * - `probabilities`: multiclass only, rows × classes in row-major order; the predicted class is the first largest one.
 * - `weights`: non-negative weight of each row (default: 1 each).
 * - `threshold`: binary only, a score at or above it predicts 1 (default 0.5).
 */
export interface MetricInput {
  readonly labels: Numbers;
  readonly predictions?: Numbers | undefined;
  readonly scores?: Numbers | undefined;
  readonly probabilities?: Numbers | undefined;
  readonly weights?: Numbers | undefined;
  readonly threshold?: number | undefined;
}

/** One entry of the table of metrics. */
export interface Metric {
  /** Name as in scikit-learn, snake case, e.g. `roc_auc`. */
  readonly name: string;
  readonly task: Task;
  /** Whether a larger number is a better model. */
  readonly higherIsBetter: boolean;
  /** What the metric reads besides the labels. */
  readonly needs: 'predictions' | 'scores' | 'probabilities';
  /** Computes it; bad or too few rows give a named absence, columns of different lengths a RangeError. */
  compute(input: MetricInput): Outcome;
}
