import { pluginNameSchema } from '../plugins.js';
import { ESTIMABLE_METRICS, METRICS } from './metric-names.js';
import { didYouMean } from './nearest.js';
import { pluginMetricOf, PLUGIN_METRIC } from './plugin-section.js';
import { orList, problem, type SpecProblem } from './problem.js';
import type { SpecParts } from './spec-parts.js';
import type { TaskSpec } from './spec.js';

const NAIVE: Readonly<Record<TaskSpec['kind'], readonly string[]>> = {
  regression: ['seasonal', 'mean'],
  binary: ['seasonal', 'majority'],
  multiclass: ['seasonal', 'majority'],
};

const TRAINERS: Readonly<Record<TaskSpec['kind'], readonly string[]>> = {
  regression: ['linear', 'mlp', 'trees', 'command', 'plugin'],
  binary: ['logistic', 'mlp', 'trees', 'command', 'plugin'],
  multiclass: ['softmax', 'mlp', 'trees', 'command', 'plugin'],
};

/** What the kind of task allows elsewhere: metric, trivial baseline, trainer, options for classes. */
export function checkTask({ whole: { task, trainer }, triggers }: SpecParts): SpecProblem[] {
  if (task === undefined) return [];
  const fits = `for a ${task.kind} task`;
  const problems: SpecProblem[] = [];
  const oneOf = (path: readonly string[], value: string, allowed: readonly string[]): void => {
    if (allowed.includes(value)) return;
    const next = didYouMean(value, allowed, 'Use one of these, or change task.kind.');
    problems.push(problem({ path, value, allowed: `${orList(allowed)} ${fits}`, next }));
  };
  const own = pluginMetricOf(task);
  if (own === undefined) oneOf(['task', 'metric'], task.metric, METRICS[task.kind]);
  else if (!pluginNameSchema.safeParse(own).success) {
    const allowed = `${PLUGIN_METRIC}<plug-in>/<name>, both of lower-case letters, digits and hyphens`;
    const next = `Write it as ${PLUGIN_METRIC}ours/cost.`;
    problems.push(problem({ path: ['task', 'metric'], value: task.metric, allowed, next }));
  }
  const estimated = triggers.findIndex(
    (trigger) => trigger?.kind === 'performance' && trigger.labels === 'estimated',
  );
  if (estimated >= 0 && !ESTIMABLE_METRICS[task.kind].includes(task.metric)) {
    const allowed = `'matured', because ${task.metric} cannot be estimated ${fits}: only ${orList(ESTIMABLE_METRICS[task.kind])} can`;
    const next = 'Wait for labels, or judge by one of these metrics.';
    problems.push(problem({ path: ['triggers', estimated, 'labels'], value: 'estimated', allowed, next }));
  }
  oneOf(['task', 'naive', 'kind'], task.naive.kind, NAIVE[task.kind]);
  if (trainer !== undefined) oneOf(['trainer', 'kind'], trainer.kind, TRAINERS[task.kind]);
  if (task.kind !== 'binary' && task.positive !== undefined) {
    const allowed = `no such key ${fits}: only binary tasks have a positive class`;
    problems.push(problem({ path: ['task', 'positive'], value: task.positive, allowed, next: 'Remove it.' }));
  }
  const weights = trainer !== undefined && 'classWeights' in trainer ? trainer.classWeights : 'none';
  if (task.kind === 'regression' && weights !== 'none') {
    const allowed = `'none' ${fits}, which has no classes`;
    const path = ['trainer', 'classWeights'];
    problems.push(problem({ path, value: weights, allowed, next: 'Remove it.' }));
  }
  return problems;
}
