import type { TreesColumns } from './data.js';
import { addInterventionalShap } from './shap-interventional.js';
import { meanValue } from './continual.js';
import type { Tree, TreesModel } from './model.js';
import { encodeColumns, goesLeft, marginsOf } from './predict.js';
import { addPathShap, createShapPath, depthOf } from './shap-path.js';

/** Shapley values of margins: base + Σ over inputs = margin, for every row and output. */
export interface TreesExplanation {
  readonly rows: number;
  readonly inputs: readonly string[];
  readonly outputs: number;
  /** What is predicted without knowing any input; one per output. */
  readonly base: readonly number[];
  /** [rows, outputs, inputs], row-major. */
  readonly values: Float64Array;
}

/** For each row, where each node of a tree would send it: 1 left. */
function sendRow(tree: Tree, encoded: readonly Float32Array[], row: number, sides: Uint8Array): void {
  for (const [node, input] of tree.input.entries()) {
    sides[node] = input >= 0 && goesLeft(tree, node, encoded[input]?.[row] ?? NaN) ? 1 : 0;
  }
}

const mostNodes = ({ trees }: TreesModel): number =>
  trees.reduce((most, { input }) => Math.max(most, input.length), 1);

/**
 * Exact Shapley values of the game in which an unknown input follows both branches in proportion to the training rows (Lundberg
 * et al. 2018, "path-dependent"). Needs no background rows.
 */
export function explainByPaths(model: TreesModel, columns: TreesColumns): TreesExplanation {
  const encoded = encodeColumns(model, columns);
  const width = model.inputs.length;
  const values = new Float64Array(columns.rows * model.outputs * width);
  const sides = new Uint8Array(mostNodes(model));
  const base = [...model.base];
  for (const [i, tree] of model.trees.entries()) {
    const output = i % model.outputs;
    base[output] = (base[output] ?? 0) + meanValue(tree);
    const path = createShapPath(depthOf(tree));
    for (let row = 0; row < columns.rows; row++) {
      sendRow(tree, encoded, row, sides);
      const start = (row * model.outputs + output) * width;
      addPathShap(tree, sides, path, values.subarray(start, start + width));
    }
  }
  return {
    rows: columns.rows,
    inputs: model.inputs.map(({ name }) => name),
    outputs: model.outputs,
    base,
    values,
  };
}

/**
 * Exact Shapley values of the game in which an unknown input takes its value from a background row, averaged over the
 * background ("interventional", Laberge & Pequignot 2022 and Lundberg et al. 2020). Time grows with rows × background rows.
 */
export function explainAgainst(
  model: TreesModel,
  columns: TreesColumns,
  background: TreesColumns,
): TreesExplanation {
  const encoded = encodeColumns(model, columns);
  const behind = encodeColumns(model, background);
  const width = model.inputs.length;
  const values = new Float64Array(columns.rows * model.outputs * width);
  const own = new Uint8Array(mostNodes(model));
  const other = Array.from({ length: background.rows }, () => new Uint8Array(mostNodes(model)));
  for (const [i, tree] of model.trees.entries()) {
    other.forEach((sides, row) => sendRow(tree, behind, row, sides));
    for (let row = 0; row < columns.rows; row++) {
      sendRow(tree, encoded, row, own);
      const start = (row * model.outputs + (i % model.outputs)) * width;
      const target = values.subarray(start, start + width);
      for (const sides of other)
        addInterventionalShap(tree, { own, other: sides, scale: 1 / background.rows }, target);
    }
  }
  const { outputs } = model;
  return {
    rows: columns.rows,
    inputs: model.inputs.map(({ name }) => name),
    outputs,
    base: meanMargins(model, background),
    values,
  };
}

function meanMargins(model: TreesModel, background: TreesColumns): number[] {
  const margins = marginsOf(model, background);
  return model.base.map((_, output) => {
    let sum = 0;
    for (let row = 0; row < background.rows; row++) sum += margins[row * model.outputs + output] ?? 0;
    return sum / background.rows;
  });
}

/** How much an input moved the margins of some rows. */
export interface ExplanationShare {
  readonly input: string;
  /** Mean of |Shapley value| over rows and outputs. */
  readonly meanAbsolute: number;
  /** Mean of the Shapley value over rows, one per output. */
  readonly mean: readonly number[];
}

/** Summary of an explanation, inputs in the model's order: what is kept with a version. */
export function profileOf({ rows, inputs, outputs, values }: TreesExplanation): ExplanationShare[] {
  return inputs.map((input, i) => {
    const mean = new Array<number>(outputs).fill(0);
    let absolute = 0;
    for (let at = i, cell = 0; cell < rows * outputs; at += inputs.length, cell++) {
      const value = values[at] ?? 0;
      absolute += Math.abs(value);
      mean[cell % outputs] = (mean[cell % outputs] ?? 0) + value / rows;
    }
    return { input, meanAbsolute: rows === 0 ? 0 : absolute / (rows * outputs), mean };
  });
}
