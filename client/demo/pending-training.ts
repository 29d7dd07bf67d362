import { setTimeout as sleep } from 'node:timers/promises';
import { PerennialError } from '../../domain/errors.js';
import type { Perennial } from '../sdk/perennial.js';
import { runProgress } from '../sdk/run-progress.js';

const POLL_MS = 100;
const WITHIN_MS = 90_000;

/**
 * Waits until the training of a retrain reports, in its heartbeat, that it is held at an epoch. Throws `never-held` after 90 seconds.
 */
export async function untilHeld(perennial: Perennial, run: string, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + WITHIN_MS;
  while (performance.now() < deadline) {
    signal.throwIfAborted();
    const steps = await runProgress(perennial, run);
    if (steps.some(({ details }) => isHeld(details))) return;
    await sleep(POLL_MS);
  }
  throw new PerennialError({
    type: 'never-held',
    thing: run,
    allowed: `a training that is held at its epoch within ${WITHIN_MS / 1000} s`,
    next: 'Read the log of the worker in the state folder.',
  });
}

/** Whether a heartbeat's details say that the training is held. */
const isHeld = (details: unknown): boolean =>
  typeof details === 'object' && details !== null && 'phase' in details && details.phase === 'held';
