import { PerennialError } from '../../domain/errors.js';
import type { TaskSpec } from '../../domain/spec/spec.js';
import type { Labels } from '../features/table.js';
import type { FittedCommon } from './fitted-model.js';

/** What is fitted on the training labels. */
export type LabelFit = Pick<FittedCommon, 'classes' | 'labelScale'>;

/**
 * Fits the label side on the training block: mean and standard deviation for regression, the classes in order for classification
 * (numbers by value, else by text; binary: the positive class last). Throws a PerennialError `no-rows`, `constant-label`,
 * `one-class`, `too-many-classes`, `label-type` or `not-finite`.
 */
export function fitLabels(task: TaskSpec, labels: Labels): LabelFit {
  if (labels.length === 0)
    throw refuse(task, 'no-rows', '0 rows', 'at least 1 labelled row in the training block');
  if (task.kind === 'regression') return { classes: null, labelScale: fitScale(task, numeric(task, labels)) };
  return { classes: fitClasses(task, texts(task, labels)), labelScale: null };
}

/**
 * Training targets as float32: the scaled label for regression, else the index of the class. A class that was not in the training
 * block becomes NaN, which losses leave out.
 */
export function encodeLabels(task: TaskSpec, fit: LabelFit, labels: Labels): Float32Array {
  const { classes, labelScale } = fit;
  if (labelScale !== null) {
    return Float32Array.from(numeric(task, labels), (value) => (value - labelScale.mean) / labelScale.sd);
  }
  const place = new Map((classes ?? []).map((name, i) => [name, i]));
  return Float32Array.from(texts(task, labels), (value) => place.get(value) ?? NaN);
}

/** Weights per class index with mean 1 over the rows, inversely proportional to how often the class occurs. */
export function balancedWeights(targets: Float32Array, classes: number): Float64Array {
  const counts = new Float64Array(classes);
  for (const target of targets) counts[target] = (counts[target] ?? 0) + 1;
  return counts.map((count) => targets.length / (classes * Math.max(1, count)));
}

function fitScale(task: TaskSpec, values: Float64Array): { mean: number; sd: number } {
  let mean = 0;
  let squares = 0;
  values.forEach((value, i) => {
    if (!Number.isFinite(value))
      throw refuse(task, 'not-finite', String(value), 'finite numbers in every labelled row');
    const step = value - mean;
    mean += step / (i + 1);
    squares += step * (value - mean);
  });
  const sd = Math.sqrt(squares / values.length);
  if (!Number.isFinite(sd)) throw refuse(task, 'not-finite', String(sd), 'labels whose squares are finite');
  if (sd <= Math.abs(mean) * 1e-12) {
    throw refuse(task, 'constant-label', values[0], 'a label that varies in the training block');
  }
  return { mean, sd };
}

function fitClasses(task: TaskSpec, values: readonly string[]): string[] {
  const classes = [...new Set(values)].sort(byValue);
  if (classes.length < 2)
    throw refuse(task, 'one-class', classes[0], 'at least two classes in the training block');
  if (task.kind !== 'binary') return classes;
  if (classes.length > 2) {
    throw refuse(task, 'too-many-classes', classes.join(', '), "two classes, or task.kind 'multiclass'");
  }
  const positive = task.positive === undefined ? classes[1] : String(task.positive);
  if (positive === undefined || !classes.includes(positive)) {
    throw refuse(
      task,
      'label-type',
      classes.join(', '),
      `the positive class '${String(positive)}' among the labels`,
    );
  }
  return [...classes.filter((name) => name !== positive), positive];
}

function byValue(a: string, b: string): number {
  const difference = Number(a) - Number(b);
  if (!Number.isNaN(difference) && difference !== 0) return difference;
  return a < b ? -1 : a > b ? 1 : 0;
}

function numeric(task: TaskSpec, labels: Labels): Float64Array {
  if (labels instanceof Float64Array) return labels;
  throw refuse(task, 'label-type', 'text', 'numbers, as regression needs');
}

function texts(task: TaskSpec, labels: Labels): readonly string[] {
  if (Array.isArray(labels)) return labels;
  throw refuse(task, 'label-type', 'numbers', 'class texts, as classification needs');
}

function refuse(task: TaskSpec, type: string, value: unknown, allowed: string): PerennialError {
  return new PerennialError({
    type,
    thing: `label '${task.label}' of the training block`,
    value,
    allowed,
    next: 'Look at the label column and the window in the spec.',
  });
}
