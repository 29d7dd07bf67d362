import { argsort } from '../numeric/argsort.js';
import type { Numbers } from '../numeric/numbers.js';
import { type Outcome, absent, value } from '../outcome.js';

/** Rows without labels: raw scores, calibrated probabilities of class 1, predicted classes. */
export interface ConfidentRows {
  readonly scores: Numbers;
  readonly probabilities: Numbers;
  readonly predictions: Numbers;
}

/** Metrics that can be estimated for two classes. */
export const estimableMetrics = [
  'roc_auc',
  'average_precision',
  'accuracy',
  'f1',
  'precision',
  'recall',
] as const;

/** One of them. */
export type EstimableMetric = (typeof estimableMetrics)[number];

/**
 * Estimates a metric from confidence alone (CBPE; Kivimäki et al. 2023, NannyML): each row counts as positive with its
 * calibrated probability, and the metric is taken of the expected confusion counts. Sound as long as the calibration
 * holds, that is under a shift of the inputs, not under a change of the relation between inputs and label.
 */
export function estimateMetric(metric: EstimableMetric, rows: ConfidentRows): Outcome {
  if (rows.probabilities.length === 0) return absent('there are no rows');
  if (metric === 'roc_auc' || metric === 'average_precision') return ranking(metric, rows);
  const { tp, fp, fn, tn } = expectedCounts(rows);
  if (metric === 'accuracy') return value((tp + tn) / (tp + fp + fn + tn));
  if (metric === 'precision') return quotient(tp, tp + fp);
  if (metric === 'recall') return quotient(tp, tp + fn);
  return quotient(2 * tp, 2 * tp + fp + fn);
}

function quotient(part: number, whole: number): Outcome {
  return value(whole > 0 ? part / whole : 0);
}

function expectedCounts({ probabilities, predictions }: ConfidentRows): {
  tp: number;
  fp: number;
  fn: number;
  tn: number;
} {
  const counts = { tp: 0, fp: 0, fn: 0, tn: 0 };
  for (let i = 0; i < probabilities.length; i++) {
    const p = probabilities[i] ?? 0;
    if (predictions[i] === 1) {
      counts.tp += p;
      counts.fp += 1 - p;
    } else {
      counts.fn += p;
      counts.tn += 1 - p;
    }
  }
  return counts;
}

/** Walks rows by descending raw score; rows of one score form one step of the expected curve. */
function ranking(metric: 'roc_auc' | 'average_precision', { scores, probabilities }: ConfidentRows): Outcome {
  const order = argsort(scores);
  let positives = 0;
  for (let i = 0; i < probabilities.length; i++) positives += probabilities[i] ?? 0;
  const negatives = probabilities.length - positives;
  if (positives <= 0 || negatives <= 0)
    return absent(`all rows are expected to be ${positives <= 0 ? 0 : 1}, and ranking needs both classes`);
  let tp = 0;
  let fp = 0;
  let area = 0;
  for (let k = order.length - 1; k >= 0;) {
    const score = scores[order[k] ?? 0];
    let p = 0;
    let n = 0;
    for (; k >= 0 && scores[order[k] ?? 0] === score; k--) {
      const chance = probabilities[order[k] ?? 0] ?? 0;
      p += chance;
      n += 1 - chance;
    }
    area += metric === 'roc_auc' ? n * (tp + p / 2) : (p * (tp + p)) / (tp + fp + p + n);
    tp += p;
    fp += n;
  }
  return value(metric === 'roc_auc' ? area / (positives * negatives) : area / positives);
}
