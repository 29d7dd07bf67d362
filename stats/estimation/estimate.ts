import { metricOf } from '../metrics/table.js';
import { type Numbers, firstNonFinite } from '../numeric/numbers.js';
import { type Absent, type Outcome, absent, valueOr } from '../outcome.js';
import { type CalibrationChoice, chooseCalibrator } from './calibration.js';
import { type Chunk, chunksByCount } from './chunks.js';
import { type EstimableMetric, estimableMetrics, estimateMetric } from './confidence.js';
import type { Calibrator } from './isotonic.js';
import { type LabelledRows, samplingError } from './sampling-error.js';
import { type ThresholdRule, type Thresholds, outside, thresholdsOf } from './thresholds.js';

/** Rows to estimate on. Labels may be missing altogether, or null row by row while they mature. */
export interface ScoredRowsInput {
  readonly scores: Numbers;
  readonly predictions: Numbers;
  readonly labels?: ArrayLike<number | null | undefined> | undefined;
}

/** Asks for the performance of two-class rows without their labels. */
export interface EstimateRequest {
  /** Rows on which the model is known to work, with labels: calibration, limits and sampling error come from them. */
  readonly reference: LabelledRows;
  readonly current: ScoredRowsInput;
  /** Rows of a chunk. Default 5000. */
  readonly chunkSize?: number | undefined;
  /** Chunks of the current rows, instead of `chunkSize` (for chunks by time). */
  readonly chunks?: readonly Chunk[] | undefined;
  /** Default: all that can be estimated. */
  readonly metrics?: readonly EstimableMetric[] | undefined;
  /** Default `auto`. */
  readonly calibration?: CalibrationChoice | undefined;
  /** Default: 3 standard deviations of the reference chunks. */
  readonly threshold?: ThresholdRule | undefined;
}

/** One metric of one chunk. Null where it does not exist; `realized` also where labels are missing. */
export interface ChunkMetric {
  readonly estimated: number | null;
  readonly realized: number | null;
  readonly samplingError: number | null;
  /** Whether the estimate lies outside the limits. */
  readonly alert: boolean;
  /** The same of the realised value; null without labels. */
  readonly realizedAlert: boolean | null;
  /** Why a number is missing. */
  readonly reason?: string;
}

/** One chunk: inclusive row numbers and its metrics by name. */
export type ChunkEstimate = Chunk & {
  readonly labelled: number;
  readonly metrics: Readonly<Partial<Record<EstimableMetric, ChunkMetric>>>;
};

/** The whole estimate. */
export interface PerformanceEstimate {
  readonly kind: 'value';
  readonly calibration: Calibrator['kind'];
  readonly thresholds: Readonly<Partial<Record<EstimableMetric, Thresholds>>>;
  readonly reference: readonly ChunkEstimate[];
  readonly chunks: readonly ChunkEstimate[];
}

/**
 * Estimates performance chunk by chunk without labels (CBPE) and, where labels are there, sets the realised one beside it.
 * Bad rows are a named absence: scores that are not finite, labels or predictions other than 0 and 1, a reference of one class.
 */
export function estimatePerformance(request: EstimateRequest): PerformanceEstimate | Absent {
  const { reference, current, chunkSize = 5000, metrics = estimableMetrics } = request;
  const fault = rowsFault('reference', reference) ?? rowsFault('current', current);
  if (fault) return absent(fault);
  const { calibrator } = chooseCalibrator(reference.scores, reference.labels, request.calibration);
  const referenceRows = chunksByCount(reference.labels.length, chunkSize).map((c) => rowsIn(reference, c));
  const limits = new Map<EstimableMetric, Thresholds>();
  for (const metric of metrics) {
    const realised = referenceRows.map((c) => valueOr(c.realised(metric), null)).filter((v) => v !== null);
    limits.set(metric, thresholdsOf(realised, request.threshold));
  }
  const errors = new Map<string, Outcome>();
  const judge = (rows: ChunkRows): ChunkEstimate => {
    const size = rows.scores.length;
    const errorOf = (metric: EstimableMetric): Outcome => {
      const key = `${metric}/${size}`;
      const known = errors.get(key) ?? samplingError(metric, reference, size);
      errors.set(key, known);
      return known;
    };
    return judgeChunk({ rows, calibrator, limits, errorOf });
  };
  return {
    kind: 'value',
    calibration: calibrator.kind,
    thresholds: Object.fromEntries(limits),
    reference: referenceRows.map(judge),
    chunks: (request.chunks ?? chunksByCount(current.scores.length, chunkSize)).map((c) =>
      judge(rowsIn(current, c)),
    ),
  };
}

/** The rows of one chunk, taken out once, and each realised metric, computed once. */
interface ChunkRows {
  readonly chunk: Chunk;
  readonly scores: Float64Array;
  readonly predictions: Float64Array;
  readonly labelled: number;
  /** The metric from the labels that are there; absent without any. */
  realised(metric: EstimableMetric): Outcome;
}

function rowsIn({ scores, predictions, labels }: ScoredRowsInput, chunk: Chunk): ChunkRows {
  const own = { scores: slice(scores, chunk), predictions: slice(predictions, chunk) };
  const kept: number[] = [];
  for (let i = chunk.start; labels && i <= chunk.end; i++)
    if (typeof labels[i] === 'number') kept.push(i - chunk.start);
  const take = (column: Float64Array): Float64Array =>
    kept.length === column.length ? column : Float64Array.from(kept, (i) => column[i] ?? 0);
  const known = {
    labels: Float64Array.from(kept, (i) => labels?.[chunk.start + i] ?? 0),
    scores: take(own.scores),
    predictions: take(own.predictions),
  };
  const found = new Map<EstimableMetric, Outcome>();
  const compute = (metric: EstimableMetric): Outcome => {
    if (!labels) return absent('there are no labels');
    if (kept.length === 0) return absent('there are no labels yet');
    const ranking = metric === 'roc_auc' || metric === 'average_precision';
    const said = ranking ? { scores: known.scores } : { predictions: known.predictions };
    return metricOf('binary', metric).compute({ labels: known.labels, ...said });
  };
  const realised = (metric: EstimableMetric): Outcome => {
    const outcome = found.get(metric) ?? compute(metric);
    found.set(metric, outcome);
    return outcome;
  };
  return { chunk, ...own, labelled: kept.length, realised };
}

interface Judgement {
  readonly rows: ChunkRows;
  readonly calibrator: Calibrator;
  readonly limits: ReadonlyMap<EstimableMetric, Thresholds>;
  readonly errorOf: (metric: EstimableMetric) => Outcome;
}

function judgeChunk({ rows, calibrator, limits, errorOf }: Judgement): ChunkEstimate {
  const { chunk, scores, predictions, labelled } = rows;
  const confident = { scores, predictions, probabilities: scores.map((s) => calibrator.apply(s)) };
  const metrics: Partial<Record<EstimableMetric, ChunkMetric>> = {};
  for (const [metric, thresholds] of limits) {
    const estimated = estimateMetric(metric, confident);
    const realised = rows.realised(metric);
    const reason = [estimated, realised].find((o) => o.kind === 'absent');
    metrics[metric] = {
      estimated: valueOr(estimated, null),
      realized: valueOr(realised, null),
      samplingError: valueOr(errorOf(metric), null),
      alert: estimated.kind === 'value' && outside(estimated.value, thresholds),
      realizedAlert: realised.kind === 'value' ? outside(realised.value, thresholds) : null,
      ...(reason?.kind === 'absent' ? { reason: reason.reason } : {}),
    };
  }
  return { ...chunk, labelled, metrics };
}

function slice(values: Numbers, { start, end }: Chunk): Float64Array {
  return Float64Array.from({ length: end - start + 1 }, (_, i) => values[start + i] ?? 0);
}

function rowsFault(which: string, { scores, predictions, labels }: ScoredRowsInput): string | undefined {
  if (predictions.length !== scores.length || (labels && labels.length !== scores.length)) {
    throw new RangeError(
      `The ${which} rows have ${scores.length} scores, ${predictions.length} predictions and ${labels?.length ?? 0} labels; give one of each per row.`,
    );
  }
  if (scores.length === 0) return `the ${which} rows are empty`;
  const bad = firstNonFinite(scores);
  if (bad >= 0) return `the score of ${which} row ${bad} is ${scores[bad]}, not a finite number`;
  let ones = 0;
  for (let i = 0; i < scores.length; i++) {
    if (predictions[i] !== 0 && predictions[i] !== 1)
      return `the prediction of ${which} row ${i} is ${predictions[i]}; it must be 0 or 1`;
    const label = labels?.[i];
    if (label !== undefined && label !== null && label !== 0 && label !== 1)
      return `the label of ${which} row ${i} is ${label}; it must be 0 or 1`;
    ones += label === 1 ? 1 : 0;
  }
  if (which === 'reference' && (ones === 0 || ones === scores.length))
    return `all labels of the reference are ${ones === 0 ? 0 : 1}, and calibration needs both classes`;
  return undefined;
}
