import { type Baseline, learn, standardise } from './baseline.js';
import { detectorKind } from './kind.js';
import type { Flags } from './types.js';

const defaults = {
  /** First values, from which mean and standard deviation are learnt; no alarm during them. */
  warm_start: 100,
  /** Weight of the newest value. */
  lambda_val: 0.1,
  /** Alarm limit in standard deviations of the weighted mean. */
  drift_threshold: 4,
  /** Warning limit in the same unit. */
  warning_threshold: 3,
};
type Params = typeof defaults;

interface State extends Flags {
  baseline: Baseline;
  mean: number;
  /** (1 − λ)^(2t) after t values, for the exact limits of the first values. */
  decay: number;
}

/**
 * EWMA control chart (Roberts 1959), two-sided, of values standardised by the first `warm_start` ones, with the exact
 * time-dependent limits L √(λ/(2−λ) (1 − (1−λ)^(2t))). River 0.26 has no EWMA chart; the form follows Montgomery's textbook.
 */
export const ewma = detectorKind<Params, State>({
  name: 'ewma',
  input: 'values',
  defaults,
  sensitivity: { parameter: 'drift_threshold', loud: 0.5, quiet: 1e4 },
  check: ({ warm_start, lambda_val: lambda }) => {
    if (!(Number.isInteger(warm_start) && warm_start >= 2))
      throw new RangeError(`ewma: warm_start is ${warm_start}; give a whole number of at least 2.`);
    if (!(lambda > 0 && lambda <= 1))
      throw new RangeError(`ewma: lambda_val is ${lambda}; give a number above 0 and up to 1.`);
  },
  fresh: () => ({ drift: false, warning: false, baseline: { n: 0, mean: 0, squares: 0 }, mean: 0, decay: 1 }),
  step: (state, { warm_start, lambda_val: lambda, drift_threshold, warning_threshold }, value) => {
    if (state.baseline.n < warm_start) {
      learn(state.baseline, value);
      return;
    }
    state.mean = (1 - lambda) * state.mean + lambda * standardise(state.baseline, value);
    state.decay *= (1 - lambda) ** 2;
    const sd = Math.sqrt((lambda / (2 - lambda)) * (1 - state.decay));
    state.drift = Math.abs(state.mean) > drift_threshold * sd;
    state.warning = !state.drift && Math.abs(state.mean) > warning_threshold * sd;
  },
});
