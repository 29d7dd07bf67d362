import { type Numbers, firstNonFinite } from '../numeric/numbers.js';
import { type Absent, absent } from '../outcome.js';
import type { MetricInput } from './types.js';

/** Labels, predictions and weights of regression rows that have passed the checks. */
export interface RegressionRows {
  readonly n: number;
  readonly labels: Numbers;
  readonly predictions: Numbers;
  weight(row: number): number;
}

/** Labels, classes and weights of binary rows that have passed the checks. */
export interface BinaryRows {
  readonly n: number;
  readonly labels: Numbers;
  readonly predictions: Numbers;
  weight(row: number): number;
}

/** As BinaryRows, with scores. */
export interface ScoredRows extends BinaryRows {
  readonly scores: Numbers;
}

/** Multiclass rows that have passed the checks; `probabilities` is rows × classes, row-major, where it was given. */
export interface MulticlassRows extends BinaryRows {
  readonly classes: number;
  readonly probabilities: Numbers | undefined;
}

const one = (): number => 1;

/** Checks regression rows; the reason for an absence names the first row that is wrong. */
export function regressionRows(input: MetricInput): RegressionRows | Absent {
  const { labels, predictions } = input;
  if (!predictions) return absent('there are no predictions');
  const wrong = commonFault(input) ?? columnFault('prediction', predictions, labels.length);
  return wrong ?? { n: labels.length, labels, predictions, weight: weightOf(input) };
}

/** Checks binary rows; predicted classes come from `predictions`, else from `scores` and `threshold`. */
export function binaryRows(input: MetricInput): BinaryRows | Absent {
  const { labels, scores } = input;
  const predictions =
    input.predictions ??
    (scores && scores.length === labels.length ? cut(scores, input.threshold ?? 0.5) : undefined);
  if (!predictions)
    return scores
      ? lengthFault('score', scores, labels.length)
      : absent('there are neither predictions nor scores');
  const wrong =
    commonFault(input) ??
    (scores ? columnFault('score', scores, labels.length) : undefined) ??
    columnFault('prediction', predictions, labels.length) ??
    classFault('label', labels, 2) ??
    classFault('prediction', predictions, 2);
  return wrong ?? { n: labels.length, labels, predictions, weight: weightOf(input) };
}

/** Checks binary rows that must have scores. */
export function scoredRows(input: MetricInput): ScoredRows | Absent {
  const { scores } = input;
  if (!scores) return absent('there are no scores');
  const rows = binaryRows({ ...input, predictions: undefined });
  return 'kind' in rows ? rows : { ...rows, scores };
}

/** Checks multiclass rows; the number of classes follows from `probabilities`, else from the largest index seen. */
export function multiclassRows(input: MetricInput): MulticlassRows | Absent {
  const { labels, probabilities } = input;
  const n = labels.length;
  const wrong = commonFault(input);
  if (wrong) return wrong;
  if (probabilities && (probabilities.length % n !== 0 || probabilities.length < 2 * n)) {
    throw new RangeError(
      `${probabilities.length} probabilities do not make a table of ${n} rows and two or more classes.`,
    );
  }
  const given = probabilities ? columnFault('probability', probabilities, probabilities.length) : undefined;
  if (given) return given;
  const predictions =
    input.predictions ?? (probabilities ? largest(probabilities, probabilities.length / n) : undefined);
  if (!predictions) return absent('there are neither predictions nor probabilities');
  const classes = probabilities ? probabilities.length / n : 1 + Math.max(top(labels), top(predictions));
  const fault =
    columnFault('prediction', predictions, n) ??
    classFault('label', labels, classes) ??
    classFault('prediction', predictions, classes);
  return fault ?? { n, labels, predictions, classes, probabilities, weight: weightOf(input) };
}

function commonFault({ labels, weights }: MetricInput): Absent | undefined {
  if (labels.length === 0) return absent('there are no rows');
  const wrong = columnFault('label', labels, labels.length);
  if (wrong || !weights) return wrong;
  const bad = columnFault('weight', weights, labels.length);
  if (bad) return bad;
  let total = 0;
  for (let i = 0; i < weights.length; i++) {
    const w = weights[i] ?? 0;
    if (w < 0) return absent(`the weight of row ${i} is ${w}; weights are zero or more`);
    total += w;
  }
  return total > 0 ? undefined : absent('all weights are zero');
}

function columnFault(what: string, column: Numbers, n: number): Absent | undefined {
  if (column.length !== n) lengthFault(what, column, n);
  const row = firstNonFinite(column);
  return row < 0 ? undefined : absent(`the ${what} of row ${row} is ${column[row]}, not a finite number`);
}

function lengthFault(what: string, column: Numbers, n: number): never {
  throw new RangeError(`${column.length} ${what}s for ${n} labels: give one ${what} for each label.`);
}

function classFault(what: string, column: Numbers, classes: number): Absent | undefined {
  for (let i = 0; i < column.length; i++) {
    const c = column[i] ?? -1;
    if (!Number.isInteger(c) || c < 0 || c >= classes) {
      return absent(`the ${what} of row ${i} is ${c}; classes are 0…${classes - 1}`);
    }
  }
  return undefined;
}

function weightOf({ weights }: MetricInput): (row: number) => number {
  return weights ? (row) => weights[row] ?? 0 : one;
}

function cut(scores: Numbers, threshold: number): Uint8Array {
  const classes = new Uint8Array(scores.length);
  for (let i = 0; i < scores.length; i++) classes[i] = (scores[i] ?? 0) >= threshold ? 1 : 0;
  return classes;
}

function largest(probabilities: Numbers, classes: number): Uint32Array {
  const best = new Uint32Array(probabilities.length / classes);
  for (let i = 0; i < best.length; i++) {
    let top = 0;
    for (let c = 1; c < classes; c++) {
      if ((probabilities[i * classes + c] ?? 0) > (probabilities[i * classes + top] ?? 0)) top = c;
    }
    best[i] = top;
  }
  return best;
}

function top(column: Numbers): number {
  let highest = 0;
  for (let i = 0; i < column.length; i++) highest = Math.max(highest, column[i] ?? 0);
  return highest;
}
