import { exactExp, exactLog } from '../exact-math.js';

/** A batch of raw outputs and what they should have been. */
export interface LossBatch {
  /** Raw outputs, row-major [rows, width]. */
  readonly outputs: Float32Array;
  readonly width: number;
  readonly rows: number;
  /** One per row; NaN leaves the row out. */
  readonly targets: Float32Array;
  /** Weight per class index; null for 1. */
  readonly classWeights: Float64Array | null;
  /** Receives d(loss sum)/d(output) per output; null when only the loss is wanted. */
  readonly delta: Float32Array | null;
}

/** Sum of losses and of weights over the rows of a batch: the mean loss is `sum / weight`. */
export interface LossSum {
  readonly sum: number;
  readonly weight: number;
}

/** A loss over raw outputs. */
export type Loss = (batch: LossBatch) => LossSum;

/** Half the squared error, so that the gradient is the error. */
const squaredError: Loss = ({ outputs, rows, targets, delta }) => {
  let sum = 0;
  let weight = 0;
  for (let i = 0; i < rows; i++) {
    const error = (outputs[i] ?? 0) - (targets[i] ?? NaN);
    const left = Number.isNaN(targets[i]);
    if (delta !== null) delta[i] = left ? 0 : error;
    if (left) continue;
    sum += 0.5 * error * error;
    weight++;
  }
  return { sum, weight };
};

/** Log loss of one logit for class 1. */
const logistic: Loss = ({ outputs, rows, targets, classWeights, delta }) => {
  let sum = 0;
  let weight = 0;
  for (let i = 0; i < rows; i++) {
    const target = targets[i] ?? NaN;
    const left = Number.isNaN(target);
    const rowWeight = left ? 0 : (classWeights?.[target] ?? 1);
    const logit = outputs[i] ?? 0;
    const tail = exactExp(-Math.abs(logit));
    const probability = logit >= 0 ? 1 / (1 + tail) : tail / (1 + tail);
    if (delta !== null) delta[i] = left ? 0 : rowWeight * (probability - target);
    if (left) continue;
    sum += rowWeight * (Math.max(logit, 0) - logit * target + exactLog(1 + tail));
    weight += rowWeight;
  }
  return { sum, weight };
};

/** Log loss of one logit per class. */
const softmax: Loss = ({ outputs, width, rows, targets, classWeights, delta }) => {
  const terms = new Float64Array(width);
  let sum = 0;
  let weight = 0;
  for (let i = 0; i < rows; i++) {
    const target = targets[i] ?? NaN;
    const left = Number.isNaN(target);
    const rowWeight = left ? 0 : (classWeights?.[target] ?? 1);
    const logits = outputs.subarray(i * width, (i + 1) * width);
    const largest = logits.reduce((a, b) => (b > a || Number.isNaN(b) ? b : a));
    let total = 0;
    for (let j = 0; j < width; j++) total += terms[j] = exactExp((logits[j] ?? 0) - largest);
    for (let j = 0; delta !== null && j < width; j++) {
      delta[i * width + j] = left ? 0 : rowWeight * ((terms[j] ?? 0) / total - (j === target ? 1 : 0));
    }
    if (left) continue;
    sum += rowWeight * (exactLog(total) + largest - (logits[target] ?? 0));
    weight += rowWeight;
  }
  return { sum, weight };
};

/** Losses by task. */
export const losses = { regression: squaredError, binary: logistic, multiclass: softmax } as const;
