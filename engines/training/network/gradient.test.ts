import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../stats/random.js';
import { gradientStep, meanLoss, type Rows } from './gradient.js';
import { losses } from './losses.js';
import { createParameters, initialize } from './parameters.js';
import { matrixEngine } from './tfjs.js';

const random = createRandom(5);
const count = 9;

function batch(width: number, classes: number): Rows {
  const matrix = Float32Array.from({ length: count * width }, () => random.normal());
  const targets = Float32Array.from({ length: count }, () =>
    classes === 0 ? random.normal() : random.int(classes),
  );
  return { matrix, targets, width, count };
}

describe.each([
  ['regression', [4, 6, 5, 1], 0],
  ['binary', [4, 6, 1], 2],
  ['multiclass', [4, 6, 3], 3],
  ['regression', [4, 1], 0],
] as const)('the gradient of a %s network of widths %j', (task, widths, classes) => {
  it('is the change of the mean loss when a parameter moves', async () => {
    const engine = await matrixEngine();
    const parameters = createParameters(widths);
    initialize(parameters, 11);
    for (let i = 0; i < parameters.flat.length; i++) parameters.flat[i] = (parameters.flat[i] ?? 0) + 0.05;
    const gradients = createParameters(widths);
    const classWeights = classes === 0 ? null : Float64Array.from({ length: classes }, (_, i) => 0.5 + i);
    const context = { engine, parameters, gradients, loss: losses[task], classWeights, l2: 0 };
    const rows = batch(widths[0], classes);
    const { weight } = gradientStep(context, count)(rows);
    const at = (i: number, shift: number): number => {
      const kept = parameters.flat[i] ?? 0;
      parameters.flat[i] = kept + shift;
      const loss = (meanLoss(context, rows) * weight) / count;
      parameters.flat[i] = kept;
      return loss;
    };
    for (let i = 0; i < parameters.flat.length; i++) {
      // Where a ReLU has its kink within the step, the slopes of the two sides differ and the gradient is one of them.
      const sides = [at(i, 1e-3) - at(i, 0), at(i, 0) - at(i, -1e-3)].map((rise) => rise / 1e-3);
      const errors = sides.map((slope) => Math.abs((gradients.flat[i] ?? NaN) - slope));
      expect(Math.min(...errors)).toBeLessThan(5e-3);
    }
  });
});

describe('the gradient', () => {
  it('pulls weights, not biases, towards zero with l2', async () => {
    const engine = await matrixEngine();
    const parameters = createParameters([2, 1]);
    parameters.flat.set([3, -4, 5]);
    const gradients = createParameters([2, 1]);
    const rows = { matrix: new Float32Array(2), targets: Float32Array.of(5), width: 2, count: 1 };
    const context = { engine, parameters, gradients, loss: losses.regression, classWeights: null, l2: 0.5 };
    gradientStep(context, 1)(rows);
    expect([...gradients.flat]).toEqual([1.5, -2, 0]);
  });
});
