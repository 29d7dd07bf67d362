import { parentPort, workerData } from 'node:worker_threads';
import type { ThreadAnswer } from './answers.js';
import type { OneThreadGiven, OneThreadHooks, OneThreadNews } from './one-thread.js';

// Entry of a thread that runs one task and is ended by the other side. It imports nothing: every such thread would wait for it.
const { module, task }: OneThreadGiven = workerData;
const { run }: { run(task: unknown, hooks: OneThreadHooks): Promise<ThreadAnswer<unknown>> } = await import(
  module
);

const stopping = new AbortController();
const post = (news: OneThreadNews): void => parentPort?.postMessage(news);
parentPort?.on('message', () => stopping.abort());
const answer = await run(task, {
  signal: stopping.signal,
  say: (said) => post({ kind: 'said', said }),
});
try {
  post({ kind: 'answer', answer });
} catch (error) {
  // The error of a value that no thread can hand over cannot be handed over either.
  throw new Error(`its answer cannot be copied: ${error instanceof Error ? error.message : String(error)}`);
}
