import type { Numbers } from '../numeric/numbers.js';
import { mean, variance } from '../numeric/sums.js';

/** Limits of a metric; null: no limit on that side. */
export interface Thresholds {
  readonly lower: number | null;
  readonly upper: number | null;
}

/** Where limits come from: mean ± `k` population standard deviations of the reference chunks (default 3), or constants. */
export type ThresholdRule =
  | { readonly kind: 'sd'; readonly k?: number }
  | { readonly kind: 'constant'; readonly lower: number | null; readonly upper: number | null };

/** Limits from the realised values of the reference chunks, cut to the metric's range; no chunks give no limits. */
export function thresholdsOf(
  values: Numbers,
  rule: ThresholdRule = { kind: 'sd' },
  range: readonly [number, number] = [0, 1],
): Thresholds {
  if (rule.kind === 'constant') return { lower: rule.lower, upper: rule.upper };
  if (values.length === 0) return { lower: null, upper: null };
  const middle = mean(values);
  const reach = (rule.k ?? 3) * Math.sqrt(variance(values));
  return { lower: Math.max(range[0], middle - reach), upper: Math.min(range[1], middle + reach) };
}

/** Whether a value lies outside its limits. */
export function outside(v: number, { lower, upper }: Thresholds): boolean {
  return (lower !== null && v < lower) || (upper !== null && v > upper);
}
