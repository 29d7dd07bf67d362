import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import type { Explanation } from '../../domain/explanation.js';
import type { Table } from '../features/table.js';
import { checkpointKeeper, type CheckpointPort } from './checkpoints.js';
import { type FittedModel, ownSpecOf, type TrainingSpec } from './fitted-model.js';
import { parseNews, type ThreadTask } from './train-messages.js';
import { createThreadPool } from '../threads/thread-pool.js';
import type { TrainProgress } from './trainer.js';

/** One training. */
export interface TrainRequest {
  readonly spec: TrainingSpec;
  readonly train: Table;
  readonly validation: Table;
  /** Source of every random number. @default spec.trainer.seed */
  readonly seed?: number;
  /** Where to start from; used where classes and hidden widths agree. */
  readonly warmStart?: FittedModel;
  /** Where unfinished work is kept, so that a killed training goes on. */
  readonly checkpoint?: CheckpointPort;
  /** Least time between two checkpoints; 0 saves after every epoch. @format milliseconds @default 1000 */
  readonly checkpointEveryMs?: number;
  /** Called after every epoch, on the caller's thread. */
  readonly onProgress?: (progress: TrainProgress) => void;
  /** Ends the training within a second; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Heap of the training thread, and of its matrices beside it; more than that ends as `out-of-memory`. @format mebibytes @default Node's own limit, and what can be had */
  readonly memoryMb?: number | undefined;
  /** Threads of the trainer, where it can use more than one; the bytes do not depend on it. @default as many as pay, 8 at most */
  readonly threads?: number | undefined;
  /** A staged fault: saves a checkpoint after this epoch, reports `held`, and goes no further. */
  readonly staged?: { readonly holdAtEpoch: number };
}

const threads = createThreadPool<ThreadTask>('train-thread', import.meta.url);

/**
 * Trains a model in a worker thread, so that the caller's event loop stays free.
 *
 * Equal requests give equal bytes: run to run, over threads, and when a killed training is resumed from its checkpoint. A checkpoint that is
 * damaged or of another training is ignored.
 *
 * Throws a PerennialError for what a person can mend (`no-rows`, `no-validation-rows`, `constant-label`, `one-class`,
 * `too-many-classes`, `label-type`, `missing-column`, `not-finite`, `diverged`, `trainer-task`, `out-of-memory`), and the signal's reason when
 * it is aborted.
 */
export async function trainModel(request: TrainRequest): Promise<FittedModel> {
  const { spec, staged, checkpointEveryMs = 1000 } = request;
  request.signal?.throwIfAborted();
  const checkpoint = (await request.checkpoint?.load()) ?? null;
  const job = {
    spec: ownSpecOf(spec),
    train: withoutKeys(request.train),
    validation: withoutKeys(request.validation),
    seed: request.seed ?? spec.trainer.seed,
    warmStart: request.warmStart ?? null,
    checkpoint,
    threads: request.threads,
    memoryMb: request.memoryMb,
  };
  const listener = listen(request);
  const holdAtEpoch = staged?.holdAtEpoch ?? null;
  const task = { do: 'train' as const, job, port: listener.port, checkpointEveryMs, holdAtEpoch };
  const { memoryMb } = request;
  try {
    const model = await threads.run<FittedModel>(task, {
      transfer: [listener.port],
      signal: listener.signal,
      memoryMb,
    });
    await listener.drain();
    return model;
  } finally {
    listener.close();
  }
}

/** How work on a fitted model is run. */
export interface ModelWork {
  /** Ends the thread when it aborts; the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Heap of the thread; more than that ends as `out-of-memory`. @format mebibytes @default Node's own limit */
  readonly memoryMb?: number | undefined;
}

/** Scores a table by the code that trained the model, in a worker thread: [rows], or row-major [rows, classes]. */
export async function predictModel(
  model: FittedModel,
  table: Table,
  options: ModelWork = {},
): Promise<Float64Array> {
  return threads.run<Float64Array>({ do: 'predict', model, table: withoutKeys(table) }, options);
}

/** What moves the model's scores on a table's rows, worked out in a worker thread; null where its trainer cannot tell exactly. */
export async function explainModel(
  model: FittedModel,
  table: Table,
  options: ModelWork = {},
): Promise<Explanation | null> {
  return threads.run<Explanation | null>({ do: 'explain', model, table: withoutKeys(table) }, options);
}

/** Hears the thread's news. An `onProgress` that throws ends the training with its error. */
function listen({ checkpoint, onProgress, signal }: TrainRequest) {
  const { port1: news, port2: port } = new MessageChannel();
  const stop = new AbortController();
  const keeper = checkpointKeeper(checkpoint);
  const tell = (progress: TrainProgress): void => {
    const failed = keeper.failure();
    try {
      onProgress?.(failed === undefined ? progress : { ...progress, checkpointFailure: failed });
    } catch (error) {
      stop.abort(error);
    }
  };
  const hear = (message: unknown): void => {
    const item = parseNews(message);
    if (item.kind === 'checkpoint') keeper.offer(item.bytes, item.epoch);
    else if (item.progress.held === true) void keeper.settled().then(() => tell(item.progress));
    else tell(item.progress);
  };
  news.on('message', hear);
  return {
    port,
    signal: signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]),
    close: () => news.close(),
    /** Hears what was said before the thread ended, and waits for the last save. */
    async drain(): Promise<void> {
      for (let rest = receiveMessageOnPort(news); rest !== undefined; rest = receiveMessageOnPort(news)) {
        hear(rest.message);
      }
      await keeper.settled();
      stop.signal.throwIfAborted();
    },
  };
}

function withoutKeys(table: Table): Table {
  return { ...table, keys: [] };
}
