import { createRandom } from '../../../stats/random.js';
import type { DenseLayer } from '../fitted-model.js';

/** All weights and biases in one flat array, and the layers as views into it: one optimizer loop, one copy to keep the best. */
export interface Parameters {
  readonly flat: Float32Array;
  readonly layers: readonly DenseLayer[];
}

/** Parameters of zeros for layers of the given widths (inputs first). */
export function createParameters(widths: readonly number[]): Parameters {
  const shapes = widths.slice(1).map((out, i) => ({ in: widths[i] ?? 0, out }));
  const flat = new Float32Array(shapes.reduce((sum, shape) => sum + (shape.in + 1) * shape.out, 0));
  let offset = 0;
  const layers = shapes.map((shape) => {
    const biasAt = offset + shape.in * shape.out;
    const layer = {
      ...shape,
      weights: flat.subarray(offset, biasAt),
      bias: flat.subarray(biasAt, biasAt + shape.out),
    };
    offset = biasAt + shape.out;
    return layer;
  });
  return { flat, layers };
}

/**
 * Starts a perceptron: uniform Glorot weights (Glorot and Bengio 2010), zero biases. He's wider start, meant for deep networks, took 1.5 to 2
 * times the epochs to the same loss at these sizes. A model of one layer starts from zero, since its loss is convex.
 */
export function initialize({ layers }: Parameters, seed: number): void {
  if (layers.length === 1) return;
  const random = createRandom(seed);
  layers.forEach((layer) => {
    const limit = Math.sqrt(6 / (layer.in + layer.out));
    for (let k = 0; k < layer.weights.length; k++) layer.weights[k] = (2 * random.next() - 1) * limit;
  });
}

/**
 * Zeroes the first layer's weights of columns that are zero in every row (a constant number, a category level that the window does not
 * hold, the unknown level): they get no gradient, so a random start would stay and act on such values when they come.
 */
export function silenceEmptyColumns({ layers }: Parameters, matrix: Float32Array): void {
  const first = layers[0];
  if (first === undefined) return;
  const used = new Uint8Array(first.in);
  for (let i = 0, column = 0; i < matrix.length; i++) {
    if (matrix[i] !== 0) used[column] = 1;
    if (++column === first.in) column = 0;
  }
  used.forEach((isUsed, column) => {
    if (isUsed === 0) first.weights.fill(0, column * first.out, (column + 1) * first.out);
  });
}
