import { normalQuantile } from '../distributions.js';

/** A positive estimate with a one-sided bound that holds with `confidence`. */
export interface Bounded {
  readonly estimate: number;
  readonly bound: number;
  readonly confidence: number;
}

/**
 * Lower bound, at `confidence`, of the ratio of two independent positive quantities, from the lower bound of the one above and the
 * upper bound of the one below: the method of variance estimates recovery on logarithms (Zou and Donner 2008, Statistics in
 * Medicine 27:1693; Donner and Zou 2012, Statistical Methods in Medical Research 21:347). Bounds of another confidence are scaled
 * as those of a normal distribution. 0 where the numerator's lower bound is not positive.
 */
export function ratioLowerBound(above: Bounded, below: Bounded, confidence: number): number {
  const under = Math.log(above.estimate / Math.max(0, above.bound));
  const over = Math.log(below.bound / below.estimate);
  const distance = Math.hypot(
    scaled(under, above.confidence, confidence),
    scaled(over, below.confidence, confidence),
  );
  return (above.estimate / below.estimate) * Math.exp(-distance);
}

/** A distance between estimate and bound, for another confidence; a bound on the wrong side of its estimate counts as none. */
function scaled(distance: number, confidence: number, wanted: number): number {
  const inside = Math.max(0, distance);
  return confidence === wanted ? inside : (inside * normalQuantile(wanted)) / normalQuantile(confidence);
}
