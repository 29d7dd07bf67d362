import { logarithm, exponential, logisticOf } from './kernel-math.js';
import type { Objective, TreesParameters } from './parameters.js';

/** Labels and weights of rows; weight absent means all 1. */
export interface Judged {
  readonly label: Float64Array;
  readonly weight?: Float64Array | undefined;
}

/** One margin per output at row `row`, base included. */
export type MarginOf = (row: number, output: number) => number;

/** What a loss is made of, beside its derivatives (which are in the kernel under `kernelKind`). */
export interface ObjectiveRule {
  readonly kernelKind: number;
  /** The kernel's parameters a and b; softmax's a is the class, set per tree. */
  readonly constants: (parameters: TreesParameters, outputs: number) => { a: number; b: number };
  /** Best constant margins. */
  readonly base: (judged: Judged, parameters: TreesParameters, outputs: number) => number[];
  /** Level of the residual quantile that replaces a leaf's Newton step; undefined where the step stays. */
  readonly renewal: (parameters: TreesParameters) => number | undefined;
  /** Loss of one row with label y: lower is better. */
  readonly loss: (margin: MarginOf, row: number, y: number, context: LossContext) => number;
}

/** What a row's loss may depend on. */
export interface LossContext {
  readonly parameters: TreesParameters;
  readonly outputs: number;
}

const none = (): { a: number; b: number } => ({ a: 0, b: 0 });
const stays = (): undefined => undefined;

/** −log p, with p kept away from 0 so that one row cannot make a mean infinite. */
const surprise = (p: number): number => -logarithm(Math.max(p, 1e-15));

/** The losses by name. A new one is one entry here and one branch in the kernel's gradients. */
export const objectives: Record<Objective, ObjectiveRule> = {
  squared: {
    kernelKind: 0,
    constants: none,
    base: (judged) => [meanOf(judged)],
    renewal: stays,
    loss: (margin, row, y) => (margin(row, 0) - y) ** 2,
  },
  absolute: {
    kernelKind: 1,
    constants: none,
    base: ({ label, weight }) => [quantileOf(Float64Array.from(label), weight, 0.5)],
    renewal: () => 0.5,
    loss: (margin, row, y) => Math.abs(margin(row, 0) - y),
  },
  quantile: {
    kernelKind: 2,
    constants: ({ alpha }) => ({ a: alpha, b: 0 }),
    base: ({ label, weight }, { alpha }) => [quantileOf(Float64Array.from(label), weight, alpha)],
    renewal: ({ alpha }) => alpha,
    loss: (margin, row, y, { parameters: { alpha } }) => {
      const residual = y - margin(row, 0);
      return residual >= 0 ? alpha * residual : (alpha - 1) * residual;
    },
  },
  poisson: {
    kernelKind: 3,
    constants: ({ poissonMaxDeltaStep }) => ({ a: exponential(poissonMaxDeltaStep), b: 0 }),
    base: (judged) => [logarithm(Math.max(meanOf(judged), 1e-100))],
    renewal: stays,
    loss: (margin, row, y) => exponential(margin(row, 0)) - y * margin(row, 0),
  },
  logistic: {
    kernelKind: 4,
    constants: none,
    base: (judged) => {
      const p = meanOf(judged);
      return [logarithm(p / (1 - p))];
    },
    renewal: stays,
    loss: (margin, row, y) => {
      const p = logisticOf(margin(row, 0));
      return surprise(y === 1 ? p : 1 - p);
    },
  },
  softmax: {
    kernelKind: 5,
    constants: (_, outputs) => ({ a: 0, b: outputs / (outputs - 1) }),
    base: ({ label, weight }, _, outputs) => {
      const shares = new Float64Array(outputs);
      let total = 0;
      for (const [row, y] of label.entries()) {
        const w = weight?.[row] ?? 1;
        shares[y] = (shares[y] ?? 0) + w;
        total += w;
      }
      return Array.from(shares, (share) => logarithm(Math.max(share / total, 1e-15)));
    },
    renewal: stays,
    loss: (margin, row, y, { outputs }) => {
      let most = -Infinity;
      for (let k = 0; k < outputs; k++) most = Math.max(most, margin(row, k));
      let sum = 0;
      for (let k = 0; k < outputs; k++) sum += exponential(margin(row, k) - most);
      return surprise(exponential(margin(row, y) - most) / sum);
    },
  },
};

function meanOf({ label, weight }: Judged): number {
  let sum = 0;
  let total = 0;
  for (const [row, y] of label.entries()) {
    const w = weight?.[row] ?? 1;
    sum += w * y;
    total += w;
  }
  return sum / total;
}

/** Mean loss of `rows` rows, by weight. */
export function meanLoss(
  objective: Objective,
  judged: Judged,
  margin: MarginOf,
  context: LossContext,
): number {
  const { loss } = objectives[objective];
  let sum = 0;
  let total = 0;
  for (const [row, y] of judged.label.entries()) {
    const w = judged.weight?.[row] ?? 1;
    if (w === 0) continue;
    sum += w * loss(margin, row, y, context);
    total += w;
  }
  return sum / total;
}

/**
 * Quantile of `values` (which it reorders when there are no weights): between order statistics by linear interpolation, as
 * LightGBM and numpy do; with weights the least value that has `level` of the weight at or below it.
 */
export function quantileOf(values: Float64Array, weight: Float64Array | undefined, level: number): number {
  if (weight !== undefined) return weightedQuantile(values, weight, level);
  const place = (values.length - 1) * level;
  const below = Math.floor(place);
  const low = selectOrder(values, below);
  if (place === below) return low;
  let high = Infinity;
  for (let i = below + 1; i < values.length; i++) high = Math.min(high, values[i] ?? Infinity);
  return low + (high - low) * (place - below);
}

/** Hoare's selection: the k-th least, everything before it no greater, everything after it no less. */
function selectOrder(values: Float64Array, k: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const pivot = values[(low + high) >> 1] ?? 0;
    let i = low;
    let j = high;
    while (i <= j) {
      while ((values[i] ?? 0) < pivot) i++;
      while ((values[j] ?? 0) > pivot) j--;
      if (i > j) break;
      const swap = values[i] ?? 0;
      values[i++] = values[j] ?? 0;
      values[j--] = swap;
    }
    if (k <= j) high = j;
    else if (k >= i) low = i;
    else break;
  }
  return values[k] ?? 0;
}

function weightedQuantile(values: Float64Array, weight: Float64Array, level: number): number {
  const order = Uint32Array.from(values, (_, i) => i).sort(
    (a, b) => (values[a] ?? 0) - (values[b] ?? 0) || a - b,
  );
  let total = 0;
  for (const w of weight) total += w;
  let held = 0;
  for (const i of order) {
    held += weight[i] ?? 0;
    if (held >= level * total) return values[i] ?? 0;
  }
  return values[order[order.length - 1] ?? 0] ?? 0;
}
