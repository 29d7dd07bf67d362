import { detectorKind } from './kind.js';
import type { Flags } from './types.js';

const defaults = {
  /** Chance of a false alarm that the bound allows at one test. */
  drift_confidence: 0.001,
  /** The same for warnings. */
  warning_confidence: 0.005,
  /** Weight of the newest value. */
  lambda_val: 0.05,
  /** Whether a falling mean alarms too. */
  two_sided_test: false,
};
type Params = typeof defaults;

/** An exponentially weighted mean and its bounding condition (sum of squared weights); n 0: it has seen nothing. */
interface Weighted {
  n: number;
  mean: number;
  squares: number;
}

interface State extends Flags {
  all: Weighted;
  beforeRise: Weighted;
  sinceRise: Weighted;
  beforeFall: Weighted;
  sinceFall: Weighted;
  riseCut: number;
  fallCut: number;
}

const empty = (): Weighted => ({ n: 0, mean: 0, squares: 1 });

/** HDDM with weighted averages (Frías-Blanco et al. 2015): McDiarmid's bound between two exponentially weighted means. */
export const hddmW = detectorKind<Params, State>({
  name: 'hddm-w',
  input: 'bounded',
  defaults,
  sensitivity: { parameter: 'drift_confidence', loud: 0.5, quiet: 1e-80 },
  check: ({ lambda_val: lambda, drift_confidence: drift, warning_confidence: warning }) => {
    if (!(lambda > 0 && lambda <= 1))
      throw new RangeError(`hddm-w: lambda_val is ${lambda}; give a number above 0 and up to 1.`);
    if (!(drift > 0 && drift < 1 && warning > 0 && warning < 1))
      throw new RangeError(`hddm-w: confidences are ${drift} and ${warning}; give numbers between 0 and 1.`);
  },
  fresh: () => ({
    drift: false,
    warning: false,
    all: empty(),
    beforeRise: empty(),
    sinceRise: empty(),
    beforeFall: empty(),
    sinceFall: empty(),
    riseCut: Infinity,
    fallCut: -Infinity,
  }),
  step: (state, params, value) => {
    add(state.all, params.lambda_val, value);
    const reach = bound(state.all.squares, params.drift_confidence);
    if (state.all.mean + reach < state.riseCut) {
      state.riseCut = state.all.mean + reach;
      state.beforeRise = { ...state.all };
      state.sinceRise = empty();
    } else add(state.sinceRise, params.lambda_val, value);
    if (state.all.mean - reach > state.fallCut) {
      state.fallCut = state.all.mean - reach;
      state.beforeFall = { ...state.all };
      state.sinceFall = empty();
    } else add(state.sinceFall, params.lambda_val, value);
    state.drift = exceeds(state.sinceRise, state.beforeRise, params.drift_confidence);
    state.warning = !state.drift && exceeds(state.sinceRise, state.beforeRise, params.warning_confidence);
    if (!params.two_sided_test) return;
    if (exceeds(state.beforeFall, state.sinceFall, params.drift_confidence)) state.drift = true;
    else if (exceeds(state.beforeFall, state.sinceFall, params.warning_confidence)) state.warning = true;
  },
});

function add(mean: Weighted, lambda: number, value: number): void {
  mean.mean = mean.n === 0 ? value : lambda * value + (1 - lambda) * mean.mean;
  mean.squares = lambda * lambda + (1 - lambda) ** 2 * mean.squares;
  mean.n++;
}

function bound(squares: number, confidence: number): number {
  return Math.sqrt((squares * Math.log(1 / confidence)) / 2);
}

function exceeds(high: Weighted, low: Weighted, confidence: number): boolean {
  if (high.n === 0 || low.n === 0) return false;
  return high.mean - low.mean > bound(high.squares + low.squares, confidence);
}
