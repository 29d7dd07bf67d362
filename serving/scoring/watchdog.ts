import { Worker } from 'node:worker_threads';

/**
 * Ends this process when its parent is gone or it takes more than 2 GiB of memory, also while a model keeps its main thread busy
 * for ever: no orphan computes on, and no shadow starves the champion. Watches from a thread of its own.
 */
export function endWithParent(): void {
  process.once('disconnect', () => process.exit());
  new Worker(new URL('./watchdog.mjs', import.meta.url), { execArgv: [] }).unref();
}
