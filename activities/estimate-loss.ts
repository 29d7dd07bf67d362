import type { ModelSpec } from '../domain/spec/spec.js';
import type { Table } from '../engines/features/table.js';
import {
  absent,
  bootstrapInterval,
  chooseCalibrator,
  estimableMetrics,
  estimateMetric,
  estimateRowLosses,
  metricLoss,
  metricOf,
  multiclassEstimator,
  ratioLowerBound,
  valueOr,
  type Absent,
  type Interval,
  type MetricInput,
} from '../stats/index.js';
import { blockLengthOf, metricInput, takeRows, type Predicted } from './metric-rows.js';
import { referenceInput, type PerformanceReference } from './performance-reference.js';

/** Rows without labels. */
export interface UnlabelledRows {
  readonly eventTimes: Float64Array;
  readonly said: Predicted;
  readonly inputs: Pick<Table, 'numbers' | 'categories'>;
}

/** A loss that needed no labels. */
export interface EstimatedLoss {
  readonly kind: 'value';
  readonly loss: number;
  /** One-sided lower bound that allows for the noise of the rows and of the loss at release. */
  readonly lower: number;
  /** Realised loss on the version's reference rows. */
  readonly atRelease: number;
}

/** A loss as a function of rows, to be resampled; undefined where it does not exist. */
type LossOfRows = (rows: ArrayLike<number>) => number | undefined;

const RESAMPLES = 400;

/**
 * Estimates the loss of rows without labels: from calibrated scores for classes (CBPE), from a learned error for regression (direct
 * loss estimation). Both hold under a shift of the inputs, not under a changed relation between inputs and label. The bound is
 * that of loss ÷ loss at release from the block bootstraps of both (MOVER), times the latter.
 */
export function estimateLossOf(
  spec: ModelSpec,
  reference: PerformanceReference,
  rows: UnlabelledRows,
  confidence: number,
): EstimatedLoss | Absent {
  const known = referenceInput(spec, reference);
  const estimated = estimatorOf(spec, { reference, known, rows });
  if (typeof estimated !== 'function') return estimated;
  const metric = metricOf(spec.task.kind, spec.task.metric);
  const realised: LossOfRows = (picked) => valueOr(metricLoss(metric, takeRows(known, picked)), undefined);
  const seed = spec.trainer.seed;
  const now = intervalOf(estimated, rows.eventTimes, { confidence, seed });
  const release = intervalOf(realised, Float64Array.from(reference.eventTimes), { confidence, seed });
  if (now.kind === 'absent') return absent(`of the rows without labels: ${now.reason}`);
  if (release.kind === 'absent') return absent(`of the reference: ${release.reason}`);
  if (!(release.estimate > 0)) return absent('the model made no error on its reference');
  const above = { estimate: now.estimate, bound: now.lower, confidence };
  const below = { estimate: release.estimate, bound: release.upper, confidence };
  return {
    kind: 'value',
    loss: now.estimate,
    lower: now.estimate > 0 ? release.estimate * ratioLowerBound(above, below, confidence) : 0,
    atRelease: release.estimate,
  };
}

function intervalOf(
  statistic: LossOfRows,
  eventTimes: Float64Array,
  options: { readonly confidence: number; readonly seed: number },
): Interval | Absent {
  const blockLength = blockLengthOf(eventTimes);
  return bootstrapInterval({
    n: eventTimes.length,
    ...options,
    blockLength,
    resamples: RESAMPLES,
    statistic,
  });
}

interface Sides {
  readonly reference: PerformanceReference;
  readonly known: MetricInput;
  readonly rows: UnlabelledRows;
}

function estimatorOf(spec: ModelSpec, sides: Sides): LossOfRows | Absent {
  const { kind, metric } = spec.task;
  if (kind === 'regression') return regressionEstimator(metric, sides);
  const labels = sides.rows.eventTimes.length;
  // Labels are only looked for in their column: a metric input needs one, and none is read.
  const current = metricInput(
    { task: kind, classes: sides.reference.classes, labels: Array.from({ length: labels }, () => '') },
    sides.rows.said,
  );
  if (sides.rows.said.scores === null) return absent('the log holds no scores of these rows');
  return kind === 'binary'
    ? binaryEstimator(metric, sides.known, current)
    : classesEstimator(metric, sides, current);
}

function binaryEstimator(metric: string, known: MetricInput, current: MetricInput): LossOfRows | Absent {
  const name = estimableMetrics.find((each) => each === metric);
  if (name === undefined) return absent(`${metric} cannot be estimated without labels`);
  const labels = Array.from(known.labels);
  const ones = labels.filter((label) => label === 1).length;
  if (ones === 0 || ones === labels.length) return absent('the reference holds one class only');
  const { calibrator } = chooseCalibrator(Array.from(known.scores ?? []), labels);
  const scores = Float64Array.from(current.scores ?? []);
  const probabilities = scores.map((score) => calibrator.apply(score));
  return (rows) => {
    const take = (column: Float64Array): Float64Array => Float64Array.from(rows, (row) => column[row] ?? 0);
    const taken = take(scores);
    const predictions = taken.map((score) => (score >= 0.5 ? 1 : 0));
    const estimate = estimateMetric(name, { scores: taken, probabilities: take(probabilities), predictions });
    return estimate.kind === 'value' ? 1 - estimate.value : undefined;
  };
}

function classesEstimator(
  metric: string,
  { known, reference }: Sides,
  current: MetricInput,
): LossOfRows | Absent {
  const classes = reference.classes?.length ?? 0;
  const probabilities = Array.from(known.probabilities ?? []);
  const estimator = multiclassEstimator({ classes, probabilities, labels: Array.from(known.labels) });
  if (estimator.kind === 'absent') return estimator;
  return (rows) => {
    const taken = takeRows(current, rows).probabilities ?? [];
    const estimate = estimator.estimate({ classes, probabilities: Array.from(taken) });
    if ('kind' in estimate) return undefined;
    const found = Object.entries(estimate).find(([name]) => name === metric)?.[1];
    return found?.kind === 'value' ? 1 - found.value : undefined;
  };
}

function regressionEstimator(metric: string, { reference, known, rows }: Sides): LossOfRows | Absent {
  const codes = codesOf(reference);
  const names = Object.keys(reference.inputs);
  const learned = estimateRowLosses(
    {
      inputs: names.map((name) =>
        Float64Array.from(reference.inputs[name] ?? [], (cell) => codes(name, cell)),
      ),
      predictions: Float64Array.from(known.predictions ?? []),
      labels: Float64Array.from(known.labels),
    },
    {
      inputs: names.map((name) => {
        const column: ArrayLike<number | string | null> =
          rows.inputs.numbers[name] ?? rows.inputs.categories[name] ?? [];
        return Float64Array.from({ length: rows.eventTimes.length }, (_, row) =>
          codes(name, column[row] ?? null),
        );
      }),
      predictions: Float64Array.from(rows.said.predictions, Number),
    },
  );
  if (learned.kind === 'absent') return learned;
  const losses = metric === 'mae' ? learned.absolute : learned.squared;
  return (picked) => {
    let sum = 0;
    for (let i = 0; i < picked.length; i++) sum += losses[picked[i] ?? 0] ?? 0;
    const mean = sum / picked.length;
    return metric === 'rmse' ? Math.sqrt(mean) : mean;
  };
}

/** Numbers stay; a category is its place among the reference's sorted ones, NaN where it is missing or unknown. */
function codesOf({ inputs }: PerformanceReference): (name: string, cell: number | string | null) => number {
  const places = new Map<string, Map<string, number>>();
  for (const [name, column] of Object.entries(inputs)) {
    const texts = [...new Set(column.filter((cell) => typeof cell === 'string'))].sort();
    places.set(name, new Map(texts.map((text, place) => [text, place])));
  }
  return (name, cell) =>
    typeof cell === 'number'
      ? cell
      : cell === null
        ? Number.NaN
        : (places.get(name)?.get(cell) ?? Number.NaN);
}
