import { Worker } from 'node:worker_threads';
import { threadEntry } from '../../engines/threads/thread-entry.js';

/**
 * Ends this process when its parent is gone or it takes too much memory, also while a model keeps its main thread busy for
 * ever: no orphan computes on, and no shadow starves the champion. Watches from a thread of its own.
 */
export function endWithParent(): void {
  const entry = threadEntry('watchdog-entry', import.meta.url);
  process.once('disconnect', () => process.exit());
  new Worker(entry.filename, { execArgv: entry.execArgv }).unref();
}
