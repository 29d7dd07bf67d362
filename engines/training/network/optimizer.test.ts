import { describe, expect, it } from 'vitest';
import { optimizers } from './optimizer.js';

describe('adam', () => {
  it('takes steps of the learning rate against a steady gradient', () => {
    const flat = Float32Array.of(1, 1);
    const gradient = Float32Array.of(0.3, -20);
    const slots = optimizers.adam.slots(2);
    for (let step = 1; step <= 5; step++) {
      optimizers.adam.apply({ flat, gradient, slots, step, learningRate: 0.01 });
    }
    expect(flat[0]).toBeCloseTo(0.95, 5);
    expect(flat[1]).toBeCloseTo(1.05, 5);
  });

  it('agrees with the textbook form', () => {
    const flat = Float32Array.of(0.5);
    const slots = optimizers.adam.slots(1);
    let [m, v, w] = [0, 0, 0.5];
    [0.2, -0.1, 0.4].forEach((g, i) => {
      optimizers.adam.apply({ flat, gradient: Float32Array.of(g), slots, step: i + 1, learningRate: 0.1 });
      m = 0.9 * m + 0.1 * g;
      v = 0.999 * v + 0.001 * g * g;
      w -= (0.1 * m) / (1 - 0.9 ** (i + 1)) / (Math.sqrt(v / (1 - 0.999 ** (i + 1))) + 1e-7);
    });
    expect(flat[0]).toBeCloseTo(w, 5);
  });
});

describe('sgd', () => {
  it('moves against the gradient and keeps nothing', () => {
    const flat = Float32Array.of(1, 2);
    const slots = optimizers.sgd.slots(2);
    optimizers.sgd.apply({ flat, gradient: Float32Array.of(1, -1), slots, step: 1, learningRate: 0.5 });
    expect([...flat]).toEqual([0.5, 2.5]);
    expect(slots.first).toHaveLength(0);
  });
});
