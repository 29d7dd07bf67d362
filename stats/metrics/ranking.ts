import { argsort } from '../numeric/argsort.js';
import { type Outcome, absent, value } from '../outcome.js';
import type { ScoredRows } from './rows.js';

/** Weight of positives and negatives that share one score, by descending score. */
interface TieGroups {
  readonly positive: number[];
  readonly negative: number[];
  readonly positives: number;
  readonly negatives: number;
}

function tieGroups(rows: ScoredRows): TieGroups {
  const order = argsort(rows.scores);
  const positive: number[] = [];
  const negative: number[] = [];
  let positives = 0;
  let negatives = 0;
  let previous = Number.NaN;
  for (let k = order.length - 1; k >= 0; k--) {
    const row = order[k] ?? 0;
    const score = rows.scores[row] ?? 0;
    if (score !== previous) {
      positive.push(0);
      negative.push(0);
      previous = score;
    }
    const last = positive.length - 1;
    const w = rows.weight(row);
    if (rows.labels[row] === 1) {
      positive[last] = (positive[last] ?? 0) + w;
      positives += w;
    } else {
      negative[last] = (negative[last] ?? 0) + w;
      negatives += w;
    }
  }
  return { positive, negative, positives, negatives };
}

/** Area under the ROC curve: share of pairs in the right order, ties counting ½. Absent where one class is missing. */
export function rocAuc(rows: ScoredRows): Outcome {
  const { positive, negative, positives, negatives } = tieGroups(rows);
  if (positives <= 0 || negatives <= 0) return oneClass(positives);
  let above = 0;
  let pairs = 0;
  for (let g = 0; g < positive.length; g++) {
    const p = positive[g] ?? 0;
    pairs += (negative[g] ?? 0) * (above + p / 2);
    above += p;
  }
  return value(pairs / (positives * negatives));
}

/** Σ (Rₙ − Rₙ₋₁) Pₙ over distinct scores, without interpolation; 0 where no row is positive. */
export function averagePrecision(rows: ScoredRows): Outcome {
  const { positive, negative, positives } = tieGroups(rows);
  if (positives <= 0) return value(0);
  let hits = 0;
  let named = 0;
  let area = 0;
  for (let g = 0; g < positive.length; g++) {
    const p = positive[g] ?? 0;
    hits += p;
    named += p + (negative[g] ?? 0);
    if (p > 0) area += (p / positives) * (hits / named);
  }
  return value(area);
}

/** Largest distance between true and false positive rate over all thresholds (Kolmogorov–Smirnov of the ROC). */
export function ksOfRoc(rows: ScoredRows): Outcome {
  const { positive, negative, positives, negatives } = tieGroups(rows);
  if (positives <= 0 || negatives <= 0) return oneClass(positives);
  let tp = 0;
  let fp = 0;
  let best = 0;
  for (let g = 0; g < positive.length; g++) {
    tp += positive[g] ?? 0;
    fp += negative[g] ?? 0;
    best = Math.max(best, tp / positives - fp / negatives);
  }
  return value(best);
}

function oneClass(positives: number): Outcome {
  return absent(`all labels are ${positives > 0 ? 1 : 0}, and ranking needs both classes`);
}
