import { argsort, denseRanks } from '../numeric/argsort.js';
import type { Numbers } from '../numeric/numbers.js';
import { createRandom } from '../random.js';
import { fitLogistic } from '../several/logistic.js';
import { type Calibrator, type ScorePoints, fitIsotonic, isotonicThrough } from './isotonic.js';

/** How scores become probabilities: fixed, or the one with the least calibration error. */
export type CalibrationChoice = 'auto' | 'isotonic' | 'platt' | 'none';

/** Scores taken as probabilities; those outside [0, 1] are cut. */
export const uncalibrated: Calibrator = { kind: 'none', apply: (score) => Math.min(1, Math.max(0, score)) };

/** Platt's (1999) scaling: a logistic regression of the label on the log-odds of the score (clipped to 1e-6…1 − 1e-6). */
export function fitPlatt(scores: Numbers, labels: Numbers): Calibrator {
  const { points } = groupedByScore(scores, labels);
  return plattThrough(points(() => true));
}

function plattThrough({ x, mean, weight }: ScorePoints): Calibrator {
  const odds = Float64Array.from(x, logOdds);
  const [intercept = 0, slope = 1] = fitLogistic({ values: odds, rows: odds.length, columns: 1 }, mean, {
    penalty: 1e-6,
    weights: weight,
  });
  return { kind: 'platt', apply: (score) => 1 / (1 + Math.exp(-(intercept + slope * logOdds(score)))) };
}

function logOdds(score: number): number {
  const p = Math.min(1 - 1e-6, Math.max(1e-6, score));
  return Math.log(p / (1 - p));
}

/** Expected calibration error over 10 bins of equal counts of the probability: Σ n_b/n |mean label − mean probability|. */
export function calibrationError(probabilities: Numbers, labels: Numbers): number {
  const order = argsort(probabilities);
  const n = order.length;
  let total = 0;
  for (let bin = 0; bin < 10; bin++) {
    let gap = 0;
    for (let k = Math.floor((bin * n) / 10); k < Math.floor(((bin + 1) * n) / 10); k++) {
      const row = order[k] ?? 0;
      gap += (labels[row] ?? 0) - (probabilities[row] ?? 0);
    }
    total += Math.abs(gap);
  }
  return n > 0 ? total / n : 0;
}

/** The calibrator taken, and the mean error of each on held-out tenths of the reference. */
export interface ChosenCalibrator {
  readonly calibrator: Calibrator;
  readonly errors: Readonly<Record<Calibrator['kind'], number>> | undefined;
}

const fits = { none: () => uncalibrated, isotonic: fitIsotonic, platt: fitPlatt } as const;

/**
 * Fits a calibrator on reference scores and labels. `auto` compares none, isotonic and Platt by their calibration error on
 * three seeded held-out tenths, stratified by label, and takes the least; a calibrator must beat the raw scores.
 */
export function chooseCalibrator(
  scores: Numbers,
  labels: Numbers,
  choice: CalibrationChoice = 'auto',
  seed = 42,
): ChosenCalibrator {
  if (choice !== 'auto') return { calibrator: fits[choice](scores, labels), errors: undefined };
  const errors = { none: 0, isotonic: 0, platt: 0 };
  const { points } = groupedByScore(scores, labels);
  for (let split = 0; split < 3; split++) {
    const held = heldOut(labels, seed + split);
    const rest = points((row) => held[row] === 0);
    const candidates = [uncalibrated, isotonicThrough(rest), plattThrough(rest)];
    const rows = Array.from(held.keys()).filter((row) => held[row] === 1);
    const truth = Float64Array.from(rows, (row) => labels[row] ?? 0);
    for (const { kind, apply } of candidates) {
      const probabilities = Float64Array.from(rows, (row) => apply(scores[row] ?? 0));
      errors[kind] += calibrationError(probabilities, truth) / 3;
    }
  }
  const best = errors.isotonic <= errors.platt ? 'isotonic' : 'platt';
  return { calibrator: fits[errors[best] < errors.none ? best : 'none'](scores, labels), errors };
}

/** Rows by their score, sorted once: real scores have many ties, and a calibrator sees one point for each distinct one. */
function groupedByScore(scores: Numbers, labels: Numbers) {
  const { group, groups } = denseRanks(scores);
  const distinct = new Float64Array(groups);
  group.forEach((g, row) => (distinct[g] = scores[row] ?? 0));
  /** Points of the rows that `keep` takes. */
  const points = (keep: (row: number) => boolean): ScorePoints => {
    const weight = new Float64Array(groups);
    const ones = new Float64Array(groups);
    group.forEach((g, row) => {
      if (!keep(row)) return;
      weight[g] = (weight[g] ?? 0) + 1;
      ones[g] = (ones[g] ?? 0) + (labels[row] ?? 0);
    });
    const there = Array.from(weight.keys()).filter((g) => (weight[g] ?? 0) > 0);
    return {
      x: Float64Array.from(there, (g) => distinct[g] ?? 0),
      mean: Float64Array.from(there, (g) => (ones[g] ?? 0) / (weight[g] ?? 1)),
      weight: Float64Array.from(there, (g) => weight[g] ?? 0),
    };
  };
  return { points };
}

/** Marks a tenth of the rows of each label. */
function heldOut(labels: Numbers, seed: number): Uint8Array {
  const held = new Uint8Array(labels.length);
  const seen = [0, 0];
  for (const row of createRandom(seed).permutation(labels.length)) {
    const label = labels[row] === 1 ? 1 : 0;
    if ((seen[label] ?? 0) % 10 === 0) held[row] = 1;
    seen[label] = (seen[label] ?? 0) + 1;
  }
  return held;
}
