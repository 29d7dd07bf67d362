/** Takes one line for a person to read while something takes long. */
export type Progress = (line: string) => void;

/** A progress that says nothing. */
export const silent: Progress = () => undefined;

/** Says `line(elapsed)` every 15 seconds (or `everyMs`) for as long as `work` runs, and gives back what it gave or threw. */
export async function reportWhile<T>(
  work: Promise<T>,
  {
    progress,
    line,
    everyMs = 15_000,
  }: { progress: Progress; line: (elapsed: string) => string; everyMs?: number },
): Promise<T> {
  const start = performance.now();
  const timer = setInterval(() => progress(line(elapsedSince(start))), everyMs);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}

/** Time since `start` (of `performance.now()`) as people read it, e.g. `45 s` or `3 min 05 s`. */
export function elapsedSince(start: number): string {
  const seconds = Math.round((performance.now() - start) / 1000);
  const rest = String(seconds % 60).padStart(2, '0');
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${rest} s`;
}
