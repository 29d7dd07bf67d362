import { logBinomial } from './binomial.js';

/**
 * Chance that the one-sided one-sample statistic D⁺ of n rows is at least d (Smirnov; Birnbaum & Tingey 1951):
 * d Σⱼ C(n,j) (d + j/n)^(j−1) (1 − d − j/n)^(n−j). For large n the sum is taken over every s-th term times s: the terms
 * are smooth and vanish with all derivatives at both ends, so that the trapezoidal rule converges faster than any power.
 */
export function smirnovTail(d: number, n: number): number {
  if (d <= 0) return 1;
  if (d >= 1) return 0;
  const last = Math.floor(n * (1 - d));
  const stride = n > 40_000 && d < 0.1 ? Math.floor(n / 8000) : 1;
  let total = stride === 1 ? Math.exp(n * Math.log1p(-d)) : 0;
  for (let j = stride === 1 ? 1 : stride; j <= last; j += stride) {
    const p = d + j / n;
    if (p >= 1) break;
    total += (stride * d * Math.exp(logBinomial(j, n, p))) / p;
  }
  return Math.min(1, total);
}

/**
 * Chance that the two-sided one-sample Kolmogorov statistic of n rows is at least d, by the method that is accurate for n
 * and d (Simard & L'Ecuyer 2011, doi 10.18637/jss.v039.i11; SciPy switches at the same places).
 */
export function kolmogorovTail(d: number, n: number): number {
  const t = n * d;
  if (d >= 1 || n < 1) return 0;
  if (t <= 0.5) return 1;
  if (t <= 1) return 1 - productBelowOne(n, 2 * t - 1);
  if (t >= n - 1) return 2 * (1 - d) ** n;
  if (d >= 0.5) return 2 * smirnovTail(d, n);
  const square = t * d;
  if (n <= 140) return square <= 4 ? 1 - durbin(n, d) : Math.min(1, 2 * smirnovTail(d, n));
  if (square >= 370) return 0;
  if (square >= 2.2) return Math.min(1, 2 * smirnovTail(d, n));
  return 1 - (n <= 100_000 && n * d ** 1.5 <= 1.4 ? durbin(n, d) : pelzGood(n, d));
}

function productBelowOne(n: number, factor: number): number {
  let product = 1;
  for (let i = 1; i <= n && product > 0; i++) product *= (i / n) * factor;
  return product;
}

/** P(D < d) exactly: a corner entry of the n-th power of Durbin's matrix (Marsaglia, Tsang & Wang 2003). */
function durbin(n: number, d: number): number {
  const k = Math.ceil(n * d);
  const size = 2 * k - 1;
  const power = matrixPower(durbinMatrix(size, k - n * d), size, n);
  let result = power.entries[(k - 1) * size + k - 1] ?? 0;
  let exponent = power.exponent;
  for (let i = 1; i <= n; i++) {
    result = (result * i) / n;
    if (result < 1e-140) {
      result *= 1e140;
      exponent -= 140;
    }
  }
  return result * 10 ** exponent;
}

function durbinMatrix(size: number, h: number): Float64Array {
  const entries = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      if (i - j + 1 < 0) continue;
      let entry = 1;
      if (j === 0) entry -= h ** (i + 1);
      if (i === size - 1) entry -= h ** (size - j);
      if (j === 0 && i === size - 1 && 2 * h > 1) entry += (2 * h - 1) ** size;
      for (let g = 2; g <= i - j + 1; g++) entry /= g;
      entries[i * size + j] = entry;
    }
  }
  return entries;
}

/** A matrix times 10^exponent. */
interface Scaled {
  readonly entries: Float64Array;
  readonly exponent: number;
}

function matrixPower(base: Float64Array, size: number, n: number): Scaled {
  if (n === 1) return { entries: base, exponent: 0 };
  const half = matrixPower(base, size, Math.floor(n / 2));
  let entries = product(half.entries, half.entries, size);
  let exponent = 2 * half.exponent;
  if (n % 2 === 1) entries = product(base, entries, size);
  const middle = Math.floor(size / 2) * (size + 1);
  if ((entries[middle] ?? 0) > 1e140) {
    entries = entries.map((v) => v * 1e-140);
    exponent += 140;
  }
  return { entries, exponent };
}

function product(a: Float64Array, b: Float64Array, size: number): Float64Array {
  const c = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < size; k++) {
      const factor = a[i * size + k] ?? 0;
      if (factor === 0) continue;
      for (let j = 0; j < size; j++)
        c[i * size + j] = (c[i * size + j] ?? 0) + factor * (b[k * size + j] ?? 0);
    }
  }
  return c;
}

/** P(D < d) by the asymptotic series of Pelz & Good (1976) up to n^(−3/2). */
function pelzGood(n: number, d: number): number {
  const z = Math.sqrt(n) * d;
  const z2 = z * z;
  const z4 = z2 * z2;
  const z6 = z4 * z2;
  const pi2 = Math.PI ** 2;
  const sums = [0, 0, 0, 0, 0, 0];
  const terms = Math.ceil((16 * z) / Math.PI) + 2;
  for (let k = 0; k < terms; k++) {
    const u = pi2 * (k + 0.5) ** 2;
    const half = Math.exp(-u / (2 * z2));
    const v = pi2 * (k + 1) ** 2;
    const whole = Math.exp(-v / (2 * z2));
    const parts = [
      half,
      half * (u - z2),
      half * (6 * z6 + 2 * z4 + (2 * z4 - 5 * z2) * u + (1 - 2 * z2) * u * u),
      whole * v,
      half *
        (u ** 3 * (5 - 30 * z2) +
          u * u * (-60 * z2 + 212 * z4) +
          u * (135 * z4 - 96 * z6) -
          30 * z6 -
          90 * z4 * z4),
      whole * (-v * v + 3 * v * z2),
    ];
    parts.forEach((part, i) => (sums[i] = (sums[i] ?? 0) + part));
  }
  const [s0 = 0, s1 = 0, s2 = 0, s2b = 0, s3 = 0, s3b = 0] = sums;
  // Each sum runs over all whole k; the terms of k and −1 − k (halves) or −k (wholes) are equal, hence the factor 2.
  const root = 2 * Math.sqrt(Math.PI / 2);
  const k0 = (root * s0) / z;
  const k1 = (root * s1) / (6 * z4);
  const k2 = (root * s2) / (72 * z6 * z) - (root * s2b) / (36 * z2 * z);
  const k3 = (root * s3) / (6480 * z6 * z4) + (root * s3b) / (216 * z6);
  return k0 + k1 / Math.sqrt(n) + k2 / n + k3 / n ** 1.5;
}
