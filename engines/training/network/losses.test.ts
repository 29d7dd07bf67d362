import { describe, expect, it } from 'vitest';
import { losses } from './losses.js';

const batch = (outputs: number[], width: number, targets: number[], weights: number[] | null = null) => {
  const delta = new Float32Array(outputs.length);
  const classWeights = weights && Float64Array.from(weights);
  const rows = targets.length;
  return {
    outputs: Float32Array.from(outputs),
    width,
    rows,
    targets: Float32Array.from(targets),
    classWeights,
    delta,
  };
};

describe('losses', () => {
  it('squared error is half the square', () => {
    expect(losses.regression(batch([3, 1], 1, [1, 1]))).toEqual({ sum: 2, weight: 2 });
  });

  it('log loss of a logit', () => {
    const { sum } = losses.binary(batch([0, 2], 1, [1, 0]));
    expect(sum).toBeCloseTo(Math.log(2) + Math.log(1 + Math.exp(2)), 12);
  });

  it('log loss stays finite for huge logits', () => {
    expect(losses.binary(batch([1e4], 1, [0])).sum).toBe(1e4);
    expect(losses.multiclass(batch([1e4, 0, 0], 3, [1])).sum).toBe(1e4);
  });

  it('softmax over two classes is logistic', () => {
    const two = losses.multiclass(batch([0, 1.5], 2, [1])).sum;
    expect(two).toBeCloseTo(losses.binary(batch([1.5], 1, [1])).sum, 12);
  });

  it('weighs rows by their class', () => {
    const plain = losses.binary(batch([1], 1, [1]));
    const heavy = losses.binary(batch([1], 1, [1], [1, 3]));
    expect(heavy).toEqual({ sum: 3 * plain.sum, weight: 3 });
  });

  it.each(['regression', 'binary', 'multiclass'] as const)('%s leaves out a row without a target', (task) => {
    const width = task === 'multiclass' ? 2 : 1;
    const given = batch(Array(width).fill(5), width, [NaN]);
    expect(losses[task](given)).toEqual({ sum: 0, weight: 0 });
    expect([...given.delta]).toEqual(Array(width).fill(0));
  });

  it.each(['regression', 'binary', 'multiclass'] as const)('%s of NaN is NaN', (task) => {
    const width = task === 'multiclass' ? 2 : 1;
    expect(losses[task](batch(Array(width).fill(NaN), width, [0])).sum).toBeNaN();
  });
});
