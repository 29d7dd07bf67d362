import { argsort } from '../numeric/argsort.js';
import type { Numbers } from '../numeric/numbers.js';

/** A calibrator: maps a raw score to a probability. */
export interface Calibrator {
  readonly kind: 'isotonic' | 'platt' | 'none';
  apply(score: number): number;
}

/** An increasing piecewise linear function through points, constant outside. */
export interface Isotonic extends Calibrator {
  readonly kind: 'isotonic';
  readonly x: Float64Array;
  readonly y: Float64Array;
}

/**
 * Isotonic regression of labels (0 or 1) on scores: the increasing step function of least squares, by pooling adjacent
 * violators, joined linearly between its steps (scikit-learn's form). Rows of one score are one point with their mean label.
 */
export function fitIsotonic(scores: Numbers, labels: Numbers): Isotonic {
  return isotonicThrough(pointsOf(scores, labels));
}

/** Rows of one score each: ascending distinct scores, their mean label and how many rows they are. */
export interface ScorePoints {
  readonly x: ArrayLike<number>;
  readonly mean: ArrayLike<number>;
  readonly weight: ArrayLike<number>;
}

/** Isotonic regression through points instead of rows. */
export function isotonicThrough(points: ScorePoints): Isotonic {
  const blocks = pooled(points.mean, points.weight);
  const keptX: number[] = [];
  const keptY: number[] = [];
  for (const { from, to, mean } of blocks) {
    keptX.push(points.x[from] ?? 0);
    keptY.push(mean);
    if (to === from) continue;
    keptX.push(points.x[to] ?? 0);
    keptY.push(mean);
  }
  const x = Float64Array.from(keptX);
  const y = Float64Array.from(keptY);
  return { kind: 'isotonic', x, y, apply: (score) => interpolate(x, y, score) };
}

function pointsOf(scores: Numbers, labels: Numbers): ScorePoints {
  const x: number[] = [];
  const sums: number[] = [];
  const weight: number[] = [];
  for (const row of argsort(scores)) {
    const score = scores[row] ?? 0;
    if (x[x.length - 1] !== score) {
      x.push(score);
      sums.push(0);
      weight.push(0);
    }
    const last = x.length - 1;
    sums[last] = (sums[last] ?? 0) + (labels[row] ?? 0);
    weight[last] = (weight[last] ?? 0) + 1;
  }
  return { x, mean: sums.map((s, i) => s / (weight[i] ?? 1)), weight };
}

interface Block {
  readonly from: number;
  readonly to: number;
  readonly mean: number;
  readonly weight: number;
}

function pooled(means: ArrayLike<number>, weights: ArrayLike<number>): Block[] {
  const blocks: Block[] = [];
  Array.from(means).forEach((mean, i) => {
    let block: Block = { from: i, to: i, mean, weight: weights[i] ?? 1 };
    for (let before = blocks.at(-1); before && before.mean >= block.mean; before = blocks.at(-1)) {
      const weight = before.weight + block.weight;
      block = {
        from: before.from,
        to: i,
        mean: (before.mean * before.weight + block.mean * block.weight) / weight,
        weight,
      };
      blocks.pop();
    }
    blocks.push(block);
  });
  return blocks;
}

function interpolate(x: Float64Array, y: Float64Array, at: number): number {
  const last = x.length - 1;
  if (at <= (x[0] ?? 0)) return y[0] ?? 0;
  if (at >= (x[last] ?? 0)) return y[last] ?? 0;
  let low = 0;
  let high = last;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((x[middle] ?? 0) <= at) low = middle;
    else high = middle;
  }
  const left = x[low] ?? 0;
  const share = (at - left) / ((x[high] ?? 1) - left);
  return (y[low] ?? 0) + share * ((y[high] ?? 0) - (y[low] ?? 0));
}
