import { argsort } from '../numeric/argsort.js';
import type { Numbers } from '../numeric/numbers.js';
import { variance } from '../numeric/sums.js';
import { type Outcome, absent, value } from '../outcome.js';
import { metricOf } from '../metrics/table.js';
import { createRandom } from '../random.js';
import type { EstimableMetric } from './confidence.js';

/** Reference rows with everything known. */
export interface LabelledRows {
  readonly labels: Numbers;
  readonly scores: Numbers;
  readonly predictions: Numbers;
}

/**
 * Standard error of a realised metric over a chunk of `size` rows, from the reference: what chance alone moves it by.
 * Means of indicator rows have σ/√(share · size), with the share of rows that the metric looks at; ROC AUC takes the
 * spread of the placements of the rarer class (share of the other class that is ranked right, ties ½), average precision
 * the spread over 100 seeded resamples.
 */
export function samplingError(metric: EstimableMetric, rows: LabelledRows, size: number): Outcome {
  const n = rows.labels.length;
  if (n === 0 || size === 0) return absent('there are no rows');
  const { tp, fp, fn } = confusion(rows);
  const ofShare = (share: number, relevant: number, factor = 1): Outcome =>
    relevant === 0
      ? absent('the reference has no row that the metric looks at')
      : value((factor * Math.sqrt(share * (1 - share))) / Math.sqrt((relevant / n) * size));
  if (metric === 'accuracy') return ofShare((n - fp - fn) / n, n);
  if (metric === 'precision') return ofShare(tp / (tp + fp), tp + fp);
  if (metric === 'recall') return ofShare(tp / (tp + fn), tp + fn);
  if (metric === 'f1') {
    const relevant = tp + fp + fn;
    // F1 = TP / (TP + (FP + FN)/2): the indicator of a hit among the relevant rows, scaled to have F1 as its mean.
    return ofShare(tp / relevant, relevant, relevant / (tp + (fp + fn) / 2));
  }
  return metric === 'roc_auc' ? ofRocAuc(rows, size) : ofAveragePrecision(rows, size);
}

function confusion({ labels, predictions }: LabelledRows): { tp: number; fp: number; fn: number } {
  const counts = { tp: 0, fp: 0, fn: 0 };
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] === 1 && predictions[i] === 1) counts.tp++;
    else if (predictions[i] === 1) counts.fp++;
    else if (labels[i] === 1) counts.fn++;
  }
  return counts;
}

function ofRocAuc({ labels, scores }: LabelledRows, size: number): Outcome {
  const order = argsort(scores);
  const n = order.length;
  let positives = 0;
  for (let i = 0; i < n; i++) positives += labels[i] === 1 ? 1 : 0;
  if (positives === 0 || positives === n) return absent('the reference has one class only');
  const rare = positives > n / 2 ? 0 : 1;
  const rares = rare === 1 ? positives : n - positives;
  const placements: number[] = [];
  let below = 0;
  for (let k = 0; k < n;) {
    const score = scores[order[k] ?? 0];
    let here = 0;
    let others = 0;
    for (; k < n && scores[order[k] ?? 0] === score; k++) {
      if (labels[order[k] ?? 0] === rare) here++;
      else others++;
    }
    for (let i = 0; i < here; i++) placements.push((below + others / 2) / (n - rares));
    below += others;
  }
  return value(Math.sqrt(variance(placements)) / Math.sqrt((rares / n) * size));
}

function ofAveragePrecision({ labels, scores }: LabelledRows, size: number): Outcome {
  const random = createRandom(1);
  const drawn = Math.min(Math.floor(labels.length / 2), 5000);
  if (drawn < 2) return absent('the reference has too few rows');
  const metric = metricOf('binary', 'average_precision');
  const results: number[] = [];
  for (let r = 0; r < 100; r++) {
    const rows = Array.from({ length: drawn }, () => random.int(labels.length));
    const result = metric.compute({
      labels: rows.map((i) => labels[i] ?? 0),
      scores: rows.map((i) => scores[i] ?? 0),
    });
    if (result.kind === 'value') results.push(result.value);
  }
  return value(Math.sqrt(variance(results)) * Math.sqrt(drawn / size));
}
