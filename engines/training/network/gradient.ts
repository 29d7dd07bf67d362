import type { DenseLayer } from '../fitted-model.js';
import type { Loss, LossSum } from './losses.js';
import type { Parameters } from './parameters.js';
import type { MatrixEngine, Tensor } from './tfjs.js';

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
 * A function that gives loss and gradient of one batch of at most `batchSize` rows, by hand-written backpropagation.
 *
 * tfjs's own gradients multiply transposed matrices, which its wasm backend computes in a scalar loop ten times slower than the plain
 * product. Here every product is of plain matrices: operands are transposed on the way in, and what is not a product (masks, bias sums,
 * the loss) runs in loops over memory that all steps share.
 */
export function gradientStep(context: StepContext, batchSize: number): (batch: Rows) => LossSum {
  const space = createSpace(context.parameters.layers, batchSize);
  const { engine, parameters, loss, classWeights } = context;
  const width = parameters.layers.at(-1)?.out ?? 0;
  return (batch) =>
    engine.scope(() => {
      const activations = forward(engine, parameters.layers, batch);
      const delta = (space.deltas.at(-1) ?? new Float32Array()).subarray(0, batch.count * width);
      const { targets, count: rows } = batch;
      const outputs = viewLast(engine, activations);
      const sum = loss({ outputs, width, rows, targets, classWeights, delta });
      for (let i = 0; i < delta.length; i++) delta[i] = (delta[i] ?? 0) / rows;
      backward({ ...context, space, activations, batch });
      return sum;
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
  return engine.scope(() => viewLast(engine, forward(engine, layers, rows)).slice());
}

function viewLast(engine: MatrixEngine, activations: readonly Tensor[]): Float32Array {
  const last = activations.at(-1);
  if (last === undefined) throw new RangeError('a network has at least one layer');
  return engine.view(last);
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

function forward(engine: MatrixEngine, layers: readonly DenseLayer[], batch: Rows): Tensor[] {
  let current = engine.put({ values: batch.matrix, rows: batch.count, columns: batch.width });
  const activations = [current];
  layers.forEach((layer, i) => {
    const weights = engine.put({ values: layer.weights, rows: layer.in, columns: layer.out });
    current = engine.dense(current, weights, layer.bias, i < layers.length - 1);
    activations.push(current);
  });
  return activations;
}

/** Memory that every step writes anew, per layer. */
interface Space {
  /** d(loss)/d(input of layer i), and at the end d(loss)/d(outputs). */
  readonly deltas: readonly Float32Array[];
  readonly inputsTransposed: readonly Float32Array[];
  readonly weightsTransposed: readonly Float32Array[];
}

function createSpace(layers: readonly DenseLayer[], rows: number): Space {
  const widths = [...layers.map((layer) => layer.in), layers.at(-1)?.out ?? 0];
  return {
    deltas: widths.map((width) => new Float32Array(rows * width)),
    inputsTransposed: layers.map((layer) => new Float32Array(rows * layer.in)),
    weightsTransposed: layers.map((layer) => new Float32Array(layer.weights.length)),
  };
}

type BackwardPass = StepContext & {
  readonly space: Space;
  readonly activations: readonly Tensor[];
  readonly batch: Rows;
};

function backward(pass: BackwardPass): void {
  const { engine, parameters, gradients, l2, space, batch } = pass;
  for (let i = parameters.layers.length - 1; i >= 0; i--) {
    const layer = parameters.layers[i];
    const gradient = gradients.layers[i];
    const input = pass.activations[i];
    const delta = space.deltas[i + 1]?.subarray(0, batch.count * (layer?.out ?? 0));
    const transposed = space.inputsTransposed[i]?.subarray(0, batch.count * (layer?.in ?? 0));
    if (!layer || !gradient || !input || !delta || !transposed)
      throw new RangeError(`layer ${i} is not there`);
    transpose(i === 0 ? batch.matrix : engine.view(input), batch.count, transposed);
    const left = engine.put({ values: transposed, rows: layer.in, columns: batch.count });
    const right = engine.put({ values: delta, rows: batch.count, columns: layer.out });
    gradient.weights.set(engine.view(engine.product(left, right)));
    if (l2 > 0) decay(gradient.weights, layer.weights, l2);
    sumRows(delta, gradient.bias);
    if (i > 0) passDown(pass, i, right);
  }
}

/** Writes d(loss)/d(input) of layer i: delta · weightsᵀ where the input's ReLU let it through. */
function passDown({ engine, parameters, space, activations }: BackwardPass, i: number, delta: Tensor): void {
  const layer = parameters.layers[i];
  const input = activations[i];
  const weights = space.weightsTransposed[i];
  const out = space.deltas[i];
  if (!layer || !input || !weights || !out) throw new RangeError(`layer ${i} is not there`);
  transpose(layer.weights, layer.in, weights);
  const right = engine.put({ values: weights, rows: layer.out, columns: layer.in });
  const flowing = engine.view(engine.product(delta, right));
  const active = engine.view(input);
  maskInactive(flowing, active, out);
}

/**
 * Copies `flowing` where `active`, the output of a ReLU, is positive, and writes 0 elsewhere. On the bits: negated, those of a positive float
 * have the sign bit set. A branch would be mispredicted every other time, which made this the dearest loop of a step.
 */
function maskInactive(flowing: Float32Array, active: Float32Array, out: Float32Array): void {
  const from = bitsOf(flowing);
  const sign = bitsOf(active);
  const to = bitsOf(out);
  for (let k = 0; k < from.length; k++) to[k] = (from[k] ?? 0) & ((0 - (sign[k] ?? 0)) >> 31);
}

const bitsOf = (values: Float32Array): Int32Array =>
  new Int32Array(values.buffer, values.byteOffset, values.length);

function decay(gradient: Float32Array, weights: Float32Array, l2: number): void {
  for (let k = 0; k < weights.length; k++) gradient[k] = (gradient[k] ?? 0) + l2 * (weights[k] ?? 0);
}

function sumRows(delta: Float32Array, into: Float32Array): void {
  into.fill(0);
  const width = into.length;
  for (let k = 0; k < delta.length; k += width) {
    for (let j = 0; j < width; j++) into[j] = (into[j] ?? 0) + (delta[k + j] ?? 0);
  }
}

/** Writes the transpose of a row-major matrix of `rows` rows. */
function transpose(values: Float32Array, rows: number, into: Float32Array): void {
  const columns = into.length / rows;
  for (let i = 0; i < rows; i++) {
    const row = i * columns;
    for (let j = 0; j < columns; j++) into[j * rows + i] = values[row + j] ?? 0;
  }
}
