import { detectorKind } from './kind.js';
import type { Flags } from './types.js';

const defaults = {
  /** Values before the first alarm. */
  warm_start: 30,
  /** Standard deviations above the least error rate that warn. */
  warning_threshold: 2,
  /** Standard deviations above the least error rate that alarm. */
  drift_threshold: 3,
};
type Params = typeof defaults;

interface State extends Flags {
  n: number;
  rate: number;
  leastRate: number;
  leastDeviation: number;
  least: number;
}

/** DDM (Gama et al. 2004): the error rate against its least value so far, in Bernoulli standard deviations. */
export const ddm = detectorKind<Params, State>({
  name: 'ddm',
  input: 'errors',
  defaults,
  sensitivity: { parameter: 'drift_threshold', loud: 0.5, quiet: 60 },
  fresh: () => ({
    drift: false,
    warning: false,
    n: 0,
    rate: 0,
    leastRate: 0,
    leastDeviation: 0,
    least: Infinity,
  }),
  step: (state, params, error) => {
    state.n++;
    state.rate += (1 / state.n) * (error - state.rate);
    const deviation = Math.sqrt((state.rate * (1 - state.rate)) / state.n);
    if (state.n <= params.warm_start) return;
    const now = state.rate + deviation;
    if (now <= state.least) {
      state.leastRate = state.rate;
      state.leastDeviation = deviation;
      state.least = state.leastRate + state.leastDeviation;
    }
    state.drift = now > state.leastRate + params.drift_threshold * state.leastDeviation;
    state.warning = !state.drift && now > state.leastRate + params.warning_threshold * state.leastDeviation;
  },
});
