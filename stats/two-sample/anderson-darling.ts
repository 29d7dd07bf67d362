import { absent } from '../outcome.js';
import { eachTie } from './merge.js';
import { type SampleInput, pairOf } from './sample.js';
import type { TestResult } from './types.js';

// Scholz & Stephens (1987), table 1, for two samples: critical values of the standardised statistic and their levels.
const CRITICAL = [0.325, 1.226, 1.961, 2.718, 3.752, 4.592, 6.546];
const LEVELS = [0.25, 0.1, 0.05, 0.025, 0.01, 0.005, 0.001];
const CURVE = parabola(CRITICAL, LEVELS.map(Math.log));

/**
 * Two-sample Anderson–Darling test (Scholz & Stephens 1987, mid-ranks): as Cramér–von Mises, with the tails weighted up.
 * The statistic is standardised. Its p-value is interpolated in the published table and stays within [0.001, 0.25].
 */
export function andersonDarling(reference: SampleInput, current: SampleInput): TestResult {
  const pair = pairOf(reference, current);
  if ('kind' in pair) return pair;
  const n = pair.x.length;
  const m = pair.y.length;
  const all = n + m;
  if (all < 4) return absent(`${all} values in both samples together, and the method needs 4`);
  let total = 0;
  let distinct = 0;
  eachTie(pair.x, pair.y, ({ inX, inY, belowX, belowY }) => {
    distinct++;
    const tied = inX + inY;
    const rank = belowX + belowY + tied / 2;
    const spread = rank * (all - rank) - (all * tied) / 4;
    if (spread <= 0) return;
    const gapX = all * (belowX + inX / 2) - rank * n;
    const gapY = all * (belowY + inY / 2) - rank * m;
    total += ((tied / all) * (gapX * gapX)) / n / spread + ((tied / all) * (gapY * gapY)) / m / spread;
  });
  if (distinct < 2) return absent('all values of both samples are equal');
  const statistic = ((total * (all - 1)) / all - 1) / Math.sqrt(varianceOf(n, m));
  return { kind: 'value', statistic, pValue: interpolated(statistic) };
}

/** Variance of the statistic for two samples (their equation 4). */
function varianceOf(n: number, m: number): number {
  const all = n + m;
  const inverse = 1 / n + 1 / m;
  let harmonic = 0;
  let g = 0;
  for (let j = 2; j < all; j++) {
    harmonic += 1 / (all - j + 1);
    g += harmonic / j;
  }
  const h = harmonic + 1;
  const a = 4 * g - 6 + (10 - 6 * g) * inverse;
  const b = (2 * g - 4) * 4 + 16 * h + (2 * g - 14 * h - 4) * inverse - 8 * h + 4 * g - 6;
  const c = (6 * h + 2 * g - 2) * 4 + (4 * h - 4 * g + 6) * 2 + (2 * h - 6) * inverse + 4 * h;
  const d = (2 * h + 6) * 4 - 8 * h;
  return (((a * all + b) * all + c) * all + d) / ((all - 1) * (all - 2) * (all - 3));
}

function interpolated(statistic: number): number {
  if (statistic < 0.325) return 0.25;
  if (statistic > 6.546) return 0.001;
  const [c0 = 0, c1 = 0, c2 = 0] = CURVE;
  return Math.exp(c0 + (c1 + c2 * statistic) * statistic);
}

/** Least-squares parabola through points, by orthogonal polynomials. */
function parabola(x: readonly number[], y: readonly number[]): [number, number, number] {
  const n = x.length;
  const average = (values: readonly number[]): number => values.reduce((all, v) => all + v, 0) / n;
  const dot = (a: readonly number[], b: readonly number[]): number =>
    a.reduce((all, v, i) => all + v * (b[i] ?? 0), 0);
  const centre = average(x);
  const p1 = x.map((v) => v - centre);
  const spread = dot(p1, p1);
  const skew =
    dot(
      p1,
      p1.map((v) => v * v),
    ) / spread;
  const p2 = p1.map((v) => v * v - skew * v - spread / n);
  const a0 = average(y);
  const a1 = dot(p1, y) / spread;
  const a2 = dot(p2, y) / dot(p2, p2);
  const linear = a1 - a2 * (2 * centre + skew);
  return [a0 - a1 * centre + a2 * (centre * centre + skew * centre - spread / n), linear, a2];
}
