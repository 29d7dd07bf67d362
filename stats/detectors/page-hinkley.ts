import { detectorKind } from './kind.js';
import type { Flags } from './types.js';

const defaults = {
  /** Values before the first alarm. */
  min_instances: 30,
  /** Change per value that is allowed, in the unit of the values. */
  delta: 0.005,
  /** Alarm limit on the accumulated change, in the unit of the values. */
  threshold: 50,
  /** Forgetting factor of the sums. */
  alpha: 1 - 0.0001,
  /** Direction: `up`, `down` or `both`. */
  mode: 'both',
};
type Params = typeof defaults;

interface State extends Flags {
  n: number;
  mean: number;
  increase: number;
  decrease: number;
  least: number;
  most: number;
}

/**
 * Page–Hinkley test (Page 1954): the sum of deviations from the running mean, less an allowance, against its extreme so
 * far. Follows River: the two-sided sums forget, and the largest falling sum starts at −1.
 */
export const pageHinkley = detectorKind<Params, State>({
  name: 'page-hinkley',
  input: 'values',
  defaults,
  sensitivity: { parameter: 'threshold', loud: 0.01, quiet: 1e6 },
  check: ({ mode }) => {
    if (!['up', 'down', 'both'].includes(mode))
      throw new RangeError(`page-hinkley: mode is ${mode}; give up, down or both.`);
  },
  fresh: () => ({
    drift: false,
    warning: false,
    n: 0,
    mean: 0,
    increase: 0,
    decrease: 0,
    least: Infinity,
    most: -1,
  }),
  step: (state, params, value) => {
    state.n++;
    state.mean += (1 / state.n) * (value - state.mean);
    const deviation = value - state.mean;
    state.increase = params.alpha * state.increase + deviation - params.delta;
    state.decrease = params.alpha * state.decrease + deviation + params.delta;
    if (state.increase < state.least) state.least = state.increase;
    if (state.decrease > state.most) state.most = state.decrease;
    if (state.n < params.min_instances) return;
    const up = params.mode !== 'down' && state.increase - state.least > params.threshold;
    const down = params.mode !== 'up' && state.most - state.decrease > params.threshold;
    state.drift = up || down;
  },
});
