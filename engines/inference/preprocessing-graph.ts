import type { CategoryPreparation, NumberPreparation, Preprocessing } from '../training/fitted-model.js';
import { type GraphBuilder, ML_DOMAIN } from './graph-builder.js';

/**
 * Adds the nodes that turn raw named inputs into the encoded float matrix [N, width], and returns its name. Numbers stay double until they are
 * scaled: Concat → IsNaN → Where → Sub → Mul → Cast (ONNX Runtime's `Imputer` has no double kernel). Categories are looked up in their
 * levels, everything else being the unknown level, and spread into columns of 0 and 1.
 */
export function addPreprocessing(graph: GraphBuilder, { inputs }: Preprocessing): string {
  const numbers = inputs.filter((input) => input.type === 'number');
  const categories = inputs.filter((input) => input.type === 'category');
  const parts = [
    ...(numbers.length > 0 ? [addNumbers(graph, numbers)] : []),
    ...categories.map((input) => addCategory(graph, input)),
  ];
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  return graph.node({ op: 'Concat', inputs: parts, attributes: { axis: { int: 1 } } });
}

function addNumbers(graph: GraphBuilder, numbers: readonly NumberPreparation[]): string {
  const raw = numbers.map((input) => graph.input(input.name, 'double'));
  const row = (pick: (input: NumberPreparation) => number): string =>
    graph.constant({ element: 'double', dims: [1, numbers.length], values: numbers.map(pick) });
  const joined = graph.node({ op: 'Concat', inputs: raw, attributes: { axis: { int: 1 } } });
  const missing = graph.node({ op: 'IsNaN', inputs: [joined] });
  const filled = graph.node({ op: 'Where', inputs: [missing, row((input) => input.impute), joined] });
  const centred = graph.node({ op: 'Sub', inputs: [filled, row((input) => input.mean)] });
  const scaled = graph.node({ op: 'Mul', inputs: [centred, row((input) => input.scale)] });
  return graph.node({ op: 'Cast', inputs: [scaled], attributes: { to: { int: 1 } } });
}

function addCategory(graph: GraphBuilder, { name, levels }: CategoryPreparation): string {
  const raw = graph.input(name, 'string');
  const unknown = levels.length;
  const places = [...levels.keys()];
  const keys = levels.length > 0 ? levels : [''];
  const index = graph.node({
    op: 'LabelEncoder',
    domain: ML_DOMAIN,
    inputs: [raw],
    attributes: {
      keys_strings: { texts: keys },
      values_int64s: { ints: levels.length > 0 ? places : [unknown] },
      default_int64: { int: unknown },
    },
  });
  const spread = graph.node({
    op: 'OneHotEncoder',
    domain: ML_DOMAIN,
    inputs: [index],
    attributes: { cats_int64s: { ints: [...places, unknown] }, zeros: { int: 1 } },
  });
  const shape = graph.constant({ element: 'int64', dims: [2], values: [-1, unknown + 1] });
  return graph.node({ op: 'Reshape', inputs: [spread, shape] });
}
