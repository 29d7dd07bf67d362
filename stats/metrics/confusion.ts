import { type Outcome, absent, value } from '../outcome.js';
import type { BinaryRows } from './rows.js';

/** Weighted counts of label × prediction, row-major: `counts[label * classes + prediction]`. */
export interface Confusion {
  readonly classes: number;
  readonly counts: Float64Array;
}

/** Counts rows by label and predicted class. */
export function confusionOf(rows: BinaryRows, classes = 2): Confusion {
  const counts = new Float64Array(classes * classes);
  for (let i = 0; i < rows.n; i++) {
    const cell = (rows.labels[i] ?? 0) * classes + (rows.predictions[i] ?? 0);
    counts[cell] = (counts[cell] ?? 0) + rows.weight(i);
  }
  return { classes, counts };
}

/** Row sums (weight of each true class), column sums (of each predicted class), diagonal and total. */
export function margins({ classes, counts }: Confusion) {
  const truth = new Float64Array(classes);
  const predicted = new Float64Array(classes);
  const hits = new Float64Array(classes);
  let total = 0;
  let correct = 0;
  for (let label = 0; label < classes; label++) {
    for (let prediction = 0; prediction < classes; prediction++) {
      const w = counts[label * classes + prediction] ?? 0;
      truth[label] = (truth[label] ?? 0) + w;
      predicted[prediction] = (predicted[prediction] ?? 0) + w;
      total += w;
      if (label === prediction) {
        hits[label] = w;
        correct += w;
      }
    }
  }
  return { truth, predicted, hits, total, correct };
}

const ratio = (part: number, whole: number): number => (whole > 0 ? part / whole : 0);

/** Share of rows whose class was predicted. */
export function accuracy(confusion: Confusion): Outcome {
  const { correct, total } = margins(confusion);
  return value(correct / total);
}

/** Mean recall over the classes that occur among the labels. */
export function balancedAccuracy(confusion: Confusion): Outcome {
  const { truth, hits } = margins(confusion);
  let recalls = 0;
  let present = 0;
  for (let c = 0; c < confusion.classes; c++) {
    if ((truth[c] ?? 0) <= 0) continue;
    recalls += (hits[c] ?? 0) / (truth[c] ?? 1);
    present++;
  }
  return value(recalls / present);
}

/** Precision, recall, F and weight of one class; a quotient 0/0 counts as 0. */
export interface ClassScores {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly f2: number;
  /** Weight of the rows that truly are of this class. */
  readonly support: number;
  /** Whether the class occurs among the labels or the predictions. */
  readonly seen: boolean;
}

/** Precision, recall and F of each class. */
export function classScores(confusion: Confusion): ClassScores[] {
  const { truth, predicted, hits } = margins(confusion);
  return Array.from(hits, (hit, c) => {
    const support = truth[c] ?? 0;
    const named = predicted[c] ?? 0;
    return {
      precision: ratio(hit, named),
      recall: ratio(hit, support),
      f1: ratio(2 * hit, support + named),
      f2: ratio(5 * hit, 4 * support + named),
      support,
      seen: support > 0 || named > 0,
    };
  });
}

/** Matthews' correlation (Gorodkin's form for any number of classes); 0 where labels or predictions are all one class. */
export function matthews(confusion: Confusion): Outcome {
  const { truth, predicted, total, correct } = margins(confusion);
  let cross = 0;
  let truths = 0;
  let names = 0;
  for (let c = 0; c < confusion.classes; c++) {
    const t = truth[c] ?? 0;
    const p = predicted[c] ?? 0;
    cross += t * p;
    truths += t * t;
    names += p * p;
  }
  const spread = Math.sqrt((total * total - truths) * (total * total - names));
  return value(spread > 0 ? (correct * total - cross) / spread : 0);
}

/** Cohen's κ: agreement beyond chance. Absent where all labels and predictions are one class. */
export function cohenKappa(confusion: Confusion): Outcome {
  const { truth, predicted, total, correct } = margins(confusion);
  let chance = 0;
  for (let c = 0; c < confusion.classes; c++) chance += ((truth[c] ?? 0) * (predicted[c] ?? 0)) / total;
  if (total - chance <= 0)
    return absent('all labels and predictions are one class, so that chance agrees fully');
  return value(1 - (total - correct) / (total - chance));
}
