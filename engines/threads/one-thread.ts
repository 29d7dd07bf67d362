import { Worker } from 'node:worker_threads';
import { openAnswer, type ThreadAnswer } from './answers.js';
import { threadEntry } from './thread-entry.js';
import { isOutOfMemory, outOfMemory } from './thread-pool.js';

/** One task in a thread of its own. */
export interface OneThread<Task> {
  /** Module that exports `run(task, hooks)`, as a `file:` address. */
  readonly module: string;
  readonly task: Task;
  /** Longest time of the whole thread, its start included. @format milliseconds */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** How long a thread that was told to stop may go on. @format milliseconds @default 0 */
  readonly graceMs?: number | undefined;
  /** Heap of the thread. @format mebibytes @default Node's own limit */
  readonly memoryMb?: number | undefined;
  /** Its environment, in place of that of this process. */
  readonly env: Readonly<Record<string, string>>;
  /** Hears what the thread says while it works. */
  readonly onSaid?: ((said: unknown) => void) | undefined;
}

/** What the task of a thread of its own is given beside itself. */
export interface OneThreadHooks {
  /** Aborted when the thread is to stop. */
  readonly signal: AbortSignal;
  /** Tells the other side; what cannot be copied is an error here. */
  say(said: unknown): void;
}

/** What a thread starts with. */
export interface OneThreadGiven {
  readonly module: string;
  readonly task: unknown;
}

/** What a thread posts. */
export type OneThreadNews =
  | { readonly kind: 'said'; readonly said: unknown }
  | { readonly kind: 'answer'; readonly answer: ThreadAnswer<unknown> };

/** How long to wait for the end of a thread that was ended. @format milliseconds */
const ENDING_MS = 1000;

/** A thread that gave no answer: too slow, ended by itself, or by an error that nobody caught. */
export class ThreadLost extends Error {
  override readonly name = 'ThreadLost';
  readonly how: 'timeout' | 'exit' | 'error';
  constructor(how: ThreadLost['how'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.how = how;
  }
}

/**
 * Runs one task in a thread that nothing else uses and that is gone afterwards, with its timers and whatever it left in memory. For code
 * that is not ours: an endless loop ends with its thread. Throws the task's PerennialError, {@link ThreadLost}, a PerennialError
 * `out-of-memory`, or the signal's reason when it is aborted.
 */
export async function runInOwnThread(request: OneThread<unknown>): Promise<unknown> {
  const { signal, timeoutMs, graceMs = 0, memoryMb = 0 } = request;
  signal?.throwIfAborted();
  const worker = startThread(request);
  const timers: NodeJS.Timeout[] = [];
  const stop = (reject: (error: unknown) => void): void => {
    worker.postMessage('stop');
    timers.push(setTimeout(() => reject(signal?.reason), graceMs));
  };
  let onAbort: (() => void) | undefined;
  try {
    const answer = await new Promise<ThreadAnswer<unknown>>((resolve, reject) => {
      onAbort = () => stop(reject);
      signal?.addEventListener('abort', onAbort, { once: true });
      const late = `it did not answer within ${timeoutMs / 1000} s`;
      timers.push(setTimeout(() => reject(new ThreadLost('timeout', late)), timeoutMs));
      worker.on('message', (news: unknown) => {
        try {
          // A library in the thread may post something of its own: that is not for us.
          if (!isNews(news)) return;
          if (news.kind === 'said') request.onSaid?.(news.said);
          else resolve(news.answer);
        } catch (error) {
          reject(error);
        }
      });
      worker.on('messageerror', (error) => reject(lost(error, memoryMb)));
      worker.on('error', (error: unknown) => reject(lost(error, memoryMb)));
      worker.once('exit', (code) => reject(new ThreadLost('exit', `its thread ended with code ${code}`)));
    });
    signal?.throwIfAborted();
    return openAnswer(answer);
  } finally {
    for (const timer of timers) clearTimeout(timer);
    if (onAbort !== undefined) signal?.removeEventListener('abort', onAbort);
    worker.removeAllListeners('message');
    await ended(worker);
  }
}

/** Waits for the end of a thread, but not for long: one that waits for a child process by `execFileSync` ends no sooner than the child. */
async function ended(worker: Worker): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const soon = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ENDING_MS);
  });
  await Promise.race([worker.terminate(), soon]);
  clearTimeout(timer);
  worker.unref();
}

function isNews(news: unknown): news is OneThreadNews {
  if (typeof news !== 'object' || news === null || !('kind' in news)) return false;
  if (news.kind === 'said') return 'said' in news;
  if (news.kind !== 'answer' || !('answer' in news)) return false;
  const { answer } = news;
  return typeof answer === 'object' && answer !== null && ('value' in answer || 'refusal' in answer);
}

function startThread({ module, task, env, memoryMb = 0 }: OneThread<unknown>): Worker {
  const { filename, execArgv } = threadEntry('one-thread-entry', import.meta.url);
  const workerData: OneThreadGiven = { module, task };
  return new Worker(filename, {
    execArgv,
    env: { ...env },
    workerData,
    ...(memoryMb > 0 && { resourceLimits: { maxOldGenerationSizeMb: memoryMb } }),
  });
}

function lost(error: unknown, memoryMb: number): unknown {
  if (isOutOfMemory(error)) return outOfMemory(memoryMb, error);
  const text = error instanceof Error ? error.message : String(error);
  return new ThreadLost('error', `an error that nobody caught: ${text}`, { cause: error });
}
