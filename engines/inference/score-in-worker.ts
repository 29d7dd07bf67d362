import { createThreadPool } from '../threads/thread-pool.js';
import { pickColumns, toColumns } from './columns.js';
import type { ScoreTask } from './score-thread.js';
import type { Scored, Scorer, ScorerSource } from './scorer.js';

const threads = createThreadPool<ScoreTask>('score-thread', import.meta.url);

/** How bulk scoring can be stopped. */
export interface WorkerScorerOptions {
  /** Ends the thread when it aborts; the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Heap of the thread; more than that ends as `out-of-memory`. @format mebibytes @default Node's own limit */
  readonly memoryMb?: number | undefined;
}

/**
 * A scorer whose work happens in a worker thread, for evaluation and other bulk scoring: the caller's event loop stays free. It loads
 * the model anew for each call, so it is checked on the first: errors are those of `createScorer` and `score`.
 */
export function createWorkerScorer(source: ScorerSource, options: WorkerScorerOptions = {}): Scorer {
  const { inputs, classes } = source;
  return {
    inputs,
    classes,
    score(rows) {
      const columns = pickColumns(inputs, 'numbers' in rows ? rows : toColumns(inputs, rows));
      return threads.run<Scored>({ source, columns }, options);
    },
    dispose: () => Promise.resolve(),
  };
}
