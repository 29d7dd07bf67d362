import { setTimeout as sleep } from 'node:timers/promises';
import { failureOf } from './s3-failures.js';

/** With the pauses between, a service that is away for one and a half seconds is not noticed. */
const TRIES = 5;
const FIRST_PAUSE_MS = 100;

/** A service that took longer than this to fail is not asked again: whoever waits is told, and may. */
const PATIENCE_MS = 15_000;

/** Says from now on whether one more attempt, after those numbered 0 to `attempt`, is worth while. */
export function patience(): (attempt: number) => boolean {
  const end = performance.now() + PATIENCE_MS;
  return (attempt) => attempt + 1 < TRIES && performance.now() < end;
}

/** Waits before the next attempt: longer each time, by chance up to twice as long, so that many clients do not come back at once. */
export async function pauseBefore(attempt: number): Promise<void> {
  await sleep(FIRST_PAUSE_MS * 2 ** attempt * (1 + Math.random()), undefined, { ref: true });
}

/** Repeats a request that changes nothing when repeated. Throws what the last attempt threw. */
export async function repeating<T>(request: () => Promise<T>): Promise<T> {
  const patient = patience();
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await request();
    } catch (error) {
      if (failureOf(error) !== 'later' || !patient(attempt)) throw error;
      await pauseBefore(attempt);
    }
  }
}
