import { createHash } from 'node:crypto';
import { canonicalJson } from '../../domain/canonical.js';
import { PerennialError } from '../../domain/errors.js';
import { type FittedModel, modelInputs, type NetworkModel, scoreWidth } from '../training/fitted-model.js';
import { addTreesModel } from '../training/trees/onnx-outputs.js';
import { TREES_ML_VERSION } from '../training/trees/onnx-trees.js';
import { createGraph, type GraphBuilder } from './graph-builder.js';
import { addPreprocessing } from './preprocessing-graph.js';

/** Names of the graph's outputs: a model has the one that its task asks for. */
export const OUTPUT = { regression: 'prediction', classification: 'scores' } as const;

/**
 * The model as an ONNX file that takes raw named inputs: numbers as double [N, 1] (NaN where missing), categories as string [N, 1] ('' where
 * missing). Its output is `prediction`, double [N, 1], for regression, else `scores`, float [N, classes]. `meta` joins the metadata beside
 * the task, the classes and the schema's digest; give only what is reproducible. Equal calls give equal bytes.
 *
 * Throws a PerennialError `reserved-name` when a feature is called like the output.
 */
export function exportOnnx(model: FittedModel, meta: Readonly<Record<string, string>> = {}): Uint8Array {
  const inputs = modelInputs(model);
  const output = model.task === 'regression' ? OUTPUT.regression : OUTPUT.classification;
  if (inputs.some(({ name }) => name === output)) refuseName(output);
  const graph = createGraph();
  if (model.kind === 'trees') addTreesModel(graph, model.trees);
  else addNetwork(graph, model, addPreprocessing(graph, model.preprocessing));
  const schema = createHash('sha256').update(canonicalJson(inputs)).digest('hex');
  return graph.finish({
    metadata: {
      ...meta,
      'perennial.task': model.task,
      'perennial.classes': JSON.stringify(model.classes),
      'perennial.schema': schema,
    },
    ...(model.kind === 'trees' ? { mlVersion: TREES_ML_VERSION } : {}),
  });
}

function addNetwork(graph: GraphBuilder, model: NetworkModel, matrix: string): void {
  let current = matrix;
  model.layers.forEach((layer, i) => {
    const weights = { element: 'float' as const, dims: [layer.in, layer.out], values: layer.weights };
    const bias = { element: 'float' as const, dims: [layer.out], values: layer.bias };
    current = graph.node({ op: 'Gemm', inputs: [current, graph.constant(weights), graph.constant(bias)] });
    if (i < model.layers.length - 1) current = graph.node({ op: 'Relu', inputs: [current] });
  });
  addOutput(graph, model, current);
}

function addOutput(graph: GraphBuilder, model: NetworkModel, raw: string): void {
  if (model.labelScale !== null) {
    const one = (value: number): string =>
      graph.constant({ element: 'double', dims: [1, 1], values: [value] });
    const wide = graph.node({ op: 'Cast', inputs: [raw], attributes: { to: { int: 11 } } });
    const scaled = graph.node({ op: 'Mul', inputs: [wide, one(model.labelScale.sd)] });
    graph.node({ op: 'Add', inputs: [scaled, one(model.labelScale.mean)], output: OUTPUT.regression });
    graph.output(OUTPUT.regression, 'double', 1);
    return;
  }
  const output = OUTPUT.classification;
  if (model.task === 'binary') {
    const opposite = graph.node({ op: 'Neg', inputs: [raw] });
    const logits = graph.node({
      op: 'Concat',
      inputs: [opposite, raw],
      attributes: { axis: { int: 1 } },
    });
    graph.node({ op: 'Sigmoid', inputs: [logits], output });
  } else {
    graph.node({ op: 'Softmax', inputs: [raw], attributes: { axis: { int: 1 } }, output });
  }
  graph.output(output, 'float', scoreWidth(model));
}

function refuseName(name: string): never {
  throw new PerennialError({
    type: 'reserved-name',
    thing: 'feature',
    value: name,
    allowed: `any name but '${name}', which is the model's output`,
    next: 'Rename the column in source.sql.',
  });
}
