import type { GraphBuilder } from '../../inference/graph-builder.js';
import { createGraph } from '../../inference/graph-builder.js';
import type { TreesModel } from './model.js';
import type { Objective } from './parameters.js';
import { addExponential } from './onnx-exponential.js';
import { addTrees, TREES_ML_VERSION } from './onnx-trees.js';
import { scoresPerRow } from './predict.js';

const FLOAT = 1;

/** What a margin means, as graph nodes; gives the name of a double tensor: the prediction, or a probability per class. */
const links: Record<Objective, (graph: GraphBuilder, margin: string, outputs: number) => string> = {
  squared: (_, margin) => margin,
  absolute: (_, margin) => margin,
  quantile: (_, margin) => margin,
  poisson: addExponential,
  logistic(graph, margin) {
    const one = graph.constant({ element: 'double', dims: [], values: [1] });
    const opposite = graph.node({ op: 'Neg', inputs: [margin] });
    const sum = graph.node({ op: 'Add', inputs: [one, addExponential(graph, opposite)] });
    const p = graph.node({ op: 'Div', inputs: [one, sum] });
    const rest = graph.node({ op: 'Sub', inputs: [one, p] });
    return graph.node({ op: 'Concat', inputs: [rest, p], attributes: { axis: { int: 1 } } });
  },
  softmax(graph, margin, outputs) {
    const attributes = { axes: { ints: [1] }, keepdims: { int: 1 } };
    const most = graph.node({ op: 'ReduceMax', inputs: [margin], attributes });
    const powers = addExponential(graph, graph.node({ op: 'Sub', inputs: [margin, most] }));
    // Added one by one: a reduction may add in any order.
    const column = (k: number): string => {
      const index = graph.constant({ element: 'int64', dims: [1], values: [k] });
      return graph.node({ op: 'Gather', inputs: [powers, index], attributes: { axis: { int: 1 } } });
    };
    let sum = column(0);
    for (let k = 1; k < outputs; k++) sum = graph.node({ op: 'Add', inputs: [sum, column(k)] });
    return graph.node({ op: 'Div', inputs: [powers, sum] });
  },
};

/**
 * Adds a whole trees model with its output: `prediction`, double [N, 1], for regression, or `scores`, float [N, classes], the
 * doubles of {@link scoresOf} rounded once.
 */
export function addTreesModel(graph: GraphBuilder, model: TreesModel): void {
  const { objective } = model.parameters;
  const scores = links[objective](graph, addTrees(graph, model), model.outputs);
  if (objective === 'logistic' || objective === 'softmax') {
    graph.node({ op: 'Cast', inputs: [scores], attributes: { to: { int: FLOAT } }, output: 'scores' });
    graph.output('scores', 'float', scoresPerRow(model));
  } else {
    graph.node({ op: 'Identity', inputs: [scores], output: 'prediction' });
    graph.output('prediction', 'double', 1);
  }
}

/** The model alone as ONNX bytes; `metadata` is written sorted by key. Equal models give equal bytes. */
export function treesToOnnx(model: TreesModel, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const graph = createGraph();
  addTreesModel(graph, model);
  return graph.finish({ metadata, mlVersion: TREES_ML_VERSION });
}
