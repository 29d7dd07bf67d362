import { createHash } from 'node:crypto';
import { canonicalJson } from '../../../domain/canonical.js';
import { PerennialError } from '../../../domain/errors.js';
import type { Table } from '../../features/table.js';
import { encodeTable } from '../encode.js';
import {
  networkOf,
  type DenseLayer,
  type FittedCommon,
  type NetworkModel,
  type NetworkTrainerSpec,
  type TaskKind,
} from '../fitted-model.js';
import { balancedWeights, encodeLabels, fitLabels } from '../labels.js';
import { fitPreprocessing } from '../preprocessing.js';
import type { TrainHooks, TrainJob, Trainer } from '../trainer.js';
import { warmLayers } from '../warm-start.js';
import { fitNetwork } from './fit-network.js';
import { type FitShape, type FitState, freshState, restoreState } from './fit-state.js';
import type { Rows } from './gradient.js';
import { losses } from './losses.js';
import { optimizers } from './optimizer.js';
import { createParameters, initialize, silenceEmptyColumns } from './parameters.js';
import { networkScores } from './predict.js';
import { type MatrixEngine, matrixEngine } from './tfjs.js';

/** Trains one dense layer or a perceptron with tfjs. */
export const networkTrainer = (tasks: readonly TaskKind[]): Trainer => ({
  tasks,
  train: (job, hooks) => train(networkJob(job), hooks),
  predict: async (model, table) => networkScores(await matrixEngine(), networkOf(model), table),
});

/** A job whose trainer is one of ours; it starts warm from networks alone. */
interface NetworkJob extends Omit<TrainJob, 'warmStart'> {
  readonly trainer: NetworkTrainerSpec;
  readonly warmStart: NetworkModel | null;
}

function networkJob(job: TrainJob): NetworkJob {
  const { trainer } = job.spec;
  if (trainer.kind === 'trees') throw new TypeError("trainer is 'trees'; expected a network");
  return { ...job, trainer, warmStart: job.warmStart?.kind === 'trees' ? null : job.warmStart };
}

type Prepared = Pick<FittedCommon, 'preprocessing' | 'task' | 'classes' | 'labelScale'> & {
  readonly train: Rows;
  readonly validation: Rows;
  readonly widths: readonly number[];
};

async function train(job: NetworkJob, hooks: TrainHooks): Promise<NetworkModel> {
  const engine = await matrixEngine();
  const prepared = prepare(job);
  const warm = job.warmStart === null ? null : warmLayers(job.warmStart, prepared);
  const digest = fingerprint(job, prepared, { engine, warm });
  const shape = { widths: prepared.widths, seed: job.seed, fingerprint: digest };
  const state = startingState(job, prepared, { shape, warm });
  const { trainer } = job;
  const balanced = trainer.classWeights === 'balanced' && prepared.classes !== null;
  const context = {
    engine,
    parameters: state.parameters,
    gradients: createParameters(prepared.widths),
    loss: losses[prepared.task],
    classWeights: balanced ? balancedWeights(prepared.train.targets, prepared.classes.length) : null,
    l2: trainer.l2,
  };
  const { train: rows, validation, preprocessing, task, classes, labelScale } = prepared;
  const kept = await fitNetwork({ trainer, shape, train: rows, validation, context }, state, hooks);
  const best = createParameters(prepared.widths);
  best.flat.set(kept.flat);
  return {
    kind: trainer.kind,
    preprocessing,
    task,
    classes,
    labelScale,
    layers: best.layers,
    epochs: state.epoch,
    keptEpoch: kept.epoch,
    loss: kept.loss,
    validationLoss: kept.validationLoss,
    warm: warm !== null,
    backend: engine.name,
  };
}

function prepare({ spec, trainer, train: table, validation, memoryMb }: NetworkJob): Prepared {
  const labels = fitLabels(spec.task, table.label);
  const preprocessing = fitPreprocessing(spec.features, table);
  checkMemory(table.rows + validation.rows, preprocessing.width, memoryMb);
  const rows = (part: Table): Rows => ({
    matrix: encodeTable(preprocessing, part),
    targets: encodeLabels(spec.task, labels, part.label),
    width: preprocessing.width,
    count: part.rows,
  });
  if (trainer.patience > 0 && validation.rows === 0) refuseNoValidation(trainer.patience);
  const outputs = spec.task.kind === 'multiclass' ? (labels.classes?.length ?? 1) : 1;
  const hidden = trainer.kind === 'mlp' ? trainer.hidden : [];
  const widths = [preprocessing.width, ...hidden, outputs];
  const task = spec.task.kind;
  return { ...labels, preprocessing, task, train: rows(table), validation: rows(validation), widths };
}

function startingState(
  job: NetworkJob,
  prepared: Prepared,
  { shape, warm }: { shape: FitShape; warm: readonly DenseLayer[] | null },
): FitState {
  const { slots } = optimizers[job.trainer.optimizer];
  const resumed = job.checkpoint === null ? undefined : restoreState(job.checkpoint, shape);
  if (resumed !== undefined) return resumed;
  const state = freshState(shape, slots);
  if (warm === null) {
    initialize(state.parameters, job.seed);
    silenceEmptyColumns(state.parameters, prepared.train.matrix);
  } else {
    state.parameters.layers.forEach((layer, i) => {
      layer.weights.set(warm[i]?.weights ?? []);
      layer.bias.set(warm[i]?.bias ?? []);
    });
  }
  return state;
}

function fingerprint(
  job: NetworkJob,
  prepared: Prepared,
  { engine, warm }: { engine: MatrixEngine; warm: readonly DenseLayer[] | null },
): string {
  const { preprocessing, classes, labelScale, widths, train: rows, validation } = prepared;
  const hash = createHash('sha256').update(
    canonicalJson({
      backend: engine.name,
      trainer: job.trainer,
      task: job.spec.task,
      seed: job.seed,
      preprocessing,
      classes,
      labelScale,
      widths,
    }),
  );
  for (const values of [rows.matrix, rows.targets, validation.matrix, validation.targets])
    hash.update(values);
  for (const layer of warm ?? []) hash.update(layer.weights).update(layer.bias);
  return hash.digest('hex');
}

const MIB = 2 ** 20;

/** The encoded rows lie outside the thread's heap, so that its limit does not hold them. */
function checkMemory(rows: number, width: number, memoryMb = Infinity): void {
  const needed = Math.ceil((rows * width * Float32Array.BYTES_PER_ELEMENT) / MIB);
  if (needed <= memoryMb) return;
  throw new PerennialError({
    type: 'out-of-memory',
    thing: `memory for ${rows} rows of ${width} encoded columns`,
    value: `${needed} MiB`,
    allowed: `at most ${memoryMb} MiB`,
    next: 'Raise PERENNIAL_THREAD_MEMORY_MB, shorten the window, or drop categories of many values.',
  });
}

function refuseNoValidation(patience: number): never {
  throw new PerennialError({
    type: 'no-validation-rows',
    thing: 'validation block',
    value: '0 rows',
    allowed: `at least 1 row while trainer.patience is ${patience}`,
    next: 'Lengthen window.validation, or set trainer.patience to 0 to train all epochs.',
  });
}
