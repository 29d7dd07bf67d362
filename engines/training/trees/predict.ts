import { codesOf } from './category-levels.js';
import { categoryColumn, numberColumn, type TreesColumns } from './data.js';
import { exponential, logisticOf } from './kernel-math.js';
import type { Tree, TreesModel } from './model.js';
import type { Objective } from './parameters.js';

/** Inputs as the trees read them: float32 values, category codes, NaN where missing or unknown; one array per input. */
export function encodeColumns(model: TreesModel, columns: TreesColumns): Float32Array[] {
  return model.inputs.map((input) => {
    if (input.type === 'number') return Float32Array.from(numberColumn(columns, input.name));
    const codes = codesOf(input.levels);
    return Float32Array.from(categoryColumn(columns, input.name), (text) => codes.get(text ?? '') ?? NaN);
  });
}

/** Whether a value goes left at a node. */
export function goesLeft(tree: Tree, node: number, value: number): boolean {
  if (value !== value) return tree.missingLeft[node] === 1;
  const categories = tree.categories[node];
  return categories === undefined ? value <= (tree.threshold[node] ?? 0) : categories.includes(value);
}

/** The leaf of each row in one tree. */
export function leavesOf(tree: Tree, encoded: readonly Float32Array[], rows: number): Uint32Array {
  const leaves = new Uint32Array(rows);
  for (let row = 0; row < rows; row++) {
    let node = 0;
    let input = tree.input[0] ?? -1;
    while (input >= 0) {
      node = (goesLeft(tree, node, encoded[input]?.[row] ?? NaN) ? tree.left[node] : tree.right[node]) ?? 0;
      input = tree.input[node] ?? -1;
    }
    leaves[row] = node;
  }
  return leaves;
}

/** Sums of leaves in tree order, base not included: one column of `rows` per output, one after another. */
export function sumLeaves(model: TreesModel, encoded: readonly Float32Array[], rows: number): Float64Array {
  const sums = new Float64Array(rows * model.outputs);
  for (const [i, tree] of model.trees.entries()) {
    const offset = (i % model.outputs) * rows;
    const leaves = leavesOf(tree, encoded, rows);
    for (let row = 0; row < rows; row++) {
      sums[offset + row] = (sums[offset + row] ?? 0) + (tree.value[leaves[row] ?? 0] ?? 0);
    }
  }
  return sums;
}

/** Margins row by row (`rows` × `outputs`): leaves in tree order, base last; what the ONNX graph gives to the last bit. */
export function marginsOf(model: TreesModel, columns: TreesColumns): Float64Array {
  const sums = sumLeaves(model, encodeColumns(model, columns), columns.rows);
  const { outputs, base } = model;
  const margins = new Float64Array(sums.length);
  for (let k = 0; k < outputs; k++) {
    for (let row = 0; row < columns.rows; row++) {
      margins[row * outputs + k] = (sums[k * columns.rows + row] ?? 0) + (base[k] ?? 0);
    }
  }
  return margins;
}

/** Turns one row's margins into its scores, in place: the prediction (regression) or the probability of each class. */
const links: Record<Objective, (margins: Float64Array) => Float64Array> = {
  squared: (margins) => margins,
  absolute: (margins) => margins,
  quantile: (margins) => margins,
  poisson: (margins) => margins.map(exponential),
  logistic: ([margin = 0]) => {
    const p = logisticOf(margin);
    return Float64Array.of(1 - p, p);
  },
  softmax: (margins) => {
    const most = margins.reduce((a, b) => Math.max(a, b), -Infinity);
    const powers = margins.map((margin) => exponential(margin - most));
    const sum = powers.reduce((a, b) => a + b, 0);
    return powers.map((power) => power / sum);
  },
};

/** Scores of one row: 1 for regression, one probability per class for classification (two for logistic). */
export const scoresPerRow = ({ parameters, outputs }: TreesModel): number =>
  parameters.objective === 'logistic' ? 2 : outputs;

/** Predictions (regression) or class probabilities, row by row. */
export function scoresOf(model: TreesModel, columns: TreesColumns): Float64Array {
  const margins = marginsOf(model, columns);
  const width = scoresPerRow(model);
  const scores = new Float64Array(columns.rows * width);
  for (let row = 0; row < columns.rows; row++) {
    const own = margins.subarray(row * model.outputs, (row + 1) * model.outputs);
    scores.set(links[model.parameters.objective](own), row * width);
  }
  return scores;
}
