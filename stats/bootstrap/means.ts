import { type Numbers, firstNonFinite } from '../numeric/numbers.js';
import { type Absent, absent } from '../outcome.js';
import { type BootstrapOptions, type CompiledBootstrap, compileBootstrap } from './blocks.js';
import { type Interval, resample } from './interval.js';

/** Losses of a candidate and of the champion on the same rows, in time order. */
export interface PairedLosses extends BootstrapOptions {
  readonly candidate: Numbers;
  readonly champion: Numbers;
}

/**
 * Interval of (mean(candidate) − mean(champion)) / mean(champion), resampling rows in pairs. Below zero the candidate is
 * better. Absent where the champion's mean loss is zero, a loss is not finite, or there are fewer than two blocks;
 * columns of different lengths are a RangeError.
 */
export function pairedRelativeDifference({
  candidate,
  champion,
  ...options
}: PairedLosses): Interval | Absent {
  return ofMeans([candidate, champion], options, ([a = 0, b = 0]) =>
    b === 0 ? 'the champion’s mean loss is zero' : (a - b) / b,
  );
}

/** Two losses on the same rows, in time order. */
export interface LossRatio extends BootstrapOptions {
  readonly numerator: Numbers;
  readonly denominator: Numbers;
  /** `root` takes the square root of both means, for metrics such as rmse. Default `mean`. */
  readonly link?: 'mean' | 'root' | undefined;
}

/** Interval of mean(numerator) / mean(denominator) on the same rows: skill against a naive forecast. Absent as for `pairedRelativeDifference`. */
export function ratioOfMeans({
  numerator,
  denominator,
  link = 'mean',
  ...options
}: LossRatio): Interval | Absent {
  return ofMeans([numerator, denominator], options, ([a = 0, b = 0]) => {
    if (b === 0) return 'the mean of the denominator is zero';
    return link === 'root' ? Math.sqrt(a / b) : a / b;
  });
}

/** Interval of the mean of one column, in time order. */
export function meanInterval(values: Numbers, options: BootstrapOptions = {}): Interval | Absent {
  return ofMeans([values], options, ([a = 0]) => a);
}

type Combine = (means: readonly number[]) => number | string;

// Sums of blocks come from running sums, so that a resample costs one step per block and not per row.
function ofMeans(
  columns: readonly Numbers[],
  options: BootstrapOptions,
  combine: Combine,
): Interval | Absent {
  const n = columns[0]?.length ?? 0;
  const fault = columnFault(columns, n);
  if (fault) return fault;
  const settings = compileBootstrap(n, options);
  if ('kind' in settings) return settings;
  const running = columns.map(runningSums);
  const estimate = combine(running.map((sums) => (sums[n] ?? 0) / n));
  if (typeof estimate === 'string') return absent(estimate);
  if (!Number.isFinite(estimate)) return absent('the result is not a finite number');
  return resample(settings, estimate, (starts) => {
    const drawn = combine(running.map((sums) => meanOfBlocks(sums, starts, settings)));
    return typeof drawn === 'string' ? undefined : drawn;
  });
}

function columnFault(columns: readonly Numbers[], n: number): Absent | undefined {
  for (const column of columns) {
    if (column.length !== n)
      throw new RangeError(
        `Columns of ${n} and ${column.length} rows cannot be paired; give the same rows in both.`,
      );
    const bad = firstNonFinite(column);
    if (bad >= 0) return absent(`row ${bad} holds ${column[bad]}, not a finite number`);
  }
  return n === 0 ? absent('there are no rows') : undefined;
}

function runningSums(values: Numbers): Float64Array {
  const sums = new Float64Array(values.length + 1);
  for (let i = 0; i < values.length; i++) sums[i + 1] = (sums[i] ?? 0) + (values[i] ?? 0);
  return sums;
}

function meanOfBlocks(
  sums: Float64Array,
  starts: Uint32Array,
  { n, blockLength }: CompiledBootstrap,
): number {
  let total = 0;
  let left = n;
  for (let k = 0; k < starts.length; k++) {
    const start = starts[k] ?? 0;
    const length = Math.min(blockLength, left);
    total += (sums[start + length] ?? 0) - (sums[start] ?? 0);
    left -= length;
  }
  return total / n;
}
