import { setTimeout as sleep } from 'node:timers/promises';

const WITHIN_MS = 180_000;

/** Polls until something is there. Throws after three minutes, naming what was waited for. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  { everyMs = 20, withinMs = WITHIN_MS } = {},
): Promise<T> {
  const end = performance.now() + withinMs;
  let last: unknown;
  for (;;) {
    try {
      const found = await look();
      if (found !== undefined && found !== false) return found;
      last = undefined;
    } catch (error) {
      last = error; // what is down comes back
    }
    if (performance.now() > end) throw new Error(`never came: ${what}`, { cause: last });
    await sleep(everyMs);
  }
}

/** Does something again and again until it is done once: every call of it must be repeatable. */
export function insist<T>(what: string, work: () => Promise<T>): Promise<T> {
  return until(what, async () => [await work()] as const).then(([result]) => result);
}
