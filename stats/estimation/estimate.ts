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
  const referenceChunks = chunksByCount(reference.labels.length, chunkSize);
  const limits = new Map<EstimableMetric, Thresholds>();
  for (const metric of metrics) {
    const realised = referenceChunks
      .map((c) => valueOr(realisedMetric(metric, reference, c), null))
      .filter((v) => v !== null);
    limits.set(metric, thresholdsOf(realised, request.threshold));
  }
  const errors = new Map<string, Outcome>();
  const judge = (rows: ScoredRowsInput, chunk: Chunk): ChunkEstimate => {
    const size = chunk.end - chunk.start + 1;
    const errorOf = (metric: EstimableMetric): Outcome => {
      const key = `${metric}/${size}`;
      const known = errors.get(key) ?? samplingError(metric, reference, size);
      errors.set(key, known);
      return known;
    };
    return judgeChunk({ rows, chunk, calibrator, limits, errorOf });
  };
  return {
    kind: 'value',
    calibration: calibrator.kind,
    thresholds: Object.fromEntries(limits),
    reference: referenceChunks.map((c) => judge(reference, c)),
    chunks: (request.chunks ?? chunksByCount(current.scores.length, chunkSize)).map((c) => judge(current, c)),
  };
}

interface Judgement {
  readonly rows: ScoredRowsInput;
  readonly chunk: Chunk;
  readonly calibrator: Calibrator;
  readonly limits: ReadonlyMap<EstimableMetric, Thresholds>;
  readonly errorOf: (metric: EstimableMetric) => Outcome;
}

function judgeChunk({ rows, chunk, calibrator, limits, errorOf }: Judgement): ChunkEstimate {
  const scores = slice(rows.scores, chunk);
  const confident = {
    scores,
    predictions: slice(rows.predictions, chunk),
    probabilities: scores.map((s) => calibrator.apply(s)),
  };
  const metrics: Partial<Record<EstimableMetric, ChunkMetric>> = {};
  for (const [metric, thresholds] of limits) {
    const estimated = estimateMetric(metric, confident);
    const realised = realisedMetric(metric, rows, chunk);
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
  return { ...chunk, labelled: countLabels(rows, chunk), metrics };
}

function countLabels({ labels }: ScoredRowsInput, { start, end }: Chunk): number {
  let count = 0;
  for (let i = start; labels && i <= end; i++) if (typeof labels[i] === 'number') count++;
  return count;
}

/** The metric from the labels that are there; absent without any. */
function realisedMetric(metric: EstimableMetric, rows: ScoredRowsInput, chunk: Chunk): Outcome {
  const { labels } = rows;
  if (!labels) return absent('there are no labels');
  const kept: number[] = [];
  for (let i = chunk.start; i <= chunk.end; i++) if (typeof labels[i] === 'number') kept.push(i);
  if (kept.length === 0) return absent('there are no labels yet');
  const truth = kept.map((i) => labels[i] ?? 0);
  const ranking = metric === 'roc_auc' || metric === 'average_precision';
  const input = ranking
    ? { scores: kept.map((i) => rows.scores[i] ?? 0) }
    : { predictions: kept.map((i) => rows.predictions[i] ?? 0) };
  return metricOf('binary', metric).compute({ labels: truth, ...input });
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
