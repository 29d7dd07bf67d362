import betainc from '@stdlib/math-base-special-betainc';
import gammainc from '@stdlib/math-base-special-gammainc';
import normal from '@stdlib/stats-base-dists-normal';
import t from '@stdlib/stats-base-dists-t';

/** Share of the χ² distribution with `dof` degrees of freedom above `x`; accurate far into the tail. */
export function chiSquareTail(x: number, dof: number): number {
  return x <= 0 ? 1 : gammainc(x / 2, dof / 2, true, true);
}

/** Share of the F distribution with `above` and `below` degrees of freedom (need not be whole) above `x`. */
export function fTail(x: number, above: number, below: number): number {
  return x <= 0 ? 1 : betainc(below / (below + above * x), below / 2, above / 2, true, false);
}

/** Share of the standard normal distribution above `z`; accurate far into the tail. */
export function normalTail(z: number): number {
  return normal.cdf(-z, 0, 1);
}

/** Quantile of the standard normal distribution. */
export function normalQuantile(p: number): number {
  return normal.quantile(p, 0, 1);
}

/** Two-sided p-value of Student's t with `dof` degrees of freedom (need not be whole). */
export function studentTwoSided(statistic: number, dof: number): number {
  return Math.min(1, 2 * t.cdf(-Math.abs(statistic), dof));
}

/** Quantile of Student's t with `dof` degrees of freedom. */
export function studentQuantile(p: number, dof: number): number {
  return t.quantile(p, dof);
}
