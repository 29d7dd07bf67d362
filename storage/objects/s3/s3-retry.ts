import { setTimeout as sleep } from 'node:timers/promises';
import { failureOf } from './s3-failures.js';

/** How often a request is tried in all; with the pauses between, a service that is away for two seconds is not noticed. */
export const TRIES = 5;
const FIRST_PAUSE_MS = 100;

/** Waits before the next attempt: longer each time, by chance up to twice as long, so that many clients do not come back at once. */
export async function pauseBefore(attempt: number): Promise<void> {
  await sleep(FIRST_PAUSE_MS * 2 ** attempt * (1 + Math.random()), undefined, { ref: true });
}

/** Repeats a request that changes nothing when repeated. Throws what the last attempt threw. */
export async function repeating<T>(request: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await request();
    } catch (error) {
      if (failureOf(error) !== 'later' || attempt + 1 >= TRIES) throw error;
      await pauseBefore(attempt);
    }
  }
}
