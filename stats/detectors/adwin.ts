import { detectorKind } from './kind.js';
import type { Flags } from './types.js';

const defaults = {
  /** Confidence: bound on the chance of a false alarm at one check. */
  delta: 0.002,
  /** Checks on every clock-th value. */
  clock: 32,
  /** Buckets of one size that are kept. */
  max_buckets: 5,
  /** Values that each side of a cut has at least. */
  min_window_length: 5,
  /** Values before the first check. */
  grace_period: 10,
};
type Params = typeof defaults;

interface State extends Flags {
  tick: number;
  width: number;
  total: number;
  /** Sum of squared deviations of the window. */
  variance: number;
  /** Buckets of 2^row values, oldest first: sums and sums of squared deviations. */
  totals: number[][];
  variances: number[][];
}

/**
 * ADWIN (Bifet & Gavaldà 2007): keeps a window of the newest values in an exponential histogram and cuts it where the
 * means of its two sides differ by more than chance allows. Follows River 0.26 where the paper differs: after the alarm
 * the whole window is dropped, not only its older side.
 */
export const adwin = detectorKind<Params, State>({
  name: 'adwin',
  input: 'values',
  defaults,
  sensitivity: { parameter: 'delta', loud: 0.5, quiet: 1e-60 },
  check: ({ delta, clock, max_buckets, min_window_length }) => {
    if (!(delta > 0 && delta < 1))
      throw new RangeError(`adwin: delta is ${delta}; give a number between 0 and 1.`);
    if (!(Number.isInteger(clock) && clock >= 1))
      throw new RangeError(`adwin: clock is ${clock}; give a whole number of at least 1.`);
    if (!(Number.isInteger(max_buckets) && max_buckets >= 2))
      throw new RangeError(`adwin: max_buckets is ${max_buckets}; give a whole number of at least 2.`);
    if (!(Number.isInteger(min_window_length) && min_window_length >= 1))
      throw new RangeError(
        `adwin: min_window_length is ${min_window_length}; give a whole number of at least 1.`,
      );
  },
  fresh: () => ({
    drift: false,
    warning: false,
    tick: 0,
    width: 0,
    total: 0,
    variance: 0,
    totals: [[]],
    variances: [[]],
  }),
  step: (state, params, value) => {
    insert(state, params, value);
    state.tick++;
    state.drift =
      state.tick % params.clock === 0 && state.width > params.grace_period && shrink(state, params);
  },
});

function insert(state: State, { max_buckets }: Params, value: number): void {
  state.totals[0]?.push(value);
  state.variances[0]?.push(0);
  state.width++;
  if (state.width > 1) {
    const before = state.width - 1;
    const gap = value - state.total / before;
    state.variance += (before * gap * gap) / state.width;
  }
  state.total += value;
  for (let row = 0; (state.totals[row]?.length ?? 0) === max_buckets + 1; row++) merge(state, row);
}

/** Joins the two oldest buckets of a row into one of the next row. */
function merge(state: State, row: number): void {
  const totals = state.totals[row] ?? [];
  const variances = state.variances[row] ?? [];
  if (row + 1 === state.totals.length) {
    state.totals.push([]);
    state.variances.push([]);
  }
  const size = 2 ** row;
  const first = totals.shift() ?? 0;
  const second = totals.shift() ?? 0;
  const gap = first / size - second / size;
  const between = (size * size * gap * gap) / (size + size);
  const within = (variances.shift() ?? 0) + (variances.shift() ?? 0);
  state.totals[row + 1]?.push(first + second);
  state.variances[row + 1]?.push(within + between);
}

/** Drops the oldest bucket as long as some cut separates different means; true where one did. */
function shrink(state: State, params: Params): boolean {
  let changed = false;
  while (hasCut(state, params)) {
    changed = true;
    dropOldest(state);
  }
  return changed;
}

function hasCut(
  { totals, total, variance, width }: State,
  { delta, min_window_length: least }: Params,
): boolean {
  const confidence = Math.log((2 * Math.log(width)) / delta);
  const spread = (2 * variance * confidence) / width;
  let olds = 0;
  let oldSum = 0;
  for (let row = totals.length - 1; row >= 0; row--) {
    const buckets = totals[row] ?? [];
    const size = 2 ** row;
    for (let k = 0; k < buckets.length; k++) {
      olds += size;
      oldSum += buckets[k] ?? 0;
      const news = width - olds;
      if (news < least || news === 0) return false;
      if (olds < least) continue;
      const m = 1 / (olds - least + 1) + 1 / (news - least + 1);
      const bound = Math.sqrt(m * spread) + (2 / 3) * confidence * m;
      if (Math.abs(oldSum / olds - (total - oldSum) / news) > bound) return true;
    }
  }
  return false;
}

function dropOldest(state: State): void {
  const row = state.totals.length - 1;
  const size = 2 ** row;
  const sum = state.totals[row]?.shift() ?? 0;
  const within = state.variances[row]?.shift() ?? 0;
  state.width -= size;
  state.total -= sum;
  const gap = sum / size - state.total / state.width;
  state.variance -= within + (size * state.width * gap * gap) / (size + state.width);
  while (state.totals.length > 1 && state.totals[state.totals.length - 1]?.length === 0) {
    state.totals.pop();
    state.variances.pop();
  }
}
