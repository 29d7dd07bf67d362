import { ML_DOMAIN, type Attribute, type GraphBuilder } from '../../inference/graph-builder.js';
import type { Tree, TreesInput, TreesModel } from './model.js';
import { toDouble } from './onnx-exponential.js';

const FLOAT = 1;
/** Modes of TreeEnsemble's nodes. */
const LESS_OR_EQUAL = 0;
const MEMBER = 6;
const SUM = 1;

/** Version of `ai.onnx.ml` that has TreeEnsemble with sets of categories. */
export const TREES_ML_VERSION = 5;

/**
 * Adds the raw named inputs and all trees, and returns the name of the margins, double [N, outputs], base included. Equal to
 * {@link marginsOf} to the last bit with one intra-op thread: inputs become float32 as in training, trees sum in double in tree
 * order, the base comes last.
 */
export function addTrees(graph: GraphBuilder, model: TreesModel): string {
  const matrix = addInputs(graph, model.inputs);
  const sums = graph.node({
    op: 'TreeEnsemble',
    domain: ML_DOMAIN,
    inputs: [matrix],
    attributes: ensembleAttributes(model),
  });
  const base = graph.constant({ element: 'double', dims: [1, model.outputs], values: model.base });
  return graph.node({ op: 'Add', inputs: [sums, base] });
}

/** The matrix of {@link encodeColumns} in the graph, but that a missing category is one more code, not NaN. */
function addInputs(graph: GraphBuilder, inputs: readonly TreesInput[]): string {
  const columns = inputs.map((input) => {
    if (input.type === 'category') return addCategory(graph, input.name, input.levels);
    const raw = graph.input(input.name, 'double');
    return graph.node({ op: 'Cast', inputs: [raw], attributes: { to: { int: FLOAT } } });
  });
  const joined = graph.node({ op: 'Concat', inputs: columns, attributes: { axis: { int: 1 } } });
  return graph.node({ op: 'Cast', inputs: [joined], attributes: toDouble });
}

function addCategory(graph: GraphBuilder, name: string, levels: readonly string[]): string {
  const known = levels.length > 0 ? levels : [''];
  return graph.node({
    op: 'LabelEncoder',
    domain: ML_DOMAIN,
    inputs: [graph.input(name, 'string')],
    attributes: {
      keys_strings: { texts: known },
      values_floats: { floats: levels.length > 0 ? [...levels.keys()] : [0] },
      default_float: { float: levels.length },
    },
  });
}

/** Columns of TreeEnsemble's attributes; one member a node or leaf. */
interface Ensemble {
  readonly roots: number[];
  readonly inputs: number[];
  readonly modes: number[];
  readonly splits: number[];
  readonly missingLeft: number[];
  readonly members: number[];
  readonly left: Branch;
  readonly right: Branch;
  readonly targets: number[];
  readonly weights: number[];
}

/** Where a branch leads: a node, or (`leaf` 1) a leaf. */
interface Branch {
  readonly to: number[];
  readonly leaf: number[];
}

/** Stands for a model without a split: both branches add nothing. */
const nothing: Tree = {
  input: [0, -1, -1],
  threshold: [0, 0, 0],
  categories: {},
  missingLeft: [0, 0, 0],
  left: [1, 0, 0],
  right: [2, 0, 0],
  value: [0, 0, 0],
  rows: [0, 0, 0],
  gain: [0, 0, 0],
};

function ensembleAttributes(model: TreesModel): Record<string, Attribute> {
  const ensemble: Ensemble = {
    ...{
      roots: [],
      inputs: [],
      modes: [],
      splits: [],
      missingLeft: [],
      members: [],
      targets: [],
      weights: [],
    },
    left: { to: [], leaf: [] },
    right: { to: [], leaf: [] },
  };
  // A tree of one leaf adds 0 and is no tree to ONNX.
  const kept = model.trees.flatMap((tree, i) =>
    tree.input[0] === -1 ? [] : [{ tree, output: i % model.outputs }],
  );
  for (const { tree, output } of kept.length > 0 ? kept : [{ tree: nothing, output: 0 }]) {
    appendTree(ensemble, tree, { output, inputs: model.inputs });
  }
  const double = (values: number[]): Attribute => ({
    tensor: { element: 'double', dims: [values.length], values },
  });
  const { modes } = ensemble;
  return {
    aggregate_function: { int: SUM },
    n_targets: { int: model.outputs },
    post_transform: { int: 0 },
    tree_roots: { ints: ensemble.roots },
    nodes_featureids: { ints: ensemble.inputs },
    nodes_modes: { tensor: { element: 'uint8', dims: [modes.length], values: modes } },
    nodes_splits: double(ensemble.splits),
    nodes_missing_value_tracks_true: { ints: ensemble.missingLeft },
    nodes_truenodeids: { ints: ensemble.left.to },
    nodes_trueleafs: { ints: ensemble.left.leaf },
    nodes_falsenodeids: { ints: ensemble.right.to },
    nodes_falseleafs: { ints: ensemble.right.leaf },
    leaf_targetids: { ints: ensemble.targets },
    leaf_weights: double(ensemble.weights),
    ...(ensemble.members.length > 0 ? { membership_values: double(ensemble.members) } : {}),
  };
}

function appendTree(
  ensemble: Ensemble,
  tree: Tree,
  { output, inputs }: { output: number; inputs: readonly TreesInput[] },
): void {
  const places = placesOf(tree, { nodes: ensemble.inputs.length, leaves: ensemble.targets.length });
  ensemble.roots.push(ensemble.inputs.length);
  for (const [node, input] of tree.input.entries()) {
    if (input < 0) {
      ensemble.targets.push(output);
      ensemble.weights.push(tree.value[node] ?? 0);
      continue;
    }
    const split = inputs[input];
    // The tree that stands for a model without a split has no set, whatever its first input is.
    const set = split?.type === 'category' ? tree.categories[node] : undefined;
    const missingLeft = tree.missingLeft[node] ?? 0;
    ensemble.inputs.push(input);
    ensemble.splits.push(tree.threshold[node] ?? 0);
    ensemble.missingLeft.push(missingLeft);
    ensemble.modes.push(set === undefined ? LESS_OR_EQUAL : MEMBER);
    if (split?.type === 'category' && set !== undefined) {
      // Sets follow one another, each closed by NaN. A missing category has the code after the last level.
      ensemble.members.push(...set, ...(missingLeft === 1 ? [split.levels.length] : []), NaN);
    }
    for (const [branch, child] of [
      [ensemble.left, tree.left[node]],
      [ensemble.right, tree.right[node]],
    ] as const) {
      branch.to.push(places[child ?? 0] ?? 0);
      branch.leaf.push(tree.input[child ?? 0] === -1 ? 1 : 0);
    }
  }
}

/** Index of each node among all nodes, or of each leaf among all leaves. */
function placesOf(tree: Tree, start: { nodes: number; leaves: number }): number[] {
  let { nodes, leaves } = start;
  return tree.input.map((input) => (input < 0 ? leaves++ : nodes++));
}
