/** Error of Stirling's formula for ln n! (Loader 2000): ln n! − [(n + ½) ln n − n + ½ ln 2π]. */
function stirlingError(n: number): number {
  if (n > 15) {
    const s = 1 / (n * n);
    return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - s / 1188) * s) * s) * s) / n;
  }
  let factorial = 1;
  for (let i = 2; i <= n; i++) factorial *= i;
  return Math.log(factorial) - ((n + 0.5) * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI));
}

/** Deviance term x ln(x/m) + m − x (Loader 2000), without cancellation where x is near m. */
function deviance(x: number, m: number): number {
  const difference = x - m;
  if (Math.abs(difference) >= 0.1 * (x + m)) return x * Math.log(x / m) + m - x;
  const v = difference / (x + m);
  let sum = difference * v;
  let power = 2 * x * v;
  for (let j = 1; j < 1000; j++) {
    power *= v * v;
    const next = sum + power / (2 * j + 1);
    if (next === sum) break;
    sum = next;
  }
  return sum;
}

/** Logarithm of the binomial probability of x successes in n trials of chance p (Loader's saddle-point form; ~1e-14). */
export function logBinomial(x: number, n: number, p: number): number {
  const q = 1 - p;
  if (p <= 0) return x === 0 ? 0 : -Infinity;
  if (q <= 0) return x === n ? 0 : -Infinity;
  if (x === 0) return n * Math.log1p(-p);
  if (x === n) return n * Math.log(p);
  const exponent =
    stirlingError(n) - stirlingError(x) - stirlingError(n - x) - deviance(x, n * p) - deviance(n - x, n * q);
  return exponent + 0.5 * Math.log(n / (2 * Math.PI * x * (n - x)));
}
