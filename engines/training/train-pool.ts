import { availableParallelism } from 'node:os';
import type { MessagePort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { PerennialError } from '../../domain/errors.js';
import { threadEntry } from '../threads/thread-entry.js';
import { openAnswer, type ThreadAnswer, type ThreadTask } from './train-messages.js';

/** How one task is run. */
export interface ThreadOptions {
  readonly transfer?: readonly MessagePort[];
  readonly signal?: AbortSignal | undefined;
  /** Heap of the thread. @format mebibytes @default Node's own limit */
  readonly memoryMb?: number | undefined;
}

const IDLE_MS = 30_000;
const pools = new Map<number, Piscina>();

/**
 * Runs a task in a training thread. Threads are kept for 30 seconds after their last task (starting one costs more than a small training) and
 * never keep the process alive. At most as many run as the machine has processors; more tasks wait.
 *
 * An aborted task ends with its thread, at once, and rejects with the signal's reason.
 */
export async function runInThread<T>(task: ThreadTask, options: ThreadOptions): Promise<T> {
  const { transfer = [], signal, memoryMb = 0 } = options;
  signal?.throwIfAborted();
  const pool = pools.get(memoryMb) ?? createPool(memoryMb);
  pools.set(memoryMb, pool);
  try {
    const answer: ThreadAnswer<T> = await pool.run(task, {
      transferList: [...transfer],
      signal: signal ?? null,
    });
    return openAnswer(answer);
  } catch (error) {
    signal?.throwIfAborted();
    throw isOutOfMemory(error) ? outOfMemory(memoryMb, error) : error;
  }
}

function createPool(memoryMb: number): Piscina {
  const { filename, execArgv } = threadEntry('train-thread', import.meta.url);
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

function isOutOfMemory(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
}

function outOfMemory(memoryMb: number, cause: Error): PerennialError {
  return new PerennialError(
    {
      type: 'out-of-memory',
      thing: 'memory of the training thread',
      value: memoryMb > 0 ? `${memoryMb} MiB` : "Node's default",
      allowed: 'enough for the training block and its encoded matrix',
      next: 'Shorten the window, or give the worker more memory.',
    },
    { cause },
  );
}
