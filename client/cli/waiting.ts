import type { Io } from './io.js';

const QUIET_MS = 2000;
const REPEAT_MS = 10_000;

/**
 * Does work and, when it takes more than two seconds, says on standard error what is being waited for, and again every ten seconds, with
 * what `how` tells of it then; a `how` that throws tells nothing.
 */
export async function saying<T>(
  io: Pick<Io, 'note'>,
  what: string,
  work: Promise<T>,
  how: () => Promise<string | undefined> = () => Promise.resolve(undefined),
): Promise<T> {
  const start = performance.now();
  const seconds = (): number => Math.round((performance.now() - start) / 1000);
  let timer: NodeJS.Timeout | undefined;
  let done = false;
  const say = async (): Promise<void> => {
    const told = await how().catch(() => undefined);
    if (!done) io.note(`${what} … ${seconds()} s${told === undefined ? '' : ` (${told})`}`);
  };
  const quiet = setTimeout(() => {
    io.note(`${what} …`);
    timer = setInterval(() => void say(), REPEAT_MS);
  }, QUIET_MS);
  try {
    return await work;
  } finally {
    done = true;
    clearTimeout(quiet);
    clearInterval(timer);
  }
}
