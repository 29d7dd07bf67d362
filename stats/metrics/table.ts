import { type Outcome, value } from '../outcome.js';
import { binaryMetrics } from './binary.js';
import { multiclassMetrics } from './multiclass.js';
import { regressionMetrics } from './regression.js';
import type { Metric, MetricInput, Task } from './types.js';

/** Every metric. A new one is one line in the list of its task. */
export const metrics: readonly Metric[] = [...regressionMetrics, ...binaryMetrics, ...multiclassMetrics];

// Short names that people write for several classes.
const SHORT: Readonly<Record<string, string>> = {
  precision: 'precision_macro',
  recall: 'recall_macro',
  f1: 'f1_macro',
  roc_auc: 'roc_auc_ovr_macro',
  brier: 'brier_multiclass_sum',
};

/** The names of a task's metrics, in the order of the table. */
export function metricNames(task: Task): string[] {
  return metrics.filter((m) => m.task === task).map((m) => m.name);
}

/**
 * Finds a metric by task and name. For multiclass, `precision`, `recall`, `f1` mean the macro average, `roc_auc` the
 * one-versus-rest macro average and `brier` the sum over classes. An unknown name is a RangeError that lists the known ones.
 */
export function metricOf(task: Task, name: string): Metric {
  const full = task === 'multiclass' && Object.hasOwn(SHORT, name) ? (SHORT[name] ?? name) : name;
  const found = metrics.find((m) => m.task === task && m.name === full);
  if (!found)
    throw new RangeError(
      `Metric ${name} is not known for ${task}; use one of ${metricNames(task).join(', ')}.`,
    );
  return found;
}

/** A metric as a loss, where smaller is better: the metric itself, or 1 − it where higher is better. */
export function metricLoss(metric: Metric, input: MetricInput): Outcome {
  const result = metric.compute(input);
  return result.kind === 'value' && metric.higherIsBetter ? value(1 - result.value) : result;
}

/** All metrics of a task on the same rows. */
export function evaluate(task: Task, input: MetricInput): Record<string, Outcome> {
  return Object.fromEntries(metrics.filter((m) => m.task === task).map((m) => [m.name, m.compute(input)]));
}
