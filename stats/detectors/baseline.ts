/** Mean and spread learnt from the first values of a stream. */
export interface Baseline {
  n: number;
  mean: number;
  squares: number;
}

/** Learns one value (Welford 1962). */
export function learn(baseline: Baseline, value: number): void {
  baseline.n++;
  const before = baseline.mean;
  baseline.mean += (value - before) / baseline.n;
  baseline.squares += (value - before) * (value - baseline.mean);
}

/** The value in standard deviations from the baseline; a constant baseline makes any other value infinitely far, its own 0. */
export function standardise(baseline: Baseline, value: number): number {
  const gap = value - baseline.mean;
  const sd = Math.sqrt(baseline.squares / (baseline.n - 1));
  // Rounding of the mean of equal values is no deviation.
  if (Math.abs(gap) <= 1e-12 * Math.abs(baseline.mean)) return 0;
  return sd > 0 ? gap / sd : gap > 0 ? Number.MAX_VALUE : -Number.MAX_VALUE;
}
