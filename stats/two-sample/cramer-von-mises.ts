import { eachTie } from './merge.js';
import { type SampleInput, pairOf } from './sample.js';
import type { TestResult } from './types.js';

/** Settings of the Cramér–von Mises test. */
export interface CvmOptions {
  /** Default `auto`: exact up to 20 values in each sample, as SciPy. */
  readonly method?: 'auto' | 'exact' | 'asymptotic';
}

/**
 * Two-sample Cramér–von Mises test (Anderson 1962): T is the mean squared distance of the two empirical CDFs, weighted by
 * the sample sizes, from mid-ranks. The asymptotic p-value is that of the limiting distribution at T with its mean and
 * variance corrected for the sample sizes, accurate also where it is tiny.
 */
export function cramerVonMises(
  reference: SampleInput,
  current: SampleInput,
  { method = 'auto' }: CvmOptions = {},
): TestResult {
  const pair = pairOf(reference, current, 2);
  if ('kind' in pair) return pair;
  const n = pair.x.length;
  const m = pair.y.length;
  const all = n + m;
  const k = n * m;
  let u = 0;
  let lost = 0;
  eachTie(pair.x, pair.y, ({ inX, inY, belowX, belowY }) => {
    const rank = belowX + belowY + (inX + inY + 1) / 2;
    const part = n * squaredGaps(rank - belowX, inX) + m * squaredGaps(rank - belowY, inY) - lost;
    const next = u + part;
    lost = next - u - part; // Kahan's correction: u is far larger than what it differs from its expectation by
    u = next;
  });
  const statistic = u / (k * all) - (4 * k - 1) / (6 * all);
  if (method === 'exact' || (method === 'auto' && Math.max(n, m) <= 20)) {
    return { kind: 'value', statistic, pValue: exactTail(statistic, n, m) };
  }
  const meanT = (1 + 1 / all) / 6;
  const varianceT = ((all + 1) * (4 * k * all - 3 * (n * n + m * m) - 2 * k)) / (45 * all * all * 4 * k);
  const corrected = 1 / 6 + (statistic - meanT) / Math.sqrt(45 * varianceT);
  return { kind: 'value', statistic, pValue: corrected < 0.003 ? 1 : limitTail(corrected) };
}

/** Σ (rank − own rank)² over `count` tied values whose own ranks are offset + 1 … offset + count, with gap = rank − offset. */
function squaredGaps(gap: number, count: number): number {
  return count * gap * gap - gap * count * (count + 1) + (count * (count + 1) * (2 * count + 1)) / 6;
}

/**
 * Tail of the limiting distribution of ω² (Smirnov 1936; Anderson & Darling 1952). Small x: 1 − the Bessel series of the
 * distribution function. Large x: the alternating integrals over the intervals where sin u is negative, which do not
 * cancel; u = π(2j − ½ − ½ cos θ) takes the square-root poles at both ends away, so that equal steps of θ converge fast.
 */
function limitTail(x: number): number {
  if (x < 0.4) return 1 - besselSeries(x);
  let total = 0;
  for (let j = 1; j <= 6; j++) {
    const steps = 200;
    let part = 0;
    for (let s = 0; s < steps; s++) {
      const theta = ((s + 0.5) * Math.PI) / steps;
      const u = Math.PI * (2 * j - 0.5 - 0.5 * Math.cos(theta));
      part += (2 / u) * Math.sqrt(-u / Math.sin(u)) * Math.exp((-x * u * u) / 2) * Math.sin(theta);
    }
    total += (j % 2 === 1 ? 1 : -1) * part * ((Math.PI / steps) * (Math.PI / 2));
  }
  return Math.min(1, Math.max(0, total / Math.PI));
}

function besselSeries(x: number): number {
  let total = 0;
  let weight = Math.sqrt(Math.PI); // Γ(k + ½) / k!
  for (let k = 0; k < 40; k++) {
    const y = 4 * k + 1;
    const q = (y * y) / (16 * x);
    const term =
      (weight / (Math.PI ** 1.5 * Math.sqrt(x))) * Math.sqrt(y) * Math.exp(-2 * q) * scaledBesselK(q);
    total += term;
    if (term < 1e-18) break;
    weight *= (k + 0.5) / (k + 1);
  }
  return total;
}

/** e^q K_¼(q) by the trapezoidal rule on its integral over cosh, which converges double-exponentially. */
function scaledBesselK(q: number): number {
  const step = 0.02;
  let total = 0.5;
  for (let t = step; ; t += step) {
    const decay = q * (Math.cosh(t) - 1);
    if (decay > 45) return total * step;
    total += Math.exp(-decay) * Math.cosh(t / 4);
  }
}

/** Share of all interleavings whose T is at least as large (Xiao, Gordon & Yakovlev 2006), by counting over the grid. */
function exactTail(statistic: number, n: number, m: number): number {
  const divisor = greatestCommonDivisor(n, m);
  const a = m / divisor;
  const b = n / divisor;
  const lcm = n * a;
  const limit = Math.floor((statistic * (n + m) ** 2 * lcm * lcm) / (n * m) + 1e-6);
  let row: Map<number, number>[] = [];
  for (let i = 0; i <= n; i++) {
    const next: Map<number, number>[] = [];
    for (let j = 0; j <= m; j++) {
      const here = new Map<number, number>();
      const square = (a * i - b * j) ** 2;
      if (i + j === 0) here.set(0, 1);
      for (const source of [row[j], next[j - 1]]) {
        source?.forEach((ways, sum) => here.set(sum + square, (here.get(sum + square) ?? 0) + ways));
      }
      next.push(here);
    }
    row = next;
  }
  let above = 0;
  let total = 0;
  row[m]?.forEach((ways, sum) => {
    total += ways;
    if (sum >= limit) above += ways;
  });
  return above / total;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
