import { normalTail, studentQuantile } from '../distributions.js';
import { quantileOfSorted } from '../numeric/quantile.js';
import { type Absent, absent } from '../outcome.js';
import { createRandom } from '../random.js';
import {
  type BootstrapOptions,
  type CompiledBootstrap,
  blockCount,
  compileBootstrap,
  drawStarts,
  rowsOf,
} from './blocks.js';

/** An estimate with one-sided bounds: each holds with the asked confidence by itself. */
export interface Interval {
  readonly kind: 'value';
  /** The statistic on the rows as they are. */
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
  readonly confidence: number;
  readonly blockLength: number;
  /** Resamples whose statistic existed; below the number asked where some were degenerate. */
  readonly resamples: number;
}

/** Asks for an interval of any statistic of rows. */
export interface BootstrapRequest extends BootstrapOptions {
  /** Number of rows, in time order. */
  readonly n: number;
  /** The statistic of the rows with these numbers (repeats occur); undefined or non-finite where it does not exist. */
  readonly statistic: (rows: Uint32Array) => number | undefined;
}

/** Interval of any statistic by the moving-block bootstrap (blockLength 1: i.i.d.). The rows handed over are reused between calls. */
export function bootstrapInterval({ n, statistic, ...options }: BootstrapRequest): Interval | Absent {
  const compiled = compileBootstrap(n, options);
  if ('kind' in compiled) return compiled;
  const rows = Uint32Array.from({ length: n }, (_, i) => i);
  const estimate = statistic(rows);
  if (estimate === undefined || !Number.isFinite(estimate))
    return absent('the statistic does not exist on these rows');
  return resample(compiled, estimate, (starts) => {
    rowsOf(starts, compiled.blockLength, rows);
    return statistic(rows);
  });
}

/**
 * Draws the resamples and reads the bounds off their order statistics, at levels expanded for the small number of
 * blocks (Hesterberg 2015, §5.3): α' = Φ(√(k/(k−1)) · t_{k−1}(α)) with k = n / blockLength. Without it the bounds are too
 * tight when few blocks carry the evidence. More than one degenerate resample in ten makes the interval absent.
 */
export function resample(
  settings: CompiledBootstrap,
  estimate: number,
  statistic: (starts: Uint32Array) => number | undefined,
): Interval | Absent {
  const random = createRandom(settings.seed);
  const starts = new Uint32Array(blockCount(settings));
  const drawn = new Float64Array(settings.resamples);
  let kept = 0;
  for (let r = 0; r < settings.resamples; r++) {
    drawStarts(settings, random, starts);
    const statisticOfResample = statistic(starts);
    if (statisticOfResample !== undefined && Number.isFinite(statisticOfResample))
      drawn[kept++] = statisticOfResample;
  }
  if (kept < 0.9 * settings.resamples) {
    return absent(
      `the statistic does not exist on ${settings.resamples - kept} of ${settings.resamples} resamples`,
    );
  }
  const ascending = drawn.subarray(0, kept).sort();
  const level = expandedLevel(settings);
  return {
    kind: 'value',
    estimate,
    lower: quantileOfSorted(ascending, level),
    upper: quantileOfSorted(ascending, 1 - level),
    confidence: settings.confidence,
    blockLength: settings.blockLength,
    resamples: kept,
  };
}

function expandedLevel({ n, blockLength, confidence }: CompiledBootstrap): number {
  const blocks = n / blockLength;
  return normalTail(-Math.sqrt(blocks / (blocks - 1)) * studentQuantile(1 - confidence, blocks - 1));
}
