import { detectorKind } from './kind.js';
import type { Flags } from './types.js';

const defaults = {
  /** Values and errors before the first alarm. */
  warm_start: 30,
  /** Share of the largest distance below which it warns. */
  alpha: 0.95,
  /** Share of the largest distance below which it alarms. */
  beta: 0.9,
};
type Params = typeof defaults;

interface State extends Flags {
  n: number;
  errors: number;
  lastError: number;
  mean: number;
  squares: number;
  largest: number;
}

/**
 * EDDM (Baena-García et al. 2006): mean + 2 standard deviations of the distance between errors, against its largest value
 * so far. As in River a warning stays on between errors, also at the alarm.
 */
export const eddm = detectorKind<Params, State>({
  name: 'eddm',
  input: 'errors',
  defaults,
  sensitivity: { parameter: 'beta', loud: 0.949, quiet: 0.02 },
  check: ({ alpha, beta }) => {
    if (alpha < beta)
      throw new RangeError(
        `eddm: alpha is ${alpha} and beta ${beta}; alpha (warning) must be at least beta (drift).`,
      );
  },
  fresh: () => ({
    drift: false,
    warning: false,
    n: 0,
    errors: 0,
    lastError: 0,
    mean: 0,
    squares: 0,
    largest: -1,
  }),
  step: (state, params, error) => {
    state.n++;
    if (error !== 1) return;
    state.errors++;
    const distance = state.n - state.lastError;
    const before = state.mean;
    state.mean += (1 / state.errors) * (distance - before);
    state.squares += (distance - before) * (distance - state.mean);
    state.lastError = state.n;
    if (state.n <= params.warm_start) return;
    const spread = state.errors > 1 ? Math.sqrt(state.squares / (state.errors - 1)) : 0;
    const reach = state.mean + 2 * spread;
    if (reach > state.largest) {
      state.largest = reach;
    } else if (state.errors > params.warm_start) {
      const level = reach / state.largest;
      if (level < params.beta) state.drift = true;
      else state.warning = level < params.alpha;
    }
  },
});
