import { epoch } from '../domain/references.js';
import type { Comparison, Evaluation, MetricValue } from '../domain/verdict.js';
import {
  bootstrapInterval,
  defaultBlockLength,
  evaluate,
  lossOf,
  metricLoss,
  metricOf,
  ratioLowerBound,
  ratioOfMeans,
  type Absent,
  type Interval,
  type Metric,
  type MetricInput,
  type Task,
} from '../stats/index.js';

/** What a model said of some rows: values or class names, and for classes their scores (rows × classes). */
export interface Predicted {
  readonly predictions: readonly (number | string | null)[];
  readonly scores: Float64Array | null;
}

/** A task with its classes in the order of the score columns. */
export interface TaskRows {
  readonly task: Task;
  readonly classes: readonly string[] | null;
  /** Numbers for regression, class names otherwise. */
  readonly labels: Float64Array | readonly string[];
}

/** The rows in the form that metrics read. A model without scores (the trivial baseline) is scored by its class alone. */
export function metricInput({ task, classes, labels }: TaskRows, said: Predicted): MetricInput {
  if (task === 'regression') {
    return {
      labels: Float64Array.from<number | string>(labels, Number),
      predictions: Float64Array.from(said.predictions, Number),
    };
  }
  const names = classes ?? [];
  const truth = Float64Array.from<number | string>(labels, (label) => names.indexOf(String(label)));
  const scores = said.scores ?? oneHot(said.predictions, names);
  if (task === 'multiclass') return { labels: truth, probabilities: scores };
  return { labels: truth, scores: Float64Array.from(truth, (_, row) => scores[row * 2 + 1] ?? Number.NaN) };
}

function oneHot(predictions: Predicted['predictions'], classes: readonly string[]): Float64Array {
  const scores = new Float64Array(predictions.length * classes.length);
  predictions.forEach((prediction, row) => {
    const column = classes.indexOf(String(prediction));
    if (column >= 0) scores[row * classes.length + column] = 1;
  });
  return scores;
}

/** Every metric of the task, and the plug-in's that it is judged by; a number or a named absence. */
export function allMetrics(
  { task, metric, own }: MetricName,
  input: MetricInput,
): Record<string, MetricValue> {
  const outcomes = Object.entries({
    ...evaluate(task, input),
    ...(own !== undefined && { [metric]: own.compute(input) }),
  });
  return Object.fromEntries(
    outcomes.map(([name, outcome]) => [
      name,
      outcome.kind === 'value' ? outcome.value : { absent: outcome.reason },
    ]),
  );
}

/** How the intervals are made. */
export interface IntervalOptions {
  readonly confidence: number;
  readonly seed: number;
  readonly blockLength: number;
}

/**
 * Block length for rows at these times: a day of rows, so that a block keeps the daily pattern together, but at most an eighth of
 * the rows, and never shorter than the automatic rule.
 */
export function blockLengthOf(eventTimes: Float64Array): number {
  const n = eventTimes.length;
  if (n < 2) return 1;
  const span = (eventTimes[n - 1] ?? 0) - (eventTimes[0] ?? 0);
  const perDay = span <= 0 ? n : Math.round((n * 86_400_000) / span);
  return Math.max(1, Math.min(Math.floor(n / 8), Math.max(perDay, defaultBlockLength(n))));
}

/** Which metric of which task. */
export interface MetricName {
  readonly task: Task;
  readonly metric: string;
  /** The metric itself, where a plug-in brings it; it never leaves its thread. */
  readonly own?: Metric | undefined;
}

/** The metric of a name. */
export const metricFor = ({ task, metric, own }: MetricName): Metric => own ?? metricOf(task, metric);

/** Two models on the same rows, in time order. */
export interface Pair extends IntervalOptions {
  readonly model: MetricInput;
  readonly against: MetricInput;
}

/** loss(model) / loss(against) with one-sided bounds; null when it does not exist. Metrics where higher is better: loss = 1 − score. */
export function lossRatio(name: MetricName, pair: Pair): Interval | null {
  const rowLoss = lossOf(name.task, name.metric);
  const ratio = rowLoss === undefined ? rankRatio(name, pair) : rowRatio(rowLoss, pair);
  return ratio.kind === 'value' ? ratio : null;
}

/**
 * Lower bound of r to compare with r₀ · (1 + worseBy): r₀ comes from a holdout of a few days, so its noise counts as much as that of
 * r. r / r₀ gets a lower bound from both intervals, and the bound is given as a value of r. Without an interval of r₀, that of r.
 */
export function lowerWithBaseline(
  ratio: Interval,
  { skillRatio, againstNaive }: Pick<Evaluation, 'skillRatio' | 'againstNaive'>,
): number {
  if (skillRatio === null || againstNaive === null) return ratio.lower;
  const above = { estimate: ratio.estimate, bound: ratio.lower, confidence: ratio.confidence };
  const below = {
    estimate: againstNaive.estimate + 1,
    bound: againstNaive.upper + 1,
    confidence: againstNaive.confidence,
  };
  return skillRatio * ratioLowerBound(above, below, ratio.confidence);
}

/** Relative difference of losses, model against the other, on the same rows; null when it does not exist. */
export function compareLosses(name: MetricName, pair: Pair): Comparison | null {
  const ratio = lossRatio(name, pair);
  if (ratio === null) return null;
  const { blockLength, confidence } = ratio;
  const rows = pair.model.labels.length;
  return {
    estimate: ratio.estimate - 1,
    lower: ratio.lower - 1,
    upper: ratio.upper - 1,
    rows,
    blockLength,
    confidence,
  };
}

function rowRatio(
  rowLoss: NonNullable<ReturnType<typeof lossOf>>,
  { model, against, ...options }: Pair,
): Interval | Absent {
  const numerator = rowLoss.rows(model);
  const denominator = rowLoss.rows(against);
  if ('kind' in numerator) return numerator;
  if ('kind' in denominator) return denominator;
  return ratioOfMeans({ numerator, denominator, link: rowLoss.link, ...options });
}

function rankRatio(name: MetricName, { model, against, ...options }: Pair): Interval | Absent {
  const measure = metricFor(name);
  return bootstrapInterval({
    n: model.labels.length,
    ...options,
    resamples: 400,
    statistic: (rows) => {
      const a = metricLoss(measure, takeRows(model, rows));
      const b = metricLoss(measure, takeRows(against, rows));
      return a.kind === 'value' && b.kind === 'value' && b.value !== 0 ? a.value / b.value : undefined;
    },
  });
}

/** The given rows of every column. */
export function takeRows(input: MetricInput, rows: ArrayLike<number>): MetricInput {
  const n = input.labels.length;
  const take = (column: ArrayLike<number> | undefined, width: number): Float64Array | undefined => {
    if (column === undefined) return undefined;
    const taken = new Float64Array(rows.length * width);
    for (let i = 0; i < rows.length; i++) {
      for (let k = 0; k < width; k++) taken[i * width + k] = column[(rows[i] ?? 0) * width + k] ?? Number.NaN;
    }
    return taken;
  };
  const width = n === 0 ? 1 : (input.probabilities?.length ?? n) / n;
  return {
    labels: take(input.labels, 1) ?? new Float64Array(),
    predictions: take(input.predictions, 1),
    scores: take(input.scores, 1),
    probabilities: take(input.probabilities, width),
  };
}

/** Epoch milliseconds of instants. */
export const epochs = (instants: readonly string[]): Float64Array => Float64Array.from(instants, epoch);
