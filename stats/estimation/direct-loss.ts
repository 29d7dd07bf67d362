import { type Numbers, firstNonFinite } from '../numeric/numbers.js';
import { mean, variance } from '../numeric/sums.js';
import { type Absent, absent } from '../outcome.js';
import { fitBoostedTrees } from './boosted-trees.js';
import { type Chunk, chunksByCount } from './chunks.js';
import { type ThresholdRule, type Thresholds, outside, thresholdsOf } from './thresholds.js';

/** Regression rows: the model's inputs as columns of numbers (NaN: missing; categories as codes) and its predictions. */
export interface PredictedRows {
  readonly inputs: readonly Numbers[];
  readonly predictions: Numbers;
}

/** Asks for the error of regression rows without their labels. */
export interface DirectLossRequest {
  /** Rows that the model was not trained on, with labels. */
  readonly reference: PredictedRows & { readonly labels: Numbers };
  /** Rows to estimate on; labels may come later, null where they are missing. */
  readonly current: PredictedRows & { readonly labels?: ArrayLike<number | null | undefined> | undefined };
  /** Rows of a chunk. Default 5000. */
  readonly chunkSize?: number | undefined;
  /** Chunks of the current rows, instead of `chunkSize`. */
  readonly chunks?: readonly Chunk[] | undefined;
  /** Default: 3 standard deviations of the reference chunks. */
  readonly threshold?: ThresholdRule | undefined;
}

/** One metric of one chunk. */
export interface LossEstimate {
  readonly estimated: number;
  readonly realized: number | null;
  readonly samplingError: number;
  readonly alert: boolean;
  readonly realizedAlert: boolean | null;
}

/** One chunk: inclusive row numbers and its metrics. */
export type LossChunk = Chunk & { readonly mae: LossEstimate; readonly rmse: LossEstimate };

/** The whole estimate. */
export interface DirectLossEstimate {
  readonly kind: 'value';
  readonly learner: string;
  readonly thresholds: Readonly<Record<'mae' | 'rmse', Thresholds>>;
  readonly chunks: readonly LossChunk[];
}

const LEARNER =
  'least-squares boosted trees: 60 trees of depth 4, rate 0.1, 64 bins, trained on two halves crosswise';

/**
 * Direct loss estimation (NannyML's DLE): a second model learns the absolute and the squared error of the first from its
 * inputs and its prediction, on reference rows, and its mean over a chunk estimates the chunk's MAE and (root) RMSE. It sees
 * shifts of the inputs towards harder rows, not a change of the relation between inputs and label. The learner is our own
 * small gradient boosting. Absent for rows that are empty or not finite and for fewer than 100 reference rows.
 */
export function estimateLoss(request: DirectLossRequest): DirectLossEstimate | Absent {
  const { reference, current, chunkSize = 5000 } = request;
  const learned = estimateRowLosses(reference, current);
  if (learned.kind === 'absent') return learned;
  const absolute = realisedOf(reference);
  const squared = absolute.map((e) => e * e);
  const limitsOf = (losses: Float64Array, root: boolean): Thresholds =>
    thresholdsOf(
      chunksByCount(losses.length, chunkSize).map((c) => meanOf(losses, c, root)),
      request.threshold,
      [0, Infinity],
    );
  const thresholds = { mae: limitsOf(absolute, false), rmse: limitsOf(squared, true) };
  const estimated = { mae: learned.absolute, rmse: learned.squared };
  const chunks = request.chunks ?? chunksByCount(current.predictions.length, chunkSize);
  return {
    kind: 'value',
    learner: LEARNER,
    thresholds,
    chunks: chunks.map((chunk) => {
      const losses = realisedLosses(current, chunk);
      const judge = (metric: 'mae' | 'rmse', reference: Float64Array): LossEstimate => {
        const root = metric === 'rmse';
        const size = chunk.end - chunk.start + 1;
        const guess = meanOf(estimated[metric], chunk, root);
        const realized =
          losses.length > 0 ? finish(mean(root ? losses.map((e) => e * e) : losses), root) : null;
        const spread = Math.sqrt(variance(reference) / size);
        return {
          estimated: guess,
          realized,
          // Delta method for the root: the error of a mean, over twice the root of that mean.
          samplingError: root ? spread / (2 * Math.sqrt(mean(reference)) || 1) : spread,
          alert: outside(guess, thresholds[metric]),
          realizedAlert: realized === null ? null : outside(realized, thresholds[metric]),
        };
      };
      return { ...chunk, mae: judge('mae', absolute), rmse: judge('rmse', squared) };
    }),
  };
}

/** The loss that each current row is expected to have. */
export interface RowLosses {
  readonly kind: 'value';
  readonly absolute: Float64Array;
  readonly squared: Float64Array;
}

/** The learned loss of every current row, behind {@link estimateLoss}; for intervals of means that rows carry. Absent as there. */
export function estimateRowLosses(
  reference: DirectLossRequest['reference'],
  current: PredictedRows,
): RowLosses | Absent {
  const fault =
    faultOf(reference.labels, reference.predictions, 'reference') ??
    faultOf(undefined, current.predictions, 'current');
  if (fault) return absent(fault);
  if (reference.labels.length < 100)
    return absent(`the reference has ${reference.labels.length} rows, and learning an error takes 100`);
  if (reference.inputs.length !== current.inputs.length) {
    throw new RangeError(
      `${reference.inputs.length} reference inputs and ${current.inputs.length} current ones; give the same columns.`,
    );
  }
  const training = [...reference.inputs, reference.predictions];
  const columns = [...current.inputs, current.predictions];
  const absolute = realisedOf(reference);
  const squared = absolute.map((e) => e * e);
  return {
    kind: 'value',
    absolute: learnAndApply(training, absolute, columns).map((v) => Math.max(0, v)),
    squared: learnAndApply(training, squared, columns).map((v) => Math.max(0, v)),
  };
}

const realisedOf = ({ labels, predictions }: DirectLossRequest['reference']): Float64Array =>
  Float64Array.from(labels, (y, i) => Math.abs(y - (predictions[i] ?? 0)));

/** Two learners, each trained on every other row; their mean is less tied to single rows than one learner's answer. */
function learnAndApply(
  training: readonly Numbers[],
  losses: Float64Array,
  columns: readonly Numbers[],
): Float64Array {
  const n = columns.at(-1)?.length ?? 0;
  const result = new Float64Array(n);
  for (const half of [0, 1]) {
    const take = (column: Numbers) => Float64Array.from(column).filter((_, i) => i % 2 === half);
    const learner = fitBoostedTrees(training.map(take), take(losses));
    for (let i = 0; i < n; i++) result[i] = (result[i] ?? 0) + learner.predict(columns, i) / 2;
  }
  return result;
}

function realisedLosses(
  { labels, predictions }: DirectLossRequest['current'],
  { start, end }: Chunk,
): Float64Array {
  const losses: number[] = [];
  for (let i = start; labels && i <= end; i++) {
    const label = labels[i];
    if (typeof label === 'number' && Number.isFinite(label))
      losses.push(Math.abs(label - (predictions[i] ?? 0)));
  }
  return Float64Array.from(losses);
}

function meanOf(losses: Float64Array, { start, end }: Chunk, root: boolean): number {
  return finish(mean(losses.subarray(start, end + 1)), root);
}

function finish(loss: number, root: boolean): number {
  return root ? Math.sqrt(loss) : loss;
}

function faultOf(labels: Numbers | undefined, predictions: Numbers, which: string): string | undefined {
  if (predictions.length === 0) return `the ${which} rows are empty`;
  for (const [what, column] of [
    ['label', labels],
    ['prediction', predictions],
  ] as const) {
    if (!column) continue;
    if (column.length !== predictions.length)
      throw new RangeError(
        `${column.length} ${what}s for ${predictions.length} ${which} predictions; give one of each per row.`,
      );
    const bad = firstNonFinite(column);
    if (bad >= 0) return `the ${what} of ${which} row ${bad} is ${column[bad]}, not a finite number`;
  }
  return undefined;
}
