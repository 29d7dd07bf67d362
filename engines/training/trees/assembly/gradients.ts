// First and second derivatives of the losses, in double precision, then rounded to the integers that histograms add.
import { exponential } from './math';

/**
 * Writes {g, h} as two f64 a row to `pairs`, and the largest |g| and h to `maxima`. `kind`: 0 squared, 1 absolute,
 * 2 quantile (a = level), 3 Poisson (a = factor on h), 4 logistic, 5 softmax (`scores` are probabilities, a = class,
 * b = K/(K−1)). `weights` 0 means all 1.
 */
export function gradients(
  kind: i32,
  scores: usize,
  bias: f64,
  labels: usize,
  weights: usize,
  count: i32,
  a: f64,
  b: f64,
  pairs: usize,
  maxima: usize,
): void {
  let mostG: f64 = 0;
  let mostH: f64 = 0;
  for (let i: usize = 0, end = (<usize>count) << 3; i < end; i += 8) {
    const score = load<f64>(scores + i) + bias;
    const label = load<f64>(labels + i);
    let g: f64 = 0;
    let h: f64 = 1;
    if (kind == 0) {
      g = score - label;
    } else if (kind == 1) {
      g = select<f64>(1, select<f64>(-1, 0, score < label), score > label);
    } else if (kind == 2) {
      g = select<f64>(1 - a, -a, score >= label);
    } else if (kind == 3) {
      const rate = exponential(score);
      g = rate - label;
      h = rate * a;
    } else if (kind == 4) {
      const p = 1 / (1 + exponential(-score));
      g = p - label;
      h = p * (1 - p);
    } else {
      g = select<f64>(score - 1, score, label == a);
      h = b * (score * (1 - score));
    }
    if (weights != 0) {
      const weight = load<f64>(weights + i);
      g *= weight;
      h *= weight;
    }
    store<f64>(pairs + (i << 1), g);
    store<f64>(pairs + (i << 1), h, 8);
    mostG = max<f64>(mostG, abs<f64>(g));
    mostH = max<f64>(mostH, h);
  }
  store<f64>(maxima, mostG);
  store<f64>(maxima, mostH, 8);
}

/**
 * Rounds {g, h} times their scales to i32 pairs, half to even. h is at least 1, so that a cell is empty only without rows. Both
 * numbers of a row go through one chain of SIMD steps.
 */
export function quantise(pairs: usize, count: i32, gScale: f64, hScale: f64, gradients: usize): void {
  const scales = f64x2.replace_lane(f64x2.splat(gScale), 1, hScale);
  const fewest = i32x4(i32.MIN_VALUE, 1, i32.MIN_VALUE, i32.MIN_VALUE);
  for (let i: usize = 0, end = (<usize>count) << 3; i < end; i += 8) {
    const rounded = f64x2.nearest(f64x2.mul(v128.load(pairs + (i << 1)), scales));
    const whole = i32x4.max_s(i32x4.trunc_sat_f64x2_s_zero(rounded), fewest);
    v128.store64_lane(gradients + i, whole, 0);
  }
}

/** Σg and Σh of the listed rows, as two f64 (whole numbers under 2^53). */
export function sumGradients(gradients: usize, rows: usize, count: i32, sums: usize): void {
  let total = i64x2.splat(0);
  for (let i: usize = 0, end = (<usize>count) << 2; i < end; i += 4) {
    total = i64x2.add(total, v128.load_ext<i32>(gradients + ((<usize>load<u32>(rows + i)) << 3)));
  }
  store<f64>(sums, <f64>i64x2.extract_lane(total, 0));
  store<f64>(sums, <f64>i64x2.extract_lane(total, 1), 8);
}
