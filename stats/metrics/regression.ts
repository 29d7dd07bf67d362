import { argsort } from '../numeric/argsort.js';
import { type Outcome, absent, value, valueOr } from '../outcome.js';
import { weightedMean } from './binary.js';
import { lossOf } from './losses.js';
import { type RegressionRows, regressionRows } from './rows.js';
import type { Metric } from './types.js';

function metric(name: string, higherIsBetter: boolean, compute: (rows: RegressionRows) => Outcome): Metric {
  return {
    name,
    task: 'regression',
    higherIsBetter,
    needs: 'predictions',
    compute: (input) => {
      const rows = regressionRows(input);
      return 'kind' in rows ? rows : compute(rows);
    },
  };
}

const error = (r: RegressionRows, i: number): number => (r.labels[i] ?? 0) - (r.predictions[i] ?? 0);
const meanOf = (r: RegressionRows, of: (row: number) => number): Outcome => weightedMean(r.n, r.weight, of);
// Overflow gives NaN here, which `value` then names as an absence.
const average = (r: RegressionRows, of: (row: number) => number): number =>
  valueOr(meanOf(r, of), Number.NaN);

function meanLoss(name: string): Metric {
  const loss = lossOf('regression', name);
  if (!loss) throw new RangeError(`No loss per row is named ${name}.`);
  return metric(name, false, (rows) => {
    const losses = loss.rows(rows);
    if ('kind' in losses) return losses;
    const metricValue = average(rows, (i) => losses[i] ?? 0);
    return value(loss.link === 'root' ? Math.sqrt(metricValue) : metricValue);
  });
}

/** 1 − Σ w e² / Σ w (y − ȳ)², with errors centred for explained variance; a constant target gives 1 if perfect, else 0. */
function explained(rows: RegressionRows, centred: boolean): Outcome {
  const middle = average(rows, (i) => rows.labels[i] ?? 0);
  const shift = centred ? average(rows, (i) => error(rows, i)) : 0;
  const left = average(rows, (i) => (error(rows, i) - shift) ** 2);
  const whole = average(rows, (i) => ((rows.labels[i] ?? 0) - middle) ** 2);
  if (!Number.isFinite(left + whole)) return absent('the squares of these values overflow');
  if (whole > 0) return value(1 - left / whole);
  return value(left > 0 ? 0 : 1);
}

function r2(rows: RegressionRows): Outcome {
  if (rows.n < 2) return absent('r2 needs at least two rows');
  return explained(rows, false);
}

/** Smallest error that half of the weight does not exceed; the mean of the two middle ones on an exact half. */
function medianAbsoluteError(rows: RegressionRows): Outcome {
  const errors = Float64Array.from({ length: rows.n }, (_, i) => Math.abs(error(rows, i)));
  const order = argsort(errors).filter((i) => rows.weight(i) > 0);
  const half = order.reduce((all, i) => all + rows.weight(i), 0) / 2;
  let below = 0;
  for (let k = 0; k < order.length; k++) {
    const row = order[k] ?? 0;
    below += rows.weight(row);
    if (below < half) continue;
    const next = order[k + 1];
    const here = errors[row] ?? 0;
    return value(below === half && next !== undefined ? (here + (errors[next] ?? 0)) / 2 : here);
  }
  return absent('the weights do not add up');
}

function maxError(rows: RegressionRows): Outcome {
  let most = 0;
  for (let i = 0; i < rows.n; i++) if (rows.weight(i) > 0) most = Math.max(most, Math.abs(error(rows, i)));
  return value(most);
}

function wape(rows: RegressionRows): Outcome {
  const size = average(rows, (i) => Math.abs(rows.labels[i] ?? 0));
  if (size === 0) return absent('all labels are zero, so that there is nothing to relate the error to');
  return value(average(rows, (i) => Math.abs(error(rows, i))) / size);
}

function rmsle(rows: RegressionRows): Outcome {
  for (let i = 0; i < rows.n; i++) {
    const low = Math.min(rows.labels[i] ?? 0, rows.predictions[i] ?? 0);
    if (low <= -1) return absent(`row ${i} holds ${low}, and ln(1 + v) needs values above −1`);
  }
  const squares = average(
    rows,
    (i) => (Math.log1p(rows.labels[i] ?? 0) - Math.log1p(rows.predictions[i] ?? 0)) ** 2,
  );
  return value(Math.sqrt(squares));
}

/** Metrics of predicted numbers. */
export const regressionMetrics: readonly Metric[] = [
  ...['mae', 'mse', 'rmse', 'mape', 'smape', 'pinball_01', 'pinball_09'].map(meanLoss),
  metric('wape', false, wape),
  metric('r2', true, r2),
  metric('explained_variance', true, (rows) => explained(rows, true)),
  metric('median_absolute_error', false, medianAbsoluteError),
  metric('max_error', false, maxError),
  metric('bias_mean_pred_minus_true', false, (rows) => meanOf(rows, (i) => -error(rows, i))),
  metric('rmsle', false, rmsle),
];
