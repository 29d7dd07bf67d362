import type * as tf from '@tensorflow/tfjs-core';
import type { DenseLayer } from '../fitted-model.js';
import type { Loss, LossSum } from './losses.js';
import type { Parameters } from './parameters.js';
import type { MatrixEngine } from './tfjs.js';

/** Encoded rows and their targets. */
export interface Rows {
  /** Row-major [count, width]. */
  readonly matrix: Float32Array;
  readonly targets: Float32Array;
  readonly width: number;
  readonly count: number;
}

/** What one step needs besides the rows. */
export interface StepContext {
  readonly engine: MatrixEngine;
  readonly parameters: Parameters;
  readonly gradients: Parameters;
  readonly loss: Loss;
  readonly classWeights: Float64Array | null;
  readonly l2: number;
}

/**
 * Loss and gradient of one batch by hand-written backpropagation.
 *
 * tfjs's own gradients multiply transposed matrices, which its wasm backend computes in a scalar loop ten times slower than the plain
 * product. Here every product is of plain matrices: operands are transposed on the way in, and what is not a product (masks, bias sums,
 * the loss) runs in loops over the backend's memory.
 */
export function lossAndGradient(context: StepContext, batch: Rows): LossSum {
  return context.engine.scope(() => {
    const activations = forward(context.engine, context.parameters.layers, batch);
    const outputs = activations[activations.length - 1];
    if (outputs === undefined) throw new RangeError('a network has at least one layer');
    const width = context.parameters.layers.at(-1)?.out ?? 0;
    const delta = new Float32Array(batch.count * width);
    const loss = context.loss({
      outputs: context.engine.view(outputs),
      width,
      rows: batch.count,
      targets: batch.targets,
      classWeights: context.classWeights,
      delta,
    });
    for (let i = 0; i < delta.length; i++) delta[i] = (delta[i] ?? 0) / batch.count;
    backward(context, activations, delta);
    return loss;
  });
}

/** Mean loss over many rows, in chunks. NaN when every target is NaN. */
export function meanLoss(context: Omit<StepContext, 'gradients' | 'l2'>, rows: Rows): number {
  let sum = 0;
  let weight = 0;
  forEachChunk(rows, (chunk) => {
    const outputs = rawOutputs(context.engine, context.parameters.layers, chunk);
    const width = outputs.length / chunk.count;
    const { targets, count } = chunk;
    const part = context.loss({
      outputs,
      width,
      rows: count,
      targets,
      classWeights: context.classWeights,
      delta: null,
    });
    sum += part.sum;
    weight += part.weight;
  });
  return sum / weight;
}

/** Raw outputs of the last layer, row-major, as a copy. */
export function rawOutputs(engine: MatrixEngine, layers: readonly DenseLayer[], rows: Rows): Float32Array {
  return engine.scope(() => {
    const outputs = forward(engine, layers, rows).at(-1);
    return outputs === undefined ? new Float32Array() : engine.view(outputs).slice();
  });
}

const CHUNK_ROWS = 4096;

/** Calls `visit` with consecutive chunks of rows, small enough for the backend's memory. */
export function forEachChunk(rows: Rows, visit: (chunk: Rows, start: number) => void): void {
  for (let start = 0; start < rows.count; start += CHUNK_ROWS) {
    const end = Math.min(rows.count, start + CHUNK_ROWS);
    const matrix = rows.matrix.subarray(start * rows.width, end * rows.width);
    const chunk = {
      matrix,
      targets: rows.targets.subarray(start, end),
      width: rows.width,
      count: end - start,
    };
    visit(chunk, start);
  }
}

function forward(engine: MatrixEngine, layers: readonly DenseLayer[], batch: Rows): tf.Tensor[] {
  let current = engine.put({ values: batch.matrix, rows: batch.count, columns: batch.width });
  const activations = [current];
  layers.forEach((layer, i) => {
    const weights = engine.put({ values: layer.weights, rows: layer.in, columns: layer.out });
    current = engine.dense(current, weights, layer.bias, i < layers.length - 1);
    activations.push(current);
  });
  return activations;
}

function backward(context: StepContext, activations: tf.Tensor[], outputDelta: Float32Array): void {
  const { engine, parameters, gradients, l2 } = context;
  let delta = outputDelta;
  for (let i = parameters.layers.length - 1; i >= 0; i--) {
    const layer = parameters.layers[i];
    const gradient = gradients.layers[i];
    const input = activations[i];
    if (layer === undefined || gradient === undefined || input === undefined) return;
    const rows = delta.length / layer.out;
    const deltaTensor = engine.put({ values: delta, rows, columns: layer.out });
    const inputTransposed = engine.put({
      values: transpose(engine.view(input), rows, layer.in),
      rows: layer.in,
      columns: rows,
    });
    gradient.weights.set(engine.view(engine.product(inputTransposed, deltaTensor)));
    for (let k = 0; l2 > 0 && k < layer.weights.length; k++) {
      gradient.weights[k] = (gradient.weights[k] ?? 0) + l2 * (layer.weights[k] ?? 0);
    }
    sumRows(delta, gradient.bias);
    if (i > 0) delta = inputDelta(engine, layer, deltaTensor, input);
  }
}

function inputDelta(
  engine: MatrixEngine,
  layer: DenseLayer,
  delta: tf.Tensor,
  input: tf.Tensor,
): Float32Array {
  const weights = transpose(layer.weights, layer.in, layer.out);
  const product = engine.product(delta, engine.put({ values: weights, rows: layer.out, columns: layer.in }));
  const flowing = engine.view(product);
  const active = engine.view(input);
  const out = new Float32Array(flowing.length);
  for (let k = 0; k < out.length; k++) out[k] = (active[k] ?? 0) > 0 ? (flowing[k] ?? 0) : 0;
  return out;
}

function sumRows(delta: Float32Array, into: Float32Array): void {
  into.fill(0);
  const width = into.length;
  for (let k = 0; k < delta.length; k += width) {
    for (let j = 0; j < width; j++) into[j] = (into[j] ?? 0) + (delta[k + j] ?? 0);
  }
}

function transpose(values: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) out[j * rows + i] = values[i * columns + j] ?? 0;
  }
  return out;
}
