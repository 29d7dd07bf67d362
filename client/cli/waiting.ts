import type { Io } from './io.js';

const QUIET_MS = 2000;
const REPEAT_MS = 10_000;

/**
 * Does work and, when it takes more than two seconds, says on standard error what is being waited for: at once on a terminal as a
 * line that counts, else one line every ten seconds.
 */
export async function saying<T>(io: Io, what: string, work: Promise<T>): Promise<T> {
  const start = performance.now();
  const seconds = (): number => Math.round((performance.now() - start) / 1000);
  let timer: NodeJS.Timeout | undefined;
  const quiet = setTimeout(() => {
    io.note(`${what} …`);
    timer = setInterval(() => io.note(`${what} … ${seconds()} s`), REPEAT_MS);
  }, QUIET_MS);
  try {
    return await work;
  } finally {
    clearTimeout(quiet);
    clearInterval(timer);
  }
}
