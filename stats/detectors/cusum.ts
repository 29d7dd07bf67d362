import { type Baseline, learn, standardise } from './baseline.js';
import { detectorKind } from './kind.js';
import type { Flags } from './types.js';

const defaults = {
  /** First values, from which mean and standard deviation are learnt; no alarm during them. */
  warm_start: 100,
  /** Allowance in standard deviations; half of the shift to be found. */
  k: 0.5,
  /** Alarm limit of the sums in standard deviations. */
  h: 8,
  /** Direction: `up`, `down` or `both`. */
  mode: 'both',
};
type Params = typeof defaults;

interface State extends Flags {
  baseline: Baseline;
  up: number;
  down: number;
}

/**
 * Tabular CUSUM (Page 1954) of values standardised by the first `warm_start` ones: sums of what goes beyond the allowance,
 * never below zero. River has no CUSUM; names and form follow Montgomery's textbook.
 */
export const cusum = detectorKind<Params, State>({
  name: 'cusum',
  input: 'values',
  defaults,
  sensitivity: { parameter: 'h', loud: 0.5, quiet: 1e5 },
  check: ({ warm_start, k, h, mode }) => {
    if (!(Number.isInteger(warm_start) && warm_start >= 2))
      throw new RangeError(`cusum: warm_start is ${warm_start}; give a whole number of at least 2.`);
    if (!(k >= 0 && h > 0))
      throw new RangeError(`cusum: k is ${k} and h ${h}; give k of at least 0 and h above 0.`);
    if (!['up', 'down', 'both'].includes(mode))
      throw new RangeError(`cusum: mode is ${mode}; give up, down or both.`);
  },
  fresh: () => ({ drift: false, warning: false, baseline: { n: 0, mean: 0, squares: 0 }, up: 0, down: 0 }),
  step: (state, { warm_start, k, h, mode }, value) => {
    if (state.baseline.n < warm_start) {
      learn(state.baseline, value);
      return;
    }
    const z = standardise(state.baseline, value);
    state.up = Math.max(0, state.up + z - k);
    state.down = Math.max(0, state.down - z - k);
    state.drift = (mode !== 'down' && state.up > h) || (mode !== 'up' && state.down > h);
  },
});
