import { setTimeout as sleep } from 'node:timers/promises';
import { PerennialError } from '../../domain/errors.js';
import type { Perennial } from '../sdk/perennial.js';
import { readPayloads } from '../sdk/read-payloads.js';

const POLL_MS = 100;
const WITHIN_MS = 90_000;

/**
 * Waits until the training of a retrain reports, in its heartbeat, that it is held at an epoch. Reads what the Temporal server
 * knows, as the Web UI's page of pending activities does. Throws `never-held` after 90 seconds.
 */
export async function untilHeld(perennial: Perennial, run: string, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + WITHIN_MS;
  const { client } = await perennial.temporal();
  while (performance.now() < deadline) {
    signal.throwIfAborted();
    const { raw } = await client.workflow.getHandle(run).describe();
    const beats = (raw.pendingActivities ?? []).flatMap(
      (activity) => activity.heartbeatDetails?.payloads ?? [],
    );
    if ((await readPayloads(client, beats)).some(isHeld)) return;
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
