import { type Confusion, classScores, margins } from '../metrics/confusion.js';
import { type Numbers, firstNonFinite } from '../numeric/numbers.js';
import { type Absent, type Outcome, absent, value } from '../outcome.js';
import { type CalibrationChoice, chooseCalibrator } from './calibration.js';
import { estimateMetric } from './confidence.js';

/** Rows of several classes: probabilities as rows × classes in row-major order. */
export interface MulticlassConfidence {
  readonly classes: number;
  readonly probabilities: Numbers;
}

/** Estimated metrics of several classes, by their names in the table of metrics. */
export type MulticlassEstimate = Readonly<
  Record<'accuracy' | 'f1_macro' | 'precision_macro' | 'recall_macro' | 'roc_auc_ovr_macro', Outcome>
>;

/** A calibration of several classes, learnt once from the reference. */
export interface MulticlassEstimator {
  readonly kind: 'value';
  /** Estimates the metrics of rows; the predicted class is the one of the largest raw probability. */
  estimate(rows: MulticlassConfidence): MulticlassEstimate | Absent;
}

/**
 * CBPE of several classes: each class is calibrated against the rest on the reference, the calibrated probabilities of a
 * row are divided by their sum, and metrics are taken of the expected confusion matrix (ROC AUC: one against the rest, mean).
 */
export function multiclassEstimator(
  reference: MulticlassConfidence & { readonly labels: Numbers },
  choice: CalibrationChoice = 'auto',
): MulticlassEstimator | Absent {
  const { classes, labels } = reference;
  const fault = faultOf(reference);
  if (fault) return absent(fault);
  const calibrators = Array.from(
    { length: classes },
    (_, c) =>
      chooseCalibrator(
        columnOf(reference, c),
        Float64Array.from(labels, (y) => (y === c ? 1 : 0)),
        choice,
      ).calibrator,
  );
  return {
    kind: 'value',
    estimate: (rows) => {
      const wrong =
        rows.classes === classes
          ? faultOf(rows)
          : `there are ${rows.classes} classes, and the reference has ${classes}`;
      if (wrong) return absent(wrong);
      return estimateRows(
        rows,
        calibrators.map((calibrator, c) => columnOf(rows, c).map((p) => calibrator.apply(p))),
      );
    },
  };
}

function estimateRows(rows: MulticlassConfidence, calibrated: readonly Float64Array[]): MulticlassEstimate {
  const { classes, probabilities } = rows;
  const n = probabilities.length / classes;
  const counts = new Float64Array(classes * classes);
  const shares = calibrated.map((column) => new Float64Array(column.length));
  for (let i = 0; i < n; i++) {
    let best = 0;
    let total = 0;
    for (let c = 0; c < classes; c++) {
      total += calibrated[c]?.[i] ?? 0;
      if ((probabilities[i * classes + c] ?? 0) > (probabilities[i * classes + best] ?? 0)) best = c;
    }
    for (let c = 0; c < classes; c++) {
      const share = total > 0 ? (calibrated[c]?.[i] ?? 0) / total : 1 / classes;
      counts[c * classes + best] = (counts[c * classes + best] ?? 0) + share;
      const column = shares[c];
      if (column) column[i] = share;
    }
  }
  const confusion: Confusion = { classes, counts };
  const perClass = classScores(confusion);
  const macro = (key: 'f1' | 'precision' | 'recall') =>
    value(perClass.reduce((sum, c) => sum + c[key], 0) / classes);
  const { correct, total } = margins(confusion);
  return {
    accuracy: value(correct / total),
    f1_macro: macro('f1'),
    precision_macro: macro('precision'),
    recall_macro: macro('recall'),
    roc_auc_ovr_macro: macroAuc(rows, shares),
  };
}

function macroAuc(rows: MulticlassConfidence, shares: readonly Float64Array[]): Outcome {
  let total = 0;
  for (let c = 0; c < rows.classes; c++) {
    const scores = columnOf(rows, c);
    const auc = estimateMetric('roc_auc', { scores, probabilities: shares[c] ?? [], predictions: scores });
    if (auc.kind === 'absent') return auc;
    total += auc.value;
  }
  return value(total / rows.classes);
}

function columnOf({ classes, probabilities }: MulticlassConfidence, c: number): Float64Array {
  return Float64Array.from(
    { length: probabilities.length / classes },
    (_, i) => probabilities[i * classes + c] ?? 0,
  );
}

function faultOf({
  classes,
  probabilities,
  labels,
}: MulticlassConfidence & { readonly labels?: Numbers }): string | undefined {
  if (classes < 2 || probabilities.length % classes !== 0)
    throw new RangeError(`${probabilities.length} probabilities do not make rows of ${classes} classes.`);
  if (probabilities.length === 0) return 'there are no rows';
  const bad = firstNonFinite(probabilities);
  if (bad >= 0)
    return `the probability of row ${Math.floor(bad / classes)} is ${probabilities[bad]}, not a finite number`;
  if (!labels) return undefined;
  if (labels.length * classes !== probabilities.length)
    throw new RangeError(`${labels.length} labels for ${probabilities.length / classes} rows.`);
  for (let c = 0; c < classes; c++)
    if (!Array.from(labels).includes(c)) return `class ${c} does not occur in the reference`;
  return undefined;
}
