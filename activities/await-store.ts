import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { PerennialError } from '../domain/errors.js';
import { objectKey } from '../domain/names.js';
import type { ObjectStore } from '../storage/objects/object-store.js';

/** How to wait. */
export interface StoreWait {
  readonly signal: AbortSignal;
  readonly report: (details: unknown) => void;
  /** Between two looks. @format milliseconds @default 1000 */
  readonly everyMs?: number;
}

const IN_A_ROW = 3;

/**
 * Waits until the store takes, gives and deletes an object three times in a row: one that answers now and then is not back. Can be
 * restarted at any time. Throws the signal's reason when aborted, and what a store throws that is there but broken.
 */
export async function awaitStore(
  store: ObjectStore,
  { signal, report, everyMs = 1000 }: StoreWait,
): Promise<void> {
  let good = 0;
  for (let looks = 1; good < IN_A_ROW; looks++) {
    await wait(everyMs, undefined, { signal });
    const problem = await probe(store);
    good = problem === undefined ? good + 1 : 0;
    report({ phase: 'waiting for the store', looks, ...(problem === undefined ? {} : { problem }) });
  }
}

async function probe(store: ObjectStore): Promise<string | undefined> {
  const key = objectKey.probe(randomUUID());
  try {
    await store.put(key, new TextEncoder().encode('probe'));
    await store.get(key);
    await store.delete(key);
    return undefined;
  } catch (error) {
    if (error instanceof PerennialError && error.refusal.retryable === true)
      return error.message.slice(0, 300);
    throw error;
  }
}
