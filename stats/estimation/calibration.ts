import { argsort } from '../numeric/argsort.js';
import type { Numbers } from '../numeric/numbers.js';
import { createRandom } from '../random.js';
import { fitLogistic } from '../several/logistic.js';
import { type Calibrator, fitIsotonic } from './isotonic.js';

/** How scores become probabilities: fixed, or the one with the least calibration error. */
export type CalibrationChoice = 'auto' | 'isotonic' | 'platt' | 'none';

/** Scores taken as probabilities; those outside [0, 1] are cut. */
export const uncalibrated: Calibrator = { kind: 'none', apply: (score) => Math.min(1, Math.max(0, score)) };

/** Platt's (1999) scaling: a logistic regression of the label on the log-odds of the score (clipped to 1e-6…1 − 1e-6). */
export function fitPlatt(scores: Numbers, labels: Numbers): Calibrator {
  const odds = Float64Array.from(scores, logOdds);
  const [intercept = 0, slope = 1] = fitLogistic(
    { values: odds, rows: odds.length, columns: 1 },
    labels,
    () => true,
    1e-6,
  );
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
  for (let split = 0; split < 3; split++) {
    const held = heldOut(labels, seed + split);
    const part = (column: Numbers, take: number) =>
      Float64Array.from(column).filter((_, i) => held[i] === take);
    const rest = { scores: part(scores, 0), labels: part(labels, 0) };
    const test = { scores: part(scores, 1), labels: part(labels, 1) };
    for (const kind of ['none', 'isotonic', 'platt'] as const) {
      const calibrator = fits[kind](rest.scores, rest.labels);
      errors[kind] +=
        calibrationError(
          test.scores.map((s) => calibrator.apply(s)),
          test.labels,
        ) / 3;
    }
  }
  const best = errors.isotonic <= errors.platt ? 'isotonic' : 'platt';
  return { calibrator: fits[errors[best] < errors.none ? best : 'none'](scores, labels), errors };
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
