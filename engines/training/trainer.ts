import type { Explanation } from '../../domain/explanation.js';
import type { Table } from '../features/table.js';
import type { FittedModel, OwnTrainingSpec, TaskKind } from './fitted-model.js';

/** How far a training is. */
export interface TrainProgress {
  /** Epochs done. */
  readonly epoch: number;
  /** Epochs at most. */
  readonly epochs: number;
  /** On the training block; null where the trainer does not measure it. */
  readonly loss: number | null;
  /** Null without a validation block. */
  readonly validationLoss: number | null;
  readonly rowsPerSecond: number;
  /** True when a staged fault holds the training here; it goes no further. */
  readonly held?: boolean;
  /** Why the newest checkpoint could not be saved; the training goes on. */
  readonly checkpointFailure?: string;
}

/** What a trainer is given. Everything in it can be sent to another thread. */
export interface TrainJob {
  readonly spec: OwnTrainingSpec;
  readonly train: Table;
  readonly validation: Table;
  readonly seed: number;
  /** Where to start from, with `"start": "warm"`; not used where shapes or classes differ. */
  readonly warmStart: FittedModel | null;
  /** The newest checkpoint. Damaged or foreign bytes count as none. */
  readonly checkpoint: Uint8Array | null;
  /** What its own matrices may take; more is refused as `out-of-memory`. @format mebibytes @default what can be had */
  readonly memoryMb?: number | undefined;
  /** Threads to use at most; the trainer's own choice when left out. */
  readonly threads?: number | undefined;
}

/** What a trainer calls while it works. */
export interface TrainHooks {
  /** After every epoch or round; `save` makes the checkpoint when one is due. */
  afterEpoch(progress: TrainProgress, save: () => Uint8Array): Promise<void>;
}

/**
 * A way to train a model. It runs in a worker thread, takes every random number from `job.seed`, and gives equal bytes for equal jobs, on
 * any number of threads, whether or not it was resumed from a checkpoint. `test/contract/trainer.ts` holds what each must pass.
 */
export interface Trainer {
  /** Tasks that it can train. */
  readonly tasks: readonly TaskKind[];
  train(job: TrainJob, hooks: TrainHooks): Promise<FittedModel>;
  /** Scores by the code that trained the model (not by ONNX Runtime): [rows] for regression, row-major [rows, classes] else. */
  predict(model: FittedModel, table: Table): Promise<Float64Array>;
  /** What moves the model's scores on these rows; absent where nothing exact is known. */
  explain?(model: FittedModel, table: Table): Promise<Explanation>;
}
