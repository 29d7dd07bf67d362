import { firstNonFinite } from '../numeric/numbers.js';
import { type Absent, absent } from '../outcome.js';
import { binaryRows, multiclassRows, regressionRows, scoredRows } from './rows.js';
import type { MetricInput, Task } from './types.js';

/** scikit-learn's clip for logarithms of probabilities: 2^−52. */
export const LOG_CLIP = 2 ** -52;

/** A metric that is a mean over rows, or the root of one; smaller is better. */
export interface RowLoss {
  readonly name: string;
  readonly task: Task;
  /** `root`: the metric is the square root of the mean (rmse); ratios of metrics are then roots of ratios of means. */
  readonly link: 'mean' | 'root';
  /** One loss per row, in the order of the rows; bad rows give a named absence. Weights are not applied. */
  rows(input: MetricInput): Float64Array | Absent;
}

type Pair = (label: number, prediction: number) => number;

function valueLoss(name: string, of: Pair, link: 'mean' | 'root' = 'mean'): RowLoss {
  return {
    name,
    task: 'regression',
    link,
    rows: (input) => each(regressionRows(input), (r, i) => of(r.labels[i] ?? 0, r.predictions[i] ?? 0)),
  };
}

function scoreLoss(name: string, of: Pair): RowLoss {
  return {
    name,
    task: 'binary',
    link: 'mean',
    rows: (input) => each(scoredRows(input), (r, i) => of(r.labels[i] ?? 0, r.scores[i] ?? 0)),
  };
}

function each<R extends { n: number }>(
  rows: R | Absent,
  loss: (rows: R, row: number) => number,
): Float64Array | Absent {
  if ('kind' in rows) return rows;
  const losses = new Float64Array(rows.n);
  for (let i = 0; i < rows.n; i++) losses[i] = loss(rows, i);
  const bad = firstNonFinite(losses);
  return bad < 0 ? losses : absent(`the loss of row ${bad} is ${losses[bad]}, not a finite number`);
}

/** max(α(y − f), (1 − α)(f − y)): zero-mean only where f is the α-quantile. */
export function pinballLoss(alpha: number): Pair {
  return (y, f) => (y >= f ? alpha * (y - f) : (1 - alpha) * (f - y));
}

/** −ln of the probability that was given to the truth, clipped to [2^−52, 1 − 2^−52]. */
export function logLossOfRow(y: number, score: number): number {
  const p = Math.min(1 - LOG_CLIP, Math.max(LOG_CLIP, score));
  return -Math.log(y === 1 ? p : 1 - p);
}

const absolute: Pair = (y, f) => Math.abs(y - f);
const squared: Pair = (y, f) => (y - f) ** 2;
const relative: Pair = (y, f) => Math.abs(y - f) / Math.max(Math.abs(y), LOG_CLIP);
const symmetric: Pair = (y, f) => (y === f ? 0 : (2 * Math.abs(y - f)) / (Math.abs(y) + Math.abs(f)));

const zeroOneBinary: RowLoss = {
  name: 'zero_one',
  task: 'binary',
  link: 'mean',
  rows: (input) => each(binaryRows(input), (r, i) => (r.labels[i] === r.predictions[i] ? 0 : 1)),
};
const zeroOneMulticlass: RowLoss = {
  name: 'zero_one',
  task: 'multiclass',
  link: 'mean',
  rows: (input) => each(multiclassRows(input), (r, i) => (r.labels[i] === r.predictions[i] ? 0 : 1)),
};

function multiclassLoss(
  name: string,
  of: (probabilities: (c: number) => number, label: number, classes: number) => number,
): RowLoss {
  return {
    name,
    task: 'multiclass',
    link: 'mean',
    rows: (input) => {
      const rows = multiclassRows(input);
      if ('kind' in rows) return rows;
      const { probabilities, classes } = rows;
      if (!probabilities) return absent('there are no probabilities');
      return each(rows, (r, i) => of((c) => probabilities[i * classes + c] ?? 0, r.labels[i] ?? 0, classes));
    },
  };
}

const multiclassLog = multiclassLoss(
  'log_loss',
  (p, label) => -Math.log(Math.min(1 - LOG_CLIP, Math.max(LOG_CLIP, p(label)))),
);
const multiclassBrier = multiclassLoss('brier_multiclass_sum', (p, label, classes) => {
  let total = 0;
  for (let c = 0; c < classes; c++) total += (p(c) - (c === label ? 1 : 0)) ** 2;
  return total;
});

// Metric name → its loss per row. accuracy is 1 − the mean of zero_one.
const TABLE: Readonly<Record<Task, Readonly<Record<string, RowLoss>>>> = {
  regression: {
    mae: valueLoss('absolute_error', absolute),
    mse: valueLoss('squared_error', squared),
    rmse: valueLoss('squared_error', squared, 'root'),
    mape: valueLoss('absolute_percentage_error', relative),
    smape: valueLoss('symmetric_percentage_error', symmetric),
    pinball_01: valueLoss('pinball_01', pinballLoss(0.1)),
    pinball_09: valueLoss('pinball_09', pinballLoss(0.9)),
  },
  binary: {
    log_loss: scoreLoss('log_loss', logLossOfRow),
    brier: scoreLoss('brier', squared),
    accuracy: zeroOneBinary,
  },
  multiclass: { log_loss: multiclassLog, brier_multiclass_sum: multiclassBrier, accuracy: zeroOneMulticlass },
};

/**
 * The loss per row behind a metric, whose mean (or root of the mean) is the metric, or 1 − it for accuracy.
 * Undefined for metrics that are no mean over rows (roc_auc, f1, r2…): bootstrap those with `bootstrapInterval`.
 */
export function lossOf(task: Task, metric: string): RowLoss | undefined {
  const losses = TABLE[task];
  return Object.hasOwn(losses, metric) ? losses[metric] : undefined;
}
