import { inputWidth } from './preprocessing.js';
import type {
  CategoryPreparation,
  DenseLayer,
  FittedCommon,
  NetworkModel,
  NumberPreparation,
} from './fitted-model.js';

/** What the new model will look like. */
export type WarmTarget = Pick<FittedCommon, 'preprocessing' | 'task' | 'classes' | 'labelScale'> & {
  /** Widths of the layers, encoded columns first. */
  readonly widths: readonly number[];
};

/**
 * Layers that compute what `from` computes, rewritten for the new model's own scaling, category levels and label scale: a changed mean or
 * deviation is folded into weights and biases, a new level starts as the old unknown, a new input starts at zero. Null when task, classes
 * or hidden widths differ: then the training starts cold.
 */
export function warmLayers(from: NetworkModel, target: WarmTarget): DenseLayer[] | null {
  const hidden = from.layers.slice(1).map((layer) => layer.in);
  const sameShape = String(hidden) === String(target.widths.slice(1, -1));
  const sameClasses = JSON.stringify(from.classes) === JSON.stringify(target.classes);
  if (from.task !== target.task || !sameClasses || !sameShape) return null;
  const layers = from.layers.map((layer, i): DenseLayer =>
    i === 0
      ? rewriteInputs(from, layer, target)
      : { ...layer, weights: layer.weights.slice(), bias: layer.bias.slice() },
  );
  const last = layers.at(-1);
  if (last !== undefined) rewriteOutputs(last, from.labelScale, target.labelScale);
  return layers;
}

type Input = NumberPreparation | CategoryPreparation;

function rewriteInputs(from: NetworkModel, first: DenseLayer, target: WarmTarget): DenseLayer {
  const { out } = first;
  const width = target.preprocessing.width;
  const layer = { in: width, out, weights: new Float32Array(width * out), bias: first.bias.slice() };
  const known = new Map<string, { input: Input; row: number }>();
  let row = 0;
  for (const input of from.preprocessing.inputs) {
    known.set(input.name, { input, row });
    row += inputWidth(input);
  }
  let column = 0;
  for (const input of target.preprocessing.inputs) {
    const old = known.get(input.name);
    const place = { source: first, layer, column, row: old?.row ?? 0 };
    if (input.type === 'number' && old?.input.type === 'number') foldScale(input, old.input, place);
    if (input.type === 'category' && old?.input.type === 'category') copyLevels(input, old.input, place);
    column += inputWidth(input);
  }
  return layer;
}

interface Place {
  readonly source: DenseLayer;
  readonly layer: DenseLayer;
  readonly column: number;
  readonly row: number;
}

function foldScale(
  now: NumberPreparation,
  was: NumberPreparation,
  { source, layer, column, row }: Place,
): void {
  const factor = now.scale === 0 ? 0 : was.scale / now.scale;
  const shift = (now.mean - was.mean) * was.scale;
  for (let j = 0; j < layer.out; j++) {
    const weight = source.weights[row * layer.out + j] ?? 0;
    layer.weights[column * layer.out + j] = weight * factor;
    layer.bias[j] = (layer.bias[j] ?? 0) + weight * shift;
  }
}

function copyLevels(
  now: CategoryPreparation,
  was: CategoryPreparation,
  { source, layer, column, row }: Place,
): void {
  const unknown = was.levels.length;
  [...now.levels, null].forEach((level, i) => {
    const found = level === null ? -1 : was.levels.indexOf(level);
    const from = (row + (found < 0 ? unknown : found)) * layer.out;
    layer.weights.set(source.weights.subarray(from, from + layer.out), (column + i) * layer.out);
  });
}

function rewriteOutputs(
  layer: DenseLayer,
  was: FittedCommon['labelScale'],
  now: FittedCommon['labelScale'],
): void {
  if (was === null || now === null) return;
  for (let k = 0; k < layer.weights.length; k++)
    layer.weights[k] = ((layer.weights[k] ?? 0) * was.sd) / now.sd;
  for (let j = 0; j < layer.bias.length; j++) {
    layer.bias[j] = ((layer.bias[j] ?? 0) * was.sd + was.mean - now.mean) / now.sd;
  }
}
