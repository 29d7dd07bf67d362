import { sum } from '../numeric/sums.js';
import { type Outcome, value } from '../outcome.js';
import {
  type ClassScores,
  accuracy,
  balancedAccuracy,
  classScores,
  cohenKappa,
  confusionOf,
  matthews,
} from './confusion.js';
import { logLossOfRow } from './losses.js';
import { averagePrecision, ksOfRoc, rocAuc } from './ranking.js';
import { type BinaryRows, type ScoredRows, binaryRows, scoredRows } from './rows.js';
import type { Metric } from './types.js';

function onClasses(name: string, compute: (rows: BinaryRows) => Outcome): Metric {
  return {
    name,
    task: 'binary',
    higherIsBetter: true,
    needs: 'predictions',
    compute: (input) => {
      const rows = binaryRows(input);
      return 'kind' in rows ? rows : compute(rows);
    },
  };
}

function onScores(name: string, higherIsBetter: boolean, compute: (rows: ScoredRows) => Outcome): Metric {
  return {
    name,
    task: 'binary',
    higherIsBetter,
    needs: 'scores',
    compute: (input) => {
      const rows = scoredRows(input);
      return 'kind' in rows ? rows : compute(rows);
    },
  };
}

function ofPositives(key: 'precision' | 'recall' | 'f1' | 'f2'): Metric {
  return onClasses(key, (rows) => {
    const positives: ClassScores | undefined = classScores(confusionOf(rows))[1];
    return value(positives ? positives[key] : 0);
  });
}

/** Weighted mean of a quantity per row. */
export function weightedMean(
  n: number,
  weight: (row: number) => number,
  of: (row: number) => number,
): Outcome {
  const parts = new Float64Array(n);
  const weights = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const w = weight(i);
    weights[i] = w;
    parts[i] = w > 0 ? w * of(i) : 0;
  }
  return value(sum(parts) / sum(weights));
}

/** Expected calibration error over 10 bins of equal width of the score; a score of 1 falls into the last bin. */
function expectedCalibrationError(rows: ScoredRows): Outcome {
  const gap = new Float64Array(10);
  let total = 0;
  for (let i = 0; i < rows.n; i++) {
    const score = rows.scores[i] ?? 0;
    const bin = Math.min(9, Math.max(0, Math.floor(10 * score)));
    const w = rows.weight(i);
    gap[bin] = (gap[bin] ?? 0) + w * ((rows.labels[i] ?? 0) - score);
    total += w;
  }
  return value(gap.reduce((all, g) => all + Math.abs(g), 0) / total);
}

/** Metrics of two classes, 0 and 1. */
export const binaryMetrics: readonly Metric[] = [
  onClasses('accuracy', (rows) => accuracy(confusionOf(rows))),
  onClasses('balanced_accuracy', (rows) => balancedAccuracy(confusionOf(rows))),
  ofPositives('precision'),
  ofPositives('recall'),
  ofPositives('f1'),
  ofPositives('f2'),
  onClasses('mcc', (rows) => matthews(confusionOf(rows))),
  onClasses('cohen_kappa', (rows) => cohenKappa(confusionOf(rows))),
  onScores('roc_auc', true, rocAuc),
  onScores('average_precision', true, averagePrecision),
  onScores('log_loss', false, (r) =>
    weightedMean(r.n, r.weight, (i) => logLossOfRow(r.labels[i] ?? 0, r.scores[i] ?? 0)),
  ),
  onScores('brier', false, (r) =>
    weightedMean(r.n, r.weight, (i) => ((r.labels[i] ?? 0) - (r.scores[i] ?? 0)) ** 2),
  ),
  onScores('ece_10', false, expectedCalibrationError),
  onScores('ks_roc', true, ksOfRoc),
];
