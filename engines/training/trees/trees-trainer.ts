import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../../../domain/canonical.js';
import { PerennialError } from '../../../domain/errors.js';
import type { Table } from '../../features/table.js';
import { packBytes, unpackBytes } from '../byte-container.js';
import type { FittedModel, TreesFitted, TreesTrainerSpec } from '../fitted-model.js';
import { encodeLabels, fitLabels } from '../labels.js';
import { categoryColumn, numberColumn } from '../preprocessing.js';
import type { TrainHooks, TrainJob, Trainer } from '../trainer.js';
import { boost, checkpointOf, openBoosting } from './boost.js';
import { modelOf, type Boosting, type RoundReport } from './boosting.js';
import type { InputNames, TreesColumns, TreesData } from './data.js';
import { explanationOf } from './explanation.js';
import type { TreesModel } from './model.js';
import type { Objective, TreesOptions } from './parameters.js';
import { scoresOf } from './predict.js';
import type { TreesTraining } from './prepare.js';
import { deserializeCheckpoint, serializeCheckpoint } from './serialize.js';

/** What computes trees; another number means that equal jobs may give other bytes. */
const BACKEND = 'trees/1';

/** Grows boosted trees in a worker thread: the same door as every other trainer. Epochs are rounds. */
export const treesTrainer: Trainer = {
  tasks: ['regression', 'binary', 'multiclass'],
  train,
  predict: (model, table) => {
    const { trees } = treesOf(model);
    return Promise.resolve(scoresOf(trees, columnsOf(inputsOf(trees.inputs), table)));
  },
  explain: (model, table) => {
    const { trees } = treesOf(model);
    return Promise.resolve(explanationOf(trees, columnsOf(inputsOf(trees.inputs), table)));
  },
};

function treesOf(model: FittedModel): TreesFitted {
  if (model.kind !== 'trees') throw new TypeError(`model is '${model.kind}'; expected 'trees'`);
  return model;
}

async function train(job: TrainJob, hooks: TrainHooks): Promise<FittedModel> {
  const { trainer, task } = job.spec;
  if (trainer.kind !== 'trees') throw new TypeError(`trainer is '${trainer.kind}'; expected 'trees'`);
  const labels = fitLabels(task, job.train.label);
  const { training, warm } = trainingOf(job, trainer, labels.classes);
  const fingerprint = fingerprintOf(job, training, warm);
  const boosting = open(training, job.checkpoint, fingerprint);
  const startedAt = performance.now();
  const save = (): Uint8Array =>
    packBytes({
      header: { fingerprint, text: new TextDecoder().decode(serializeCheckpoint(checkpointOf(boosting))) },
      arrays: {},
    });
  const before = boosting.round;
  await boost(boosting, Infinity, {
    onRound: (report) =>
      hooks.afterEpoch(progressOf(report, { rows: job.train.rows, before, startedAt }), save),
  });
  return fitted(boosting, { classes: labels.classes, task: task.kind, warm });
}

function progressOf(
  report: RoundReport,
  { rows, before, startedAt }: { rows: number; before: number; startedAt: number },
) {
  const seconds = Math.max(1e-6, (performance.now() - startedAt) / 1000);
  return {
    epoch: report.round,
    epochs: report.rounds,
    loss: null,
    validationLoss: report.validationLoss ?? null,
    rowsPerSecond: (rows * (report.round - before)) / seconds,
  };
}

function fitted(
  boosting: Boosting,
  { classes, task, warm }: { classes: readonly string[] | null; task: TreesFitted['task']; warm: boolean },
): TreesFitted {
  return {
    kind: 'trees',
    task,
    classes,
    labelScale: null,
    trees: modelOf(boosting),
    epochs: boosting.round,
    keptEpoch: boosting.best?.round ?? boosting.round,
    loss: null,
    validationLoss: boosting.best?.loss ?? null,
    warm,
    backend: BACKEND,
  };
}

function trainingOf(
  job: TrainJob,
  trainer: TreesTrainerSpec,
  classes: readonly string[] | null,
): { training: TreesTraining; warm: boolean } {
  const { spec, validation } = job;
  const inputs = inputsOf(Object.entries(spec.features).map(([name, { type }]) => ({ name, type })));
  const options = optionsOf(trainer, spec.task.kind, job.seed);
  const start = warmStart(job, inputs, options.objective);
  const data = (table: Table): TreesData => ({
    ...columnsOf(inputs, table),
    label: Float64Array.from(targets(job, classes, table)),
  });
  const known = withoutUnknownClasses(data(validation));
  const training: TreesTraining = {
    inputs,
    train: data(job.train),
    options: known.rows === 0 ? { ...options, earlyStoppingRound: 0 } : options,
    ...(known.rows === 0 ? {} : { validation: known }),
    ...(classes === null ? {} : { classes: classes.length }),
    ...(start === undefined ? {} : { start }),
    ...(job.threads === undefined ? {} : { threads: job.threads }),
    ...(job.memoryMb === undefined ? {} : { mostBytes: job.memoryMb * 2 ** 20 }),
  };
  return { training, warm: start !== undefined };
}

function targets({ spec }: TrainJob, classes: readonly string[] | null, { label }: Table): ArrayLike<number> {
  if (classes === null) return label instanceof Float64Array ? label : Float64Array.from(label, Number);
  return encodeLabels(spec.task, { classes, labelScale: null }, label);
}

/** A class that only the validation block knows cannot be scored. */
function withoutUnknownClasses(data: TreesData): TreesData {
  const kept = Array.from(data.label.keys()).filter((row) => !Number.isNaN(data.label[row]));
  if (kept.length === data.rows) return data;
  const pick = <T>(column: ArrayLike<T>): T[] =>
    kept.flatMap((row) => (row < column.length ? [column[row] as T] : []));
  return {
    rows: kept.length,
    numbers: Object.fromEntries(
      Object.entries(data.numbers).map(([name, column]) => [name, Float64Array.from(pick(column))]),
    ),
    categories: Object.fromEntries(
      Object.entries(data.categories).map(([name, column]) => [name, pick(column)]),
    ),
    label: Float64Array.from(pick(data.label)),
  };
}

/** The champion, where it is a forest of the same inputs and objective. */
function warmStart(
  { warmStart: from, spec }: TrainJob,
  inputs: readonly InputNames[],
  objective: Objective,
): TreesModel | undefined {
  if (from?.kind !== 'trees' || spec.trainer.start !== 'warm') return undefined;
  const same = canonicalJson(inputsOf(from.trees.inputs)) === canonicalJson(inputs);
  return same && from.trees.parameters.objective === objective ? from.trees : undefined;
}

function optionsOf(trainer: TreesTrainerSpec, task: TreesFitted['task'], seed: number): TreesOptions {
  const { kind: _kind, start: _start, objective, ...options } = trainer;
  const losses = { regression: objective, binary: 'logistic', multiclass: 'softmax' } as const;
  return { ...options, objective: losses[task], seed };
}

const inputsOf = (inputs: readonly { name: string; type: 'number' | 'category' }[]): InputNames[] =>
  inputs.map(({ name, type }) => ({ name, type })).sort((a, b) => (a.name < b.name ? -1 : 1));

function columnsOf(inputs: readonly InputNames[], table: Table): TreesColumns {
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

const headerSchema = z.object({ fingerprint: z.string(), text: z.string() });

/** Goes on from the checkpoint; a damaged or foreign one counts as none. */
function open(training: TreesTraining, checkpoint: Uint8Array | null, fingerprint: string): Boosting {
  if (checkpoint === null) return openBoosting(training);
  try {
    const { header } = unpackBytes(checkpoint, 'checkpoint');
    const found = headerSchema.parse(header);
    if (found.fingerprint !== fingerprint) return openBoosting(training);
    return openBoosting(training, deserializeCheckpoint(new TextEncoder().encode(found.text)));
  } catch (error) {
    if (error instanceof PerennialError || error instanceof z.ZodError) return openBoosting(training);
    throw error;
  }
}

function fingerprintOf(
  job: TrainJob,
  { inputs, train: rows, validation, start }: TreesTraining,
  warm: boolean,
): string {
  const { trainer, task } = job.spec;
  const hash = createHash('sha256').update(
    canonicalJson({ backend: BACKEND, trainer, task, seed: job.seed, inputs, warm }),
  );
  for (const data of [rows, validation]) {
    if (data === undefined) continue;
    hash.update(data.label);
    for (const { name, type } of inputs) {
      if (type === 'number') hash.update(data.numbers[name] ?? new Float64Array());
      else hash.update(JSON.stringify(data.categories[name] ?? []));
    }
  }
  if (start !== undefined) hash.update(JSON.stringify(start.base)).update(String(start.trees.length));
  return hash.digest('hex');
}
