import { exactPower } from '../exact-math.js';

/** Numbers that an optimizer keeps between steps: as long as the parameters; empty where it keeps none. */
export interface Slots {
  readonly first: Float32Array;
  readonly second: Float32Array;
}

/** One step: changes `flat` and `slots` in place. `step` counts from 1 and, with the slots, is all the state there is. */
export interface OptimizerStep {
  readonly flat: Float32Array;
  readonly gradient: Float32Array;
  readonly slots: Slots;
  readonly step: number;
  readonly learningRate: number;
}

/** A way to follow a gradient. */
export interface Optimizer {
  slots(size: number): Slots;
  apply(step: OptimizerStep): void;
}

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-7;

/** Adam (Kingma and Ba 2015, algorithm 1 with the bias corrections folded into the step size), betas 0.9 and 0.999, epsilon 1e-7. */
const adam: Optimizer = {
  slots: (size) => ({ first: new Float32Array(size), second: new Float32Array(size) }),
  apply({ flat, gradient, slots, step, learningRate }) {
    const { first, second } = slots;
    const rate = (learningRate * Math.sqrt(1 - exactPower(BETA2, step))) / (1 - exactPower(BETA1, step));
    for (let i = 0; i < flat.length; i++) {
      const g = gradient[i] ?? 0;
      const m = BETA1 * (first[i] ?? 0) + (1 - BETA1) * g;
      const v = BETA2 * (second[i] ?? 0) + (1 - BETA2) * g * g;
      first[i] = m;
      second[i] = v;
      flat[i] = (flat[i] ?? 0) - (rate * m) / (Math.sqrt(v) + EPSILON);
    }
  },
};

/** Plain stochastic gradient descent: no momentum, no state. */
const sgd: Optimizer = {
  slots: () => ({ first: new Float32Array(), second: new Float32Array() }),
  apply({ flat, gradient, learningRate }) {
    for (let i = 0; i < flat.length; i++) flat[i] = (flat[i] ?? 0) - learningRate * (gradient[i] ?? 0);
  },
};

/** Optimizers by the name that a spec gives. */
export const optimizers = { adam, sgd } as const;
