import { type Random } from '../random.js';
import { type Absent, absent } from '../outcome.js';

/** Settings that all bootstrap functions share. */
export interface BootstrapOptions {
  /** Rows in a block, in time order; 1 is the i.i.d. bootstrap. Default: n^(1/3), rounded up. Give 24 for hourly rows with a daily rhythm. */
  readonly blockLength?: number | undefined;
  /** How many resamples. Default 1000. */
  readonly resamples?: number | undefined;
  /** One-sided confidence of each bound, in (0.5, 1). Default 0.95. */
  readonly confidence?: number | undefined;
  /** Seed of the resampling. Default 1. */
  readonly seed?: number | undefined;
}

/** The settings with their defaults filled in and checked. */
export interface CompiledBootstrap {
  readonly n: number;
  readonly blockLength: number;
  readonly resamples: number;
  readonly confidence: number;
  readonly seed: number;
}

/**
 * Checks the settings for `n` rows. Wrong settings are a RangeError; fewer than two blocks of rows are a named absence,
 * because one block cannot vary.
 */
export function compileBootstrap(n: number, options: BootstrapOptions): CompiledBootstrap | Absent {
  const { resamples = 1000, confidence = 0.95, seed = 1 } = options;
  const blockLength = options.blockLength ?? defaultBlockLength(n);
  if (!(Number.isInteger(blockLength) && blockLength >= 1))
    throw new RangeError(`Block length ${blockLength} is not a whole number of at least 1.`);
  if (!(Number.isInteger(resamples) && resamples >= 20))
    throw new RangeError(`${resamples} resamples: give a whole number of at least 20.`);
  if (!(confidence > 0.5 && confidence < 1))
    throw new RangeError(`Confidence ${confidence} is not between 0.5 and 1; give one such as 0.95.`);
  if (n < 2 * blockLength) return absent(`${n} rows hold fewer than two blocks of ${blockLength}`);
  return { n, blockLength, resamples, confidence, seed };
}

/** Automatic block length: the smallest whole number of at least n^(1/3) (the optimal order, Hall, Horowitz & Jing 1995). */
export function defaultBlockLength(n: number): number {
  return Math.max(1, Math.ceil(Math.cbrt(n) - 1e-9));
}

/**
 * Draws the first row of each block of one resample (Künsch 1989): as many blocks as cover n rows, each beginning
 * anywhere in 0…n−blockLength. The last block is cut so that the resample has exactly n rows.
 */
export function drawStarts({ n, blockLength }: CompiledBootstrap, random: Random, starts: Uint32Array): void {
  for (let k = 0; k < starts.length; k++) starts[k] = random.int(n - blockLength + 1);
}

/** How many blocks one resample has. */
export function blockCount({ n, blockLength }: CompiledBootstrap): number {
  return Math.ceil(n / blockLength);
}

/** Writes the row numbers of one resample. */
export function rowsOf(starts: Uint32Array, blockLength: number, rows: Uint32Array): void {
  let at = 0;
  for (const start of starts) {
    for (let k = 0; k < blockLength && at < rows.length; k++) rows[at++] = start + k;
  }
}
