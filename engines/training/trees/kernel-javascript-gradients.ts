import type { GradientsJob, Kernel } from './kernel.js';
import { exponential } from './kernel-math.js';
import type { TreeMemory } from './memory.js';

/** Adding and taking away 1.5 · 2^52 rounds to the nearest whole number, half to even. */
const ROUND = 6755399441055744;

/** Twins of `assembly/gradients.ts`. */
export function createGradientTwins(
  memory: TreeMemory,
): Pick<Kernel, 'gradients' | 'quantise' | 'sumGradients'> {
  const { i32, u32, f64 } = memory;
  return {
    gradients: gradientsTwin(memory),
    quantise({ pairs, count, gScale, hScale, gradients }) {
      for (let i = 0; i < count; i++) {
        i32[gradients / 4 + 2 * i] = (f64[pairs / 8 + 2 * i] ?? 0) * gScale + ROUND - ROUND;
        const h = (f64[pairs / 8 + 2 * i + 1] ?? 0) * hScale + ROUND - ROUND;
        i32[gradients / 4 + 2 * i + 1] = Math.max(1, h);
      }
    },
    sumGradients({ gradients, rows, count, sums }) {
      let g = 0;
      let h = 0;
      for (let i = 0; i < count; i++) {
        const row = u32[rows / 4 + i] ?? 0;
        g += i32[gradients / 4 + 2 * row] ?? 0;
        h += i32[gradients / 4 + 2 * row + 1] ?? 0;
      }
      f64[sums / 8] = g;
      f64[sums / 8 + 1] = h;
    },
  };
}

type Derivatives = (score: number, label: number, pair: { g: number; h: number }) => void;

function derivativesOf({ kind, a, b }: GradientsJob): Derivatives {
  switch (kind) {
    case 0:
      return (score, label, pair) => void (pair.g = score - label);
    case 1:
      return (score, label, pair) => void (pair.g = score > label ? 1 : score < label ? -1 : 0);
    case 2:
      return (score, label, pair) => void (pair.g = score >= label ? 1 - a : -a);
    case 3:
      return (score, label, pair) => {
        const rate = exponential(score);
        pair.g = rate - label;
        pair.h = rate * a;
      };
    case 4:
      return (score, label, pair) => {
        const p = 1 / (1 + exponential(-score));
        pair.g = p - label;
        pair.h = p * (1 - p);
      };
    default:
      return (score, label, pair) => {
        pair.g = label === a ? score - 1 : score;
        pair.h = b * (score * (1 - score));
      };
  }
}

function gradientsTwin({ f64 }: TreeMemory): Kernel['gradients'] {
  return (job) => {
    const derive = derivativesOf(job);
    const pair = { g: 0, h: 1 };
    let mostG = 0;
    let mostH = 0;
    for (let i = 0; i < job.count; i++) {
      derive((f64[job.scores / 8 + i] ?? 0) + job.bias, f64[job.labels / 8 + i] ?? 0, pair);
      const weight = job.weights === 0 ? 1 : (f64[job.weights / 8 + i] ?? 0);
      const g = pair.g * weight;
      const h = pair.h * weight;
      f64[job.pairs / 8 + 2 * i] = g;
      f64[job.pairs / 8 + 2 * i + 1] = h;
      mostG = Math.max(mostG, Math.abs(g));
      mostH = Math.max(mostH, h);
    }
    f64[job.maxima / 8] = mostG;
    f64[job.maxima / 8 + 1] = mostH;
  };
}
