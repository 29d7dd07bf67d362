import { ActivityFailure, TimeoutFailure } from '@temporalio/workflow';

/** How often a step is begun that no worker carried out. Each takes up to half a minute. */
const TRIES = 3;

/** A step whose worker died, or that no worker was there for, says nothing of store and serving: it is asked for again. */
export async function carriedOut<T>(step: () => Promise<T>): Promise<T> {
  for (let left = TRIES; ; left -= 1) {
    try {
      return await step();
    } catch (error) {
      if (left === 1 || !workerGone(error)) throw error;
    }
  }
}

/** Ended by a time-out, and not by that of a worker that was at work all the time: what it worked with is silent. */
function workerGone(error: unknown): boolean {
  const causes: unknown[] = [];
  for (let next = error; next instanceof Error; next = next.cause) causes.push(next);
  const timeouts = causes.filter((cause) => cause instanceof TimeoutFailure);
  return (
    error instanceof ActivityFailure &&
    timeouts.length > 0 &&
    timeouts.at(-1)?.timeoutType !== 'START_TO_CLOSE'
  );
}
