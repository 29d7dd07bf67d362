import type { Numbers } from '../numeric/numbers.js';
import { quantileOfSorted } from '../numeric/quantile.js';
import { sorted } from '../numeric/radix.js';
import { type Outcome, absent, value } from '../outcome.js';

/** When labels came: milliseconds from the event to its label, null where it has not come yet, and the age of each event. */
export interface LabelArrivals {
  readonly delays: ArrayLike<number | null | undefined>;
  /** Milliseconds from each event to now. */
  readonly ages: Numbers;
}

/** The label-delay curve: share of labels that have come by an age, and quantiles of the delay among those that came. */
export interface LabelDelay {
  readonly coverage: number;
  readonly labelled: number;
  readonly rows: number;
  /** Delay in ms below which this share of the labels that came was. */
  readonly quantiles: readonly { readonly share: number; readonly delay: number }[];
  /** Share labelled by each age in ms, among the events that are at least so old; null where none is. */
  readonly curve: readonly { readonly age: number; readonly coverage: number | null }[];
}

/** Describes how labels mature. `ages` of the curve default to 0, ¼, ½, ¾ and all of the oldest event's age. */
export function labelDelay({ delays, ages }: LabelArrivals, at?: readonly number[]): LabelDelay {
  if (delays.length !== ages.length)
    throw new RangeError(
      `${delays.length} delays for ${ages.length} events; give one for each, null where the label is missing.`,
    );
  const came: number[] = [];
  let oldest = 0;
  for (let i = 0; i < ages.length; i++) {
    const delay = delays[i];
    if (typeof delay === 'number' && Number.isFinite(delay)) came.push(delay);
    oldest = Math.max(oldest, ages[i] ?? 0);
  }
  const ascending = sorted(came);
  const points = at ?? [0, 0.25, 0.5, 0.75, 1].map((share) => share * oldest);
  return {
    coverage: ages.length > 0 ? came.length / ages.length : 0,
    labelled: came.length,
    rows: ages.length,
    quantiles:
      came.length === 0
        ? []
        : [0.5, 0.9, 0.99].map((share) => ({ share, delay: quantileOfSorted(ascending, share) })),
    curve: points.map((age) => ({ age, coverage: coverageAt(delays, ages, age) })),
  };
}

function coverageAt(delays: LabelArrivals['delays'], ages: Numbers, age: number): number | null {
  let old = 0;
  let labelled = 0;
  for (let i = 0; i < ages.length; i++) {
    if ((ages[i] ?? 0) < age) continue;
    old++;
    const delay = delays[i];
    if (typeof delay === 'number' && delay <= age) labelled++;
  }
  return old > 0 ? labelled / old : null;
}

/** One chunk's estimate beside the truth that came later. */
export interface EstimatePair {
  readonly estimated: number | null;
  readonly realized: number | null;
  readonly samplingError: number | null;
  readonly alert: boolean;
  readonly realizedAlert: boolean | null;
}

/** How good estimates turned out to be, once their labels came. */
export interface Reconciliation {
  /** Chunks with both numbers. */
  readonly chunks: number;
  readonly meanAbsoluteError: Outcome;
  readonly bias: Outcome;
  /** Share of chunks whose estimate is within two sampling errors of the truth. */
  readonly withinTwoErrors: Outcome;
  /** Alerts of the estimate: confirmed by the truth, not confirmed, and alerts of the truth that the estimate missed. */
  readonly alerts: { readonly confirmed: number; readonly refuted: number; readonly missed: number };
}

/** Compares estimates with realised values, chunk by chunk. */
export function reconcile(pairs: readonly EstimatePair[]): Reconciliation {
  let chunks = 0;
  let distance = 0;
  let bias = 0;
  let near = 0;
  const alerts = { confirmed: 0, refuted: 0, missed: 0 };
  for (const { estimated, realized, samplingError, alert, realizedAlert } of pairs) {
    if (estimated === null || realized === null) continue;
    chunks++;
    distance += Math.abs(estimated - realized);
    bias += estimated - realized;
    if (samplingError !== null && Math.abs(estimated - realized) <= 2 * samplingError) near++;
    if (alert && realizedAlert) alerts.confirmed++;
    else if (alert) alerts.refuted++;
    else if (realizedAlert) alerts.missed++;
  }
  const per = (sum: number): Outcome =>
    chunks > 0 ? value(sum / chunks) : absent('no chunk has both an estimate and labels');
  return { chunks, meanAbsoluteError: per(distance), bias: per(bias), withinTwoErrors: per(near), alerts };
}
