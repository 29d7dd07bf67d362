import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createGraph, type GraphBuilder } from '../../engines/inference/graph-builder.js';

/** Inputs of the models: a number `x` and a category `weather`. */
function inputs(graph: GraphBuilder, element: 'double' | 'float' = 'double'): string {
  graph.input('weather', 'string');
  return graph.input('x', element);
}

/** 2 · x, or 0 where x is missing. */
function twice(graph: GraphBuilder, x: string, element: 'double' | 'float'): string {
  const constant = (value: number): string => graph.constant({ element, dims: [1, 1], values: [value] });
  const missing = graph.node({ op: 'IsNaN', inputs: [x] });
  const filled = graph.node({ op: 'Where', inputs: [missing, constant(0), x] });
  return graph.node({ op: 'Mul', inputs: [filled, constant(2)] });
}

const finish = (graph: GraphBuilder): Uint8Array => graph.finish({ metadata: {} });
const copy = (graph: GraphBuilder, from: string, output: string): string =>
  graph.node({ op: 'Identity', inputs: [from], output });

/** Models of programs, right and wrong, by file name. */
const MODELS: Readonly<Record<string, () => Uint8Array>> = {
  'good.onnx': () => {
    const graph = createGraph();
    copy(graph, twice(graph, inputs(graph), 'double'), 'prediction');
    graph.output('prediction', 'double', 1);
    return finish(graph);
  },
  'single-precision.onnx': () => {
    const graph = createGraph();
    copy(graph, twice(graph, inputs(graph, 'float'), 'float'), 'prediction');
    graph.output('prediction', 'float', 1);
    return finish(graph);
  },
  'second-output.onnx': () => {
    const graph = createGraph();
    const scored = twice(graph, inputs(graph), 'double');
    copy(graph, scored, 'extra');
    copy(graph, scored, 'prediction');
    graph.output('extra', 'double', 1);
    graph.output('prediction', 'double', 1);
    return finish(graph);
  },
  'missing-input.onnx': () => {
    const graph = createGraph();
    copy(graph, twice(graph, graph.input('x', 'double'), 'double'), 'prediction');
    graph.output('prediction', 'double', 1);
    return finish(graph);
  },
  'other-type.onnx': () => {
    const graph = createGraph();
    graph.input('weather', 'double');
    copy(graph, twice(graph, graph.input('x', 'double'), 'double'), 'prediction');
    graph.output('prediction', 'double', 1);
    return finish(graph);
  },
  'other-output.onnx': () => {
    const graph = createGraph();
    copy(graph, twice(graph, inputs(graph), 'double'), 'variable');
    graph.output('variable', 'double', 1);
    return finish(graph);
  },
  'two-columns.onnx': () => {
    const graph = createGraph();
    const scored = twice(graph, inputs(graph), 'double');
    const both = { op: 'Concat', inputs: [scored, scored], attributes: { axis: { int: 1 } } };
    graph.node({ ...both, output: 'prediction' });
    graph.output('prediction', 'double', 2);
    return finish(graph);
  },
  'not-finite.onnx': () => {
    const graph = createGraph();
    copy(graph, inputs(graph), 'prediction');
    graph.output('prediction', 'double', 1);
    return finish(graph);
  },
  'sees-others.onnx': () => {
    const graph = createGraph();
    const scored = twice(graph, inputs(graph), 'double');
    const mean = graph.node({ op: 'ReduceMean', inputs: [scored], attributes: { axes: { ints: [0] } } });
    graph.node({ op: 'Add', inputs: [scored, mean], output: 'prediction' });
    graph.output('prediction', 'double', 1);
    return finish(graph);
  },
  'logits.onnx': () => {
    const graph = createGraph();
    const scored = twice(graph, inputs(graph, 'float'), 'float');
    const all = { op: 'Concat', inputs: [scored, scored, scored], attributes: { axis: { int: 1 } } };
    graph.node({ ...all, output: 'scores' });
    graph.output('scores', 'float', 3);
    return finish(graph);
  },
  'shares.onnx': () => {
    const graph = createGraph();
    const scored = twice(graph, inputs(graph, 'float'), 'float');
    const zero = graph.node({ op: 'Sub', inputs: [scored, scored] });
    const all = { op: 'Concat', inputs: [zero, scored, zero], attributes: { axis: { int: 1 } } };
    const joined = graph.node(all);
    graph.node({ op: 'Softmax', inputs: [joined], attributes: { axis: { int: 1 } }, output: 'scores' });
    graph.output('scores', 'float', 3);
    return finish(graph);
  },
  'no-model.onnx': () => new TextEncoder().encode('certainly no ONNX'),
};

/** Writes every model into a folder. */
export function writeProgramModels(folder: string): void {
  for (const [name, make] of Object.entries(MODELS)) writeFileSync(join(folder, name), make());
}
