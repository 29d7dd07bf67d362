import { availableParallelism } from 'node:os';
import type { MessagePort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { PerennialError } from '../../domain/errors.js';
import { openAnswer, type ThreadAnswer } from './answers.js';
import { threadEntry } from './thread-entry.js';

/** How one task is run. */
export interface ThreadOptions {
  /** Moved to the thread instead of copied. */
  readonly transfer?: readonly (MessagePort | ArrayBuffer)[];
  readonly signal?: AbortSignal | undefined;
  /** Heap of the thread. @format mebibytes @default Node's own limit */
  readonly memoryMb?: number | undefined;
}

/** Threads that run tasks of one kind. */
export interface ThreadPool<Task> {
  /**
   * Runs a task and returns its value. An aborted task ends with its thread, at once, and rejects with the signal's reason. Throws
   * the thread's PerennialError, or one of type `out-of-memory`.
   */
  run<T>(task: Task, options?: ThreadOptions): Promise<T>;
}

const IDLE_MS = 300_000;

/**
 * A pool whose threads load the module `entry` beside the caller; it exports `run(task)`. Threads start with the first task, stay for
 * five minutes after their last one (starting one costs more than a small task) and never keep the process alive. At most as many run as the
 * machine has processors; more tasks wait.
 */
export function createThreadPool<Task>(entry: string, moduleUrl: string): ThreadPool<Task> {
  const pools = new Map<number, Piscina>();
  return {
    async run<T>(task: Task, { transfer = [], signal, memoryMb = 0 }: ThreadOptions = {}): Promise<T> {
      signal?.throwIfAborted();
      const pool = pools.get(memoryMb) ?? startPool(entry, moduleUrl, memoryMb);
      pools.set(memoryMb, pool);
      try {
        const options = { transferList: [...transfer], signal: signal ?? null };
        const answer: ThreadAnswer<T> = await pool.run(task, options);
        return openAnswer(answer);
      } catch (error) {
        signal?.throwIfAborted();
        throw isOutOfMemory(error) ? outOfMemory(memoryMb, error) : error;
      }
    },
  };
}

function startPool(entry: string, moduleUrl: string, memoryMb: number): Piscina {
  const { filename, execArgv } = threadEntry(entry, moduleUrl);
  return new Piscina({
    filename,
    name: 'run',
    execArgv,
    minThreads: 0,
    maxThreads: availableParallelism(),
    idleTimeout: IDLE_MS,
    atomics: 'disabled',
    ...(memoryMb > 0 && { resourceLimits: { maxOldGenerationSizeMb: memoryMb } }),
  });
}

/** The thread's heap was too small, or a block outside it (an array, a WebAssembly memory) could not be had. */
export function isOutOfMemory(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  if ('code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') return true;
  return error instanceof RangeError && /allocation failed|could not allocate memory/i.test(error.message);
}

/** What a thread that ended so is called. */
export function outOfMemory(memoryMb: number, cause: Error): PerennialError {
  return new PerennialError(
    {
      type: 'out-of-memory',
      thing: 'memory of the thread',
      value: memoryMb > 0 ? `${memoryMb} MiB` : "Node's own limit",
      allowed: 'enough for the rows and what is worked out of them',
      next: 'Raise PERENNIAL_THREAD_MEMORY_MB on a machine that has it, or shorten the window.',
    },
    { cause },
  );
}
