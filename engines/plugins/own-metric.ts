import { absent, type Metric, type MetricInput, type Outcome, type Task, value } from '../../stats/index.js';
import type { MetricRows, PluginMetric } from './define.js';
import { badAnswer, failedPlugin } from './errors.js';

/**
 * A plug-in's metric as one of ours. What it throws is thrown on as `plugin-failed`; a value that does not exist, or that is better than
 * perfect, is a named absence: losses are compared by their ratio, which means nothing below zero.
 */
export function ownMetric(
  name: string,
  { direction, value: valueOf }: Pick<PluginMetric, 'direction' | 'value'>,
  task: Task,
): Metric {
  const higherIsBetter = direction === 'higher';
  const needs = task === 'regression' ? 'predictions' : task === 'binary' ? 'scores' : 'probabilities';
  const compute = (input: MetricInput): Outcome => {
    const found: unknown = called(name, () => valueOf(rowsOf(task, input)));
    if (typeof found !== 'number') throw badAnswer(name, new Error(`${typeof found}, expected a number`));
    if (!Number.isFinite(found)) return absent(`${name} is ${found} on these rows`);
    const bestPassed = higherIsBetter ? found > 1 : found < 0;
    if (!bestPassed) return value(found);
    return absent(
      `${name} is ${found}; ${direction} is better, so it may not pass ${higherIsBetter ? 1 : 0}`,
    );
  };
  return { name, task, higherIsBetter, needs, compute };
}

function called(name: string, work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    throw failedPlugin(name, error);
  }
}

function rowsOf(
  task: Task,
  { labels, predictions, scores, probabilities, weights }: MetricInput,
): MetricRows {
  const given = { labels, weights: weights ?? null };
  if (task === 'regression') return { ...given, predictions: predictions ?? [], scores: null };
  if (task === 'binary') {
    const of = Float64Array.from(scores ?? []);
    return { ...given, predictions: of.map((score) => (score >= 0.5 ? 1 : 0)), scores: of };
  }
  const all = Float64Array.from(probabilities ?? []);
  const width = labels.length === 0 ? 1 : all.length / labels.length;
  const largest = Float64Array.from(labels, (_, row) => {
    const shares = all.subarray(row * width, (row + 1) * width);
    return shares.indexOf(Math.max(...shares));
  });
  return { ...given, predictions: largest, scores: all };
}
