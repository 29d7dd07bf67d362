import { detectorKind } from './kind.js';
import type { Flags } from './types.js';

const defaults = {
  /** Chance of a false alarm that the bound allows at one test. */
  drift_confidence: 0.001,
  /** The same for warnings. */
  warning_confidence: 0.005,
  /** Whether a falling mean alarms too. */
  two_sided_test: false,
};
type Params = typeof defaults;

interface State extends Flags {
  n: number;
  mean: number;
  minN: number;
  minMean: number;
  maxN: number;
  maxMean: number;
}

/** HDDM with averages (Frías-Blanco et al. 2015): Hoeffding's bound between the mean up to a cut point and the mean of all. */
export const hddmA = detectorKind<Params, State>({
  name: 'hddm-a',
  input: 'bounded',
  defaults,
  sensitivity: { parameter: 'drift_confidence', loud: 0.5, quiet: 1e-80 },
  check: ({ drift_confidence: drift, warning_confidence: warning }) => {
    if (!(drift > 0 && drift < 1 && warning > 0 && warning < 1))
      throw new RangeError(`hddm-a: confidences are ${drift} and ${warning}; give numbers between 0 and 1.`);
  },
  fresh: () => ({ drift: false, warning: false, n: 0, mean: 0, minN: 0, minMean: 0, maxN: 0, maxMean: 0 }),
  step: (state, params, value) => {
    state.n++;
    state.mean += (1 / state.n) * (value - state.mean);
    moveCutPoints(state, Math.log(1 / params.drift_confidence));
    state.drift = differs(state.mean - state.minMean, state.n, state.minN, params.drift_confidence);
    state.warning =
      !state.drift && differs(state.mean - state.minMean, state.n, state.minN, params.warning_confidence);
    if (!params.two_sided_test) return;
    if (differs(state.maxMean - state.mean, state.n, state.maxN, params.drift_confidence)) state.drift = true;
    else if (differs(state.maxMean - state.mean, state.n, state.maxN, params.warning_confidence))
      state.warning = true;
  },
});

function moveCutPoints(state: State, evidence: number): void {
  const bound = (n: number): number => Math.sqrt((1 / (2 * n)) * evidence);
  const reach = bound(state.n);
  if (state.minN === 0 || state.minMean + bound(state.minN) >= state.mean + reach) {
    state.minN = state.n;
    state.minMean = state.mean;
  }
  if (state.maxN === 0 || state.maxMean - bound(state.maxN) <= state.mean - reach) {
    state.maxN = state.n;
    state.maxMean = state.mean;
  }
}

function differs(gap: number, n: number, cut: number, confidence: number): boolean {
  if (cut === n) return false;
  const m = ((n - cut) / cut) * (1 / n);
  return gap >= Math.sqrt((m / 2) * Math.log(2 / confidence));
}
