import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Median, least and most of repeated measurements. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** One line of the bench: our figure, beside the peer's when its Python is there. */
export interface BenchLine {
  readonly name: string;
  readonly unit: string;
  readonly ours: Spread;
  readonly peer: { readonly name: string; readonly figure: Spread } | null;
  /** Ours over the peer's, pair by pair; null without a peer. */
  readonly ratio: Spread | null;
  /** Least ratio that was promised; null when none was. */
  readonly target: number | null;
  /** What else was found, e.g. that both computed the same. */
  readonly note: string;
}

/** The Python that has the peers' packages; undefined when none is given. */
export const peerPython = (): string | undefined => process.env['PERENNIAL_PYTHON'] || undefined;

/** Median, least and most. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (i: number): number => sorted[i] ?? NaN;
  const half = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? at(half) : (at(half - 1) + at(half)) / 2;
  return { median, min: at(0), max: at(sorted.length - 1) };
}

/** Measures ours and the peer's in turn, after one unmeasured round of each, so that both see the same machine. */
export async function paired(
  rounds: number,
  ours: () => Promise<number>,
  peer: (() => Promise<number>) | null,
): Promise<{ ours: Spread; peer: Spread | null; ratio: Spread | null }> {
  const pairs: [number, number][] = [];
  for (let i = -1; i < rounds; i++) {
    const pair: [number, number] = [await ours(), peer === null ? NaN : await peer()];
    if (i >= 0) pairs.push(pair);
  }
  const mine = spreadOf(pairs.map(([a]) => a));
  if (peer === null) return { ours: mine, peer: null, ratio: null };
  return {
    ours: mine,
    peer: spreadOf(pairs.map(([, b]) => b)),
    ratio: spreadOf(pairs.map(([a, b]) => a / b)),
  };
}

/** A Python process that answers one JSON line with one JSON line. */
export interface PythonPeer {
  ask(question: unknown): Promise<Record<string, unknown>>;
  close(): void;
}

/** Starts a peer script of this folder on one thread. */
export function startPeer(python: string, script: string): PythonPeer {
  const file = fileURLToPath(new URL(`./${script}`, import.meta.url));
  const child = spawn(python, ['-u', file], {
    stdio: ['pipe', 'pipe', 'inherit'],
    // The last two: peers that report their use to their makers must not, here.
    env: {
      ...process.env,
      OMP_NUM_THREADS: '1',
      OPENBLAS_NUM_THREADS: '1',
      NML_DISABLE_USAGE_LOGGING: '1',
      DO_NOT_TRACK: '1',
    },
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(question) {
      child.stdin.write(`${JSON.stringify(question)}\n`);
      const { value, done } = await answers.next();
      if (done === true) throw new Error(`${script} ended without an answer; see its error above`);
      return JSON.parse(String(value)) as Record<string, unknown>;
    },
    close: () => void child.kill(),
  };
}
