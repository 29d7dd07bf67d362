import { setTimeout as sleep } from 'node:timers/promises';
import type { Child } from './child.js';

const RESTARTS = 5;
const PAUSE_MS = 1000;
const STEADY_MS = 60_000;

/** A process that is started again when it ends by itself. */
export interface Supervised {
  readonly name: string;
  current(): Child;
  again(): Promise<Child>;
}

/**
 * Keeps a process running until `signal` aborts: one that ends by itself is started again after a second. Gives up, and rejects,
 * when it ended five times without having run for a minute in between. Each restart is told to `say`.
 */
export async function supervise(
  { name, current, again }: Supervised,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<void> {
  const aborted = new Promise<void>((resolve) =>
    signal.addEventListener('abort', () => resolve(), { once: true }),
  );
  let restarts = 0;
  let since = performance.now();
  while (!signal.aborted) {
    await Promise.race([current().ended, aborted]);
    if (signal.aborted) return;
    if (performance.now() - since > STEADY_MS) restarts = 0;
    restarts += 1;
    if (restarts > RESTARTS) throw new Error(`${name} ended ${restarts} times in a row; see its log`);
    say(`${name} ended; starting it again (${restarts} of ${RESTARTS})`);
    await sleep(PAUSE_MS);
    since = performance.now();
    if (!signal.aborted) await again();
  }
}
