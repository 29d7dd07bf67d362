import type { Numbers } from './numbers.js';

/** Sum with Neumaier's compensation: the error does not grow with the number of rows. */
export function sum(values: Numbers): number {
  let total = 0;
  let lost = 0;
  for (let i = 0; i < values.length; i++) {
    const v = values[i] ?? 0;
    const next = total + v;
    lost += Math.abs(total) >= Math.abs(v) ? total - next + v : v - next + total;
    total = next;
  }
  return total + lost;
}

/** Arithmetic mean; NaN for no rows (callers name that absence). */
export function mean(values: Numbers): number {
  return sum(values) / values.length;
}

/** Variance around the mean, divided by `n − ddof` (default 0: population). */
export function variance(values: Numbers, ddof = 0): number {
  const centre = mean(values);
  const squares = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) squares[i] = ((values[i] ?? 0) - centre) ** 2;
  return sum(squares) / (values.length - ddof);
}
