import type { FloatColumn } from '../numeric/radix.js';
import { type SampleInput, momentsOf, pairOf } from './sample.js';
import { type TestResult, finiteResult } from './types.js';

/** Sums `power`(|F − G|) over the real line, each gap between neighbouring values weighted by its width. */
function integrated(reference: SampleInput, current: SampleInput, power: 1 | 2): TestResult {
  const pair = pairOf(reference, current);
  if ('kind' in pair) return pair;
  const { x, y } = pair;
  const total = compensatedIntegral(x, y, power);
  return finiteResult({ kind: 'value', statistic: total, pValue: null });
}

/** The integral, one value of either column after the other; equal values add gaps of no width. */
function compensatedIntegral(x: FloatColumn, y: FloatColumn, power: 1 | 2): number {
  const [n, m] = [x.length, y.length];
  let i = 0;
  let j = 0;
  let previous = Math.min(x[0] ?? 0, y[0] ?? 0);
  let total = 0;
  let lost = 0;
  while (i < n || j < m) {
    const a = i < n ? (x[i] ?? 0) : Infinity;
    const b = j < m ? (y[j] ?? 0) : Infinity;
    const at = a <= b ? a : b;
    if (at > previous) {
      const gap = Math.abs(i / n - j / m);
      const part = (power === 1 ? gap : gap * gap) * (at - previous) - lost;
      const next = total + part;
      lost = next - total - part;
      total = next;
      previous = at;
    }
    if (a <= b) i++;
    else j++;
  }
  return total;
}

/** Wasserstein distance W₁ between the empirical distributions, in the column's own unit. */
export function wasserstein(reference: SampleInput, current: SampleInput): TestResult {
  return integrated(reference, current, 1);
}

/** W₁ in standard deviations of the reference (population; at least 0.001, Evidently's rule, so that a constant column compares). */
export function wassersteinNormed(reference: SampleInput, current: SampleInput): TestResult {
  const pair = pairOf(reference, current);
  if ('kind' in pair) return pair;
  const moved = wasserstein(reference, current);
  if (moved.kind === 'absent') return moved;
  return finiteResult({ ...moved, statistic: moved.statistic / scaleOf(pair.x) });
}

/** What W₁ is divided by in {@link wassersteinNormed}, from the sorted reference. */
export function scaleOf(reference: FloatColumn): number {
  return Math.max(0.001, Math.sqrt(momentsOf(reference).variance));
}

/** Energy distance √(2 ∫ (F − G)²) (Székely & Rizzo 2013). */
export function energy(reference: SampleInput, current: SampleInput): TestResult {
  const square = integrated(reference, current, 2);
  return square.kind === 'absent'
    ? square
    : finiteResult({ ...square, statistic: Math.sqrt(2 * square.statistic) });
}
