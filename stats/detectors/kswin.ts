import { ksPValue } from '../two-sample/ks.js';
import { detectorKind } from './kind.js';
import { type TwisterState, sampleRange, seedTwister } from './mersenne-twister.js';
import type { Flags } from './types.js';

const defaults = {
  /** Level of each Kolmogorov–Smirnov test. */
  alpha: 0.005,
  /** Values in the window. */
  window_size: 100,
  /** Newest values that are tested against as many older ones. */
  stat_size: 30,
  /** Seed of the drawing of older values. River's default is unseeded; ours is 1, so that equal data give equal alarms. */
  seed: 1,
};
type Params = typeof defaults;

interface State extends Flags {
  window: number[];
  random: TwisterState;
}

/**
 * KSWIN (Raab, Heusinger & Schleif 2020): the newest values against a random draw of the older ones in a sliding window,
 * by the exact Kolmogorov–Smirnov test; the distance must exceed 0.1 too. The draws are CPython's, so that River's alarms
 * are reproduced. As in River the window empties and the generator restarts after an alarm.
 */
export const kswin = detectorKind<Params, State>({
  name: 'kswin',
  input: 'values',
  defaults,
  // The quietest still alarms on 30 values that all lie beyond the 30 older ones (p = 1.7e-17).
  sensitivity: { parameter: 'alpha', loud: 0.2, quiet: 2e-17 },
  check: ({ alpha, window_size: window, stat_size: newest, seed }) => {
    if (!(alpha >= 0 && alpha <= 1))
      throw new RangeError(`kswin: alpha is ${alpha}; give a number in [0, 1].`);
    if (!(Number.isInteger(newest) && newest >= 2 && Number.isInteger(window) && window >= 2 * newest)) {
      throw new RangeError(
        `kswin: stat_size is ${newest} and window_size ${window}; the window must hold the newest values twice.`,
      );
    }
    if (!(Number.isSafeInteger(seed) && seed >= 0))
      throw new RangeError(`kswin: seed is ${seed}; give a whole number of at least 0.`);
  },
  fresh: ({ seed }) => ({ drift: false, warning: false, window: [], random: seedTwister(seed) }),
  step: (state, { alpha, window_size: size, stat_size: newest }, value) => {
    state.window.push(value);
    if (state.window.length < size) return;
    if (state.window.length > size) state.window.shift();
    const drawn = sampleRange(state.random, size - newest, newest);
    const older = new Float64Array(newest);
    const recent = new Float64Array(newest);
    for (let i = 0; i < newest; i++) {
      insertSorted(older, i, state.window[drawn[i] ?? 0] ?? 0);
      insertSorted(recent, i, state.window[size - newest + i] ?? 0);
    }
    const steps = largestGap(older, recent);
    state.drift = steps / newest > 0.1 && levelOf(steps, newest) <= alpha;
  },
});

/** Puts a value into its place among the first `count` ascending ones: faster than a sort for the few values of a window. */
function insertSorted(column: Float64Array, count: number, value: number): void {
  let at = count;
  while (at > 0 && (column[at - 1] ?? 0) > value) {
    column[at] = column[at - 1] ?? 0;
    at--;
  }
  column[at] = value;
}

/** Largest difference of ranks of two ascending columns of one length: the KS distance times that length. */
function largestGap(a: Float64Array, b: Float64Array): number {
  const n = a.length;
  let i = 0;
  let j = 0;
  let most = 0;
  while (i < n && j < n) {
    const x = a[i] ?? 0;
    const y = b[j] ?? 0;
    const at = x <= y ? x : y;
    while (i < n && a[i] === at) i++;
    while (j < n && b[j] === at) j++;
    const gap = i > j ? i - j : j - i;
    if (gap > most) most = gap;
  }
  return most;
}

// The distance of two samples of n values is one of n + 1 numbers: each p-value is computed once.
const levels = new Map<number, Float64Array>();

function levelOf(steps: number, n: number): number {
  const known = levels.get(n) ?? new Float64Array(n + 1).fill(-1);
  levels.set(n, known);
  if ((known[steps] ?? 0) < 0) known[steps] = ksPValue(steps / n, n, n, 'exact');
  return known[steps] ?? 1;
}
