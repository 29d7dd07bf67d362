import { createGraph, type GraphBuilder } from '../engines/inference/graph-builder.js';
import { createScorer } from '../engines/inference/index.js';
import type { Aliases } from '../domain/aliases.js';
import { noAliases } from '../domain/aliases.js';
import type { Manifest, ModelInput } from '../domain/manifest.js';
import type { VersionRef } from '../domain/references.js';
import { sampleManifest } from '../storage/fixtures.js';
import { putArtifact, putJsonArtifact } from '../storage/objects/artifacts.js';
import type { ObjectStore } from '../storage/objects/object-store.js';
import { createRegistry } from '../storage/registry/registry.js';

/** Inputs of the hand-made models of the tests. */
export const TEST_INPUTS: readonly ModelInput[] = [
  { name: 'temp', type: 'number' },
  { name: 'season', type: 'category' },
];

/** Adds `prediction` to a graph whose inputs are declared; gets the name of `temp` as double [N, 1]. */
export type Body = (graph: GraphBuilder, temp: string) => void;

/** A regression model with the test inputs that computes what `body` says. */
export function handMade(body: Body): Uint8Array {
  const graph = createGraph();
  const temp = graph.input('temp', 'double');
  graph.input('season', 'string');
  body(graph, temp);
  graph.output('prediction', 'double', 1);
  return graph.finish({ metadata: {} });
}

/** Predicts `value` for every row, so that an answer betrays who computed it. */
export const constant =
  (value: number): Body =>
  (graph, temp) => {
    const zero = graph.node({ op: 'Sub', inputs: [temp, temp] });
    const one = graph.constant({ element: 'double', dims: [1, 1], values: [value] });
    graph.node({ op: 'Add', inputs: [zero, one], output: 'prediction' });
  };

/** Predicts `temp · 2`, and fails for rows hotter than 100: it looks up a place that a table does not have. */
export const failsWhenHot: Body = (graph, temp) => {
  const limit = graph.constant({ element: 'double', dims: [1, 1], values: [100] });
  const hot = graph.node({ op: 'Greater', inputs: [temp, limit] });
  const index = graph.node({ op: 'Cast', inputs: [hot], attributes: { to: { int: 7 } } });
  const table = graph.constant({ element: 'double', dims: [1], values: [2] });
  const two = graph.node({ op: 'Gather', inputs: [table, index] });
  graph.node({ op: 'Mul', inputs: [temp, two], output: 'prediction' });
};

/** Predicts `temp`; a row hotter than 100 keeps the processor busy for longer than anybody waits. */
export const hangsWhenHot: Body = (graph, temp) => {
  const number = (value: number): string =>
    graph.constant({ element: 'double', dims: [1, 1], values: [value] });
  const hot = graph.node({ op: 'Greater', inputs: [temp, number(100)] });
  const side = graph.node({ op: 'Where', inputs: [hot, number(6000), number(1)] });
  const most = graph.node({ op: 'ReduceMax', inputs: [side], attributes: { keepdims: { int: 0 } } });
  const size = graph.node({ op: 'Cast', inputs: [most], attributes: { to: { int: 7 } } });
  const flat = graph.node({
    op: 'Reshape',
    inputs: [size, graph.constant({ element: 'int64', dims: [1], values: [1] })],
  });
  const shape = graph.node({ op: 'Concat', inputs: [flat, flat], attributes: { axis: { int: 0 } } });
  let matrix = graph.node({ op: 'ConstantOfShape', inputs: [shape] });
  const square = matrix;
  for (let i = 0; i < 2000; i++) matrix = graph.node({ op: 'MatMul', inputs: [matrix, square] });
  const sum = graph.node({ op: 'ReduceSum', inputs: [matrix], attributes: { keepdims: { int: 0 } } });
  const nothing = graph.node({ op: 'Cast', inputs: [sum], attributes: { to: { int: 11 } } });
  graph.node({ op: 'Add', inputs: [temp, nothing], output: 'prediction' });
};

/** Stores a hand-made model as the next version of a model. */
export async function registerHandMade(
  store: ObjectStore,
  body: Body,
  over: Partial<Manifest> = {},
): Promise<VersionRef> {
  const onnx = handMade(body);
  const scorer = await createScorer({ onnx, inputs: TEST_INPUTS, classes: null });
  const table = {
    rows: 2,
    numbers: { temp: Float64Array.of(1, 20.5) },
    categories: { season: ['1', null] },
  };
  const scored = await scorer.score(table);
  await scorer.dispose();
  const golden = {
    format: 'perennial-golden/1',
    rows: [
      { temp: 1, season: '1' },
      { temp: 20.5, season: null },
    ],
    scores: scored.predictions.map((value) => [value]),
  };
  return createRegistry(store).register({
    ...sampleManifest(0),
    inputs: [...TEST_INPUTS],
    onnx: await putArtifact(store, onnx),
    golden: await putJsonArtifact(store, golden),
    ...over,
  });
}

/** Aliases of the test model at a generation. */
export const aliasesAt = (generation: number, over: Partial<Aliases> = {}): Aliases => ({
  ...noAliases('bike-demand'),
  generation,
  ...over,
});
