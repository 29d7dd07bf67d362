import { encodeColumns, leavesOf } from './predict.js';
import type { Tree, TreesModel } from './model.js';
import { objectives, quantileOf } from './objectives.js';
import { prepareTrees, type Prepared, type TreesTraining } from './prepare.js';
import { roundsOf } from './model.js';

/** How leaves are fitted anew. */
export interface RefitOptions {
  /** Share of the old value that stays in each leaf, in [0, 1]. @default 0.9, as in LightGBM */
  readonly decay?: number;
}

/**
 * The same trees with leaf values fitted to new rows: cheap adaptation that moves no split. Trees are taken in order; each leaf
 * becomes decay · old + (1 − decay) · its step on the new rows, given the trees before it. A leaf without new rows keeps its
 * value. The base stays. `training.start` is the model; its options give learning rate and penalty.
 */
export function refitLeaves(
  training: TreesTraining & { readonly start: TreesModel },
  { decay = 0.9 }: RefitOptions = {},
): TreesModel {
  const prepared = prepareTrees(training);
  const { start } = training;
  const encoded = encodeColumns(start, prepared.train);
  prepared.space.memory.f64.set(start.base, prepared.space.bases / 8);
  const trees: Tree[] = [];
  for (const [i, tree] of start.trees.entries()) {
    const output = i % start.outputs;
    if (output === 0 && start.outputs > 1) updateProbabilities(prepared);
    const leaves = leavesOf(tree, encoded, prepared.train.rows);
    const steps = leafSteps(prepared, start, { tree, output, leaves });
    const value = tree.value.map((old, leaf) => {
      const step = steps.get(leaf);
      return step === undefined
        ? old
        : decay * old + (1 - decay) * step * prepared.parameters.learningRate + 0;
    });
    addValues(prepared, { value, output, leaves });
    trees.push({ ...tree, value });
  }
  prepared.close();
  return { ...start, trees };
}

interface RefitTree {
  readonly tree: Tree;
  readonly output: number;
  readonly leaves: Uint32Array;
}

function updateProbabilities({ space, kernel, outputs }: Prepared): void {
  const { scores, rows } = space.train;
  kernel.softmax({
    scores,
    bases: space.bases,
    count: rows,
    classes: outputs,
    probabilities: space.probabilities,
  });
}

function addValues(
  { space }: Prepared,
  { value, output, leaves }: { value: readonly number[]; output: number; leaves: Uint32Array },
): void {
  const { f64 } = space.memory;
  const start = space.train.scores / 8 + output * space.train.rows;
  for (const [row, leaf] of leaves.entries()) f64[start + row] = (f64[start + row] ?? 0) + (value[leaf] ?? 0);
}

/** Step of each leaf that has rows, learning rate not included. A tree without a split has none: it adds nothing. */
function leafSteps(prepared: Prepared, start: TreesModel, job: RefitTree): Map<number, number> {
  if (job.tree.input[0] === -1) return new Map();
  const level = objectives[start.parameters.objective].renewal(prepared.parameters);
  return level === undefined
    ? newtonSteps(prepared, start, job)
    : quantileSteps(prepared, start, { ...job, level });
}

function newtonSteps(
  prepared: Prepared,
  start: TreesModel,
  { output, leaves }: RefitTree,
): Map<number, number> {
  const { parameters, outputs, space, kernel } = prepared;
  const rule = objectives[parameters.objective];
  const { rows, labels, weights } = space.train;
  const { a, b } = rule.constants(parameters, outputs);
  kernel.gradients({
    kind: rule.kernelKind,
    scores: (outputs > 1 ? space.probabilities : space.train.scores) + output * rows * 8,
    bias: outputs > 1 ? 0 : (start.base[0] ?? 0),
    labels,
    weights,
    count: rows,
    a: outputs > 1 ? output : a,
    b,
    pairs: space.pairs,
    maxima: space.sums,
  });
  const { f64 } = space.memory;
  const sums = new Map<number, { g: number; h: number }>();
  for (const [row, leaf] of leaves.entries()) {
    const sum = sums.get(leaf) ?? { g: 0, h: 0 };
    sum.g += f64[space.pairs / 8 + 2 * row] ?? 0;
    sum.h += f64[space.pairs / 8 + 2 * row + 1] ?? 0;
    sums.set(leaf, sum);
  }
  const step = ({ g, h }: { g: number; h: number }): number =>
    -g / Math.max(h + parameters.lambdaL2, Number.MIN_VALUE);
  return new Map([...sums].filter(([, { h }]) => h > 0).map(([leaf, sum]) => [leaf, step(sum)]));
}

function quantileSteps(
  { space, train }: Prepared,
  start: TreesModel,
  { leaves, level }: RefitTree & { level: number },
): Map<number, number> {
  const rowsOf = new Map<number, number[]>();
  for (const [row, leaf] of leaves.entries()) {
    const rows = rowsOf.get(leaf);
    if (rows === undefined) rowsOf.set(leaf, [row]);
    else rows.push(row);
  }
  const { f64 } = space.memory;
  const residual = (row: number): number =>
    (train.label[row] ?? 0) - ((f64[space.train.scores / 8 + row] ?? 0) + (start.base[0] ?? 0));
  const stepOf = (rows: readonly number[]): number => {
    const weight =
      train.weight === undefined ? undefined : Float64Array.from(rows, (row) => train.weight?.[row] ?? 1);
    return quantileOf(Float64Array.from(rows, residual), weight, level);
  };
  return new Map([...rowsOf].map(([leaf, rows]) => [leaf, stepOf(rows)]));
}

/**
 * The model without its oldest rounds, so that it does not grow for ever: the `keepRounds` newest stay. What the dropped trees
 * gave on average over the rows they were grown on moves into the base; the rest of what they knew is lost, so continue the
 * training afterwards.
 */
export function forgetOldest(model: TreesModel, keepRounds: number): TreesModel {
  const dropped = Math.max(0, roundsOf(model) - Math.max(0, keepRounds)) * model.outputs;
  const base = [...model.base];
  for (const [i, tree] of model.trees.slice(0, dropped).entries()) {
    const output = i % model.outputs;
    base[output] = (base[output] ?? 0) + meanValue(tree);
  }
  return { ...model, base, trees: model.trees.slice(dropped) };
}

/** Mean of a tree over the rows it was grown on. */
export function meanValue({ input, value, rows }: Tree): number {
  const total = rows[0] ?? 1;
  return value.reduce(
    (sum, v, node) => (input[node] === -1 ? sum + (v * (rows[node] ?? 0)) / total : sum),
    0,
  );
}
