import { setTimeout as sleep } from 'node:timers/promises';
import type { Aliases } from '../domain/aliases.js';
import type { PinAnswer, ServingDoor } from './serving-door.js';

/** How long to wait for a replica that is being started again. @format milliseconds */
const PATIENCE_MS = 8000;
const PAUSE_MS = 200;

/**
 * Pins the aliases, and does `afterFirst` once the first answers are there. While no replica answers at all, the pin is repeated for
 * some seconds: the clock of the first that is back says from when on the new aliases are served, which nobody else can tell.
 */
export async function untilObeyed(
  serving: Pick<ServingDoor, 'pin'>,
  aliases: Aliases,
  afterFirst: (pins: readonly PinAnswer[]) => Promise<void>,
  patienceMs = PATIENCE_MS,
): Promise<readonly PinAnswer[]> {
  const end = performance.now() + patienceMs;
  let pins = await serving.pin(aliases);
  await afterFirst(pins);
  while (pins.length > 0 && pins.every(isAway) && performance.now() < end) {
    await sleep(PAUSE_MS);
    pins = await serving.pin(aliases);
  }
  return pins;
}

const isAway = ({ clock, refusal }: PinAnswer): boolean => clock === null && refusal === undefined;
