import { setTimeout as wait } from 'node:timers/promises';
import { millis } from '../domain/duration.js';
import { epoch, instant } from '../domain/references.js';
import type { ServingDoor } from './serving-door.js';

/** One look at the replicas' clocks. */
export interface Look {
  /** Up to where the prediction log is complete. */
  readonly watermark: string;
  readonly clock: string;
  readonly stepped: boolean;
}

/** How often to look. */
export interface LookOptions {
  readonly model: string;
  readonly lateness: string;
  readonly signal: AbortSignal;
  /** Under the stepped clock, where a driver waits for us. @format milliseconds @default 25 */
  readonly steppedMs?: number;
  /** Else. @format milliseconds @default 15000 */
  readonly wallMs?: number;
}

/**
 * Looks at the replicas' clocks until aborted, and yields whenever the watermark moved. While no replica answers it yields nothing:
 * quiet is not progress.
 */
export async function* watermarks(serving: ServingDoor, options: LookOptions): AsyncGenerator<Look> {
  const { model, lateness, signal, steppedMs = 25, wallMs = 15_000 } = options;
  let last: string | undefined;
  while (!signal.aborted) {
    const replicas = await serving.status(model);
    const stepped = replicas.some((replica) => replica.stepped);
    if (replicas.length > 0) {
      const clock = instant(Math.min(...replicas.map((replica) => epoch(replica.clock))));
      if (clock !== last) yield { clock, stepped, watermark: instant(epoch(clock) - millis(lateness)) };
      last = clock;
    }
    await wait(stepped ? steppedMs : wallMs, undefined, { signal }).catch(() => undefined);
  }
  signal.throwIfAborted();
}
