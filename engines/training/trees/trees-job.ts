import { canonicalJson } from '../../../domain/canonical.js';
import { millis } from '../../../domain/duration.js';
import type { Table } from '../../features/table.js';
import type { TreesFitted, TreesTrainerSpec } from '../fitted-model.js';
import { encodeLabels } from '../labels.js';
import { categoryColumn, numberColumn } from '../preprocessing.js';
import { joinTables, rowsOfClasses } from '../table-rows.js';
import type { TrainJob } from '../trainer.js';
import type { InputNames, TreesColumns, TreesData } from './data.js';
import type { TreesModel } from './model.js';
import type { Objective, TreesOptions } from './parameters.js';
import type { TreesTraining } from './prepare.js';
import { recencyWeights } from './recency-weights.js';

/** A job in the terms of boosting. */
export interface TreesJob {
  readonly training: TreesTraining;
  /** With `"refit": true`, the training that follows: rows of both blocks, with as many rounds as the first one kept. */
  readonly again: ((rounds: number) => TreesTraining) | null;
  /** Whether it starts from the champion. */
  readonly warm: boolean;
}

/** Puts a job into the terms of boosting. Validation rows of a class that the training rows lack cannot be scored, and are left out. */
export function treesJobOf(
  job: TrainJob,
  trainer: TreesTrainerSpec,
  classes: readonly string[] | null,
): TreesJob {
  const { spec } = job;
  const inputs = inputsOf(Object.entries(spec.features).map(([name, { type }]) => ({ name, type })));
  const options = optionsOf(trainer, spec.task.kind, job.seed);
  const start = warmStart(job, classes, inputs, options.objective);
  const data = (table: Table): TreesData => ({
    ...columnsOf(inputs, table),
    label: Float64Array.from(targets(job, classes, table)),
  });
  const growing = (table: Table): TreesData => ({ ...data(table), ...weightOf(trainer, table) });
  const validation = classes === null ? job.validation : rowsOfClasses(job.validation, classes);
  const shared = {
    inputs,
    ...(classes === null ? {} : { classes: classes.length }),
    ...(start === undefined ? {} : { start }),
    ...(job.threads === undefined ? {} : { threads: job.threads }),
    ...(job.memoryMb === undefined ? {} : { mostBytes: job.memoryMb * 2 ** 20 }),
  };
  const blind = { ...options, earlyStoppingRound: 0 };
  const training =
    validation.rows === 0
      ? { ...shared, train: growing(job.train), options: blind }
      : { ...shared, train: growing(job.train), options, validation: data(validation) };
  const again = (rounds: number): TreesTraining => ({
    ...shared,
    train: growing(joinTables(job.train, validation)),
    options: { ...blind, numIterations: rounds },
  });
  return {
    training,
    again: trainer.refit && validation.rows > 0 ? again : null,
    warm: start !== undefined,
  };
}

/** Inputs in the order in which every forest of ours holds them: by name. */
export const inputsOf = (inputs: readonly InputNames[]): InputNames[] =>
  inputs.map(({ name, type }) => ({ name, type })).sort((a, b) => (a.name < b.name ? -1 : 1));

/** The columns of a table that the inputs name. */
export function columnsOf(inputs: readonly InputNames[], table: Table): TreesColumns {
  const numbers = inputs
    .filter(({ type }) => type === 'number')
    .map(({ name }) => [name, numberColumn(table, name)] as const);
  const categories = inputs
    .filter(({ type }) => type === 'category')
    .map(({ name }) => [name, categoryColumn(table, name)] as const);
  return {
    rows: table.rows,
    numbers: Object.fromEntries(numbers),
    categories: Object.fromEntries(categories),
  };
}

const weightOf = ({ halfLife }: TreesTrainerSpec, { eventTimes }: Table): { weight?: Float64Array } =>
  halfLife === undefined ? {} : { weight: recencyWeights(eventTimes, millis(halfLife)) };

function targets({ spec }: TrainJob, classes: readonly string[] | null, { label }: Table): ArrayLike<number> {
  if (classes === null) return label instanceof Float64Array ? label : Float64Array.from(label, Number);
  return encodeLabels(spec.task, { classes, labelScale: null }, label);
}

/** The champion, where it is a forest of the same inputs, classes and objective. */
function warmStart(
  { warmStart: from, spec }: TrainJob,
  classes: readonly string[] | null,
  inputs: readonly InputNames[],
  objective: Objective,
): TreesModel | undefined {
  if (from?.kind !== 'trees' || spec.trainer.start !== 'warm') return undefined;
  const shape = (names: readonly InputNames[], labels: readonly string[] | null): string =>
    canonicalJson({ inputs: inputsOf(names), classes: labels });
  const same = shape(from.trees.inputs, from.classes) === shape(inputs, classes);
  return same && from.trees.parameters.objective === objective ? from.trees : undefined;
}

function optionsOf(trainer: TreesTrainerSpec, task: TreesFitted['task'], seed: number): TreesOptions {
  const { kind: _kind, start: _start, halfLife: _halfLife, refit: _refit, objective, ...options } = trainer;
  const losses = { regression: objective, binary: 'logistic', multiclass: 'softmax' } as const;
  return { ...options, objective: losses[task], seed };
}
