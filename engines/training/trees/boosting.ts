import { PerennialError } from '../../../domain/errors.js';
import { growTree, type Grown } from './grow.js';
import { hashNumbers } from './hash.js';
import type { Tree, TreesModel } from './model.js';
import { meanLoss, objectives, quantileOf, type MarginOf } from './objectives.js';
import type { Prepared } from './prepare.js';
import { scaleFor } from './scale.js';
import { leafValue, type Leaf, type RoundScale } from './split.js';
import { modelInputs, writeTree } from './tree-memory.js';
import type { RowBlock } from './workspace.js';

/** Why a training has ended: all rounds grown, no validation gain for too long, or no split gains anything any more. */
export type BoostingEnd = 'all-rounds' | 'stopped-early' | 'nothing-to-split';

/** A training between two rounds. Only {@link boostRound} changes it. */
export interface Boosting {
  readonly prepared: Prepared;
  readonly base: readonly number[];
  /** Trees so far, those of a model that was continued first. */
  readonly trees: Tree[];
  /** Trees that were there before round 1. */
  readonly inherited: number;
  /** Rounds grown so far. */
  round: number;
  /** Best validation loss so far, and after how many rounds; round 0 is the start. Undefined without validation rows. */
  best: { readonly round: number; readonly loss: number } | undefined;
  end: BoostingEnd | undefined;
}

/** What is known after a round. */
export interface RoundReport {
  /** Rounds grown so far. */
  readonly round: number;
  readonly rounds: number;
  /** Mean loss of the validation rows; undefined without them. */
  readonly validationLoss: number | undefined;
  readonly best: { readonly round: number; readonly loss: number } | undefined;
}

/** Grows one round (one tree per output) and adds it to the scores. Call it only while `end` is undefined. */
export function boostRound(boosting: Boosting): RoundReport {
  const { prepared } = boosting;
  const { parameters, outputs, space, kernel } = prepared;
  const { kernelKind } = objectives[parameters.objective];
  const inBag = drawRows(boosting);
  if (outputs > 1) {
    const { scores, rows } = space.train;
    const { bases, probabilities } = space;
    kernel.softmax({ scores, bases, count: rows, classes: outputs, probabilities });
  }
  let split = false;
  for (let output = 0; output < outputs; output++) {
    const scale = derive(boosting, output, kernelKind);
    const grown = growOne(boosting, { output, scale, inBag });
    split = split || grown.leaves.length > 1;
    finishTree(boosting, { grown, output, scale, inBag });
  }
  closeRound(boosting, split);
  const validationLoss = judge(boosting);
  return { round: boosting.round, rounds: parameters.numIterations, validationLoss, best: boosting.best };
}

/** Puts the rows that take part in this round first in the list; gives how many. */
function drawRows({ prepared: { parameters, space, kernel }, round }: Boosting): number {
  const { baggingFraction, baggingFreq, seed } = parameters;
  const { rows, list } = space.train;
  const salt = hashNumbers(seed, 2, Math.floor(round / baggingFreq));
  const limit = baggingFraction === 1 ? 2 ** 32 : baggingFraction * 2 ** 32;
  return kernel.sampleRows({ count: rows, salt, limit, rows: list, scratch: space.scratchRows });
}

/** Computes this output's derivatives and rounds them to integers. */
function derive({ prepared, base, round }: Boosting, output: number, kind: number): RoundScale {
  const { parameters, outputs, space, kernel } = prepared;
  const { rows, labels, weights } = space.train;
  const { a, b } = objectives[parameters.objective].constants(parameters, outputs);
  const source = outputs > 1 ? space.probabilities : space.train.scores;
  kernel.gradients({
    kind,
    scores: source + output * rows * 8,
    bias: outputs > 1 ? 0 : (base[0] ?? 0),
    labels,
    weights,
    count: rows,
    a: outputs > 1 ? output : a,
    b,
    pairs: space.pairs,
    maxima: space.sums,
  });
  const mostG = space.memory.f64[space.sums / 8] ?? NaN;
  const mostH = space.memory.f64[space.sums / 8 + 1] ?? NaN;
  if (!Number.isFinite(mostG) || !Number.isFinite(mostH)) refuseDivergence(round, mostG);
  const scale = scaleFor(mostG, mostH, rows);
  kernel.quantise({
    pairs: space.pairs,
    count: rows,
    gScale: scale.g,
    hScale: scale.h,
    gradients: space.gradients,
  });
  return scale;
}

function refuseDivergence(round: number, value: number): never {
  throw new PerennialError({
    type: 'diverged',
    thing: `largest gradient of round ${round + 1}`,
    value: String(value),
    allowed: 'a finite number',
    next: 'Lower learningRate, or look for labels far outside the usual range.',
  });
}

interface TreeJob {
  readonly output: number;
  readonly scale: RoundScale;
  readonly inBag: number;
}

function growOne({ prepared, round }: Boosting, { output, scale, inBag }: TreeJob): Grown {
  const { parameters, bins, directions, space, kernel } = prepared;
  const features = drawInputs(prepared, round * prepared.outputs + output);
  space.memory.u32.set(features, space.features / 4);
  const p = parameters;
  const settings = [
    p.lambdaL2 * scale.h,
    p.minSumHessianInLeaf * scale.h,
    p.minGainToSplit * scale.g * (scale.g / scale.h),
    p.categorySmoothing * scale.h,
    p.categoryL2 * scale.h,
    p.maxCategoriesInSplit,
    p.maxCategoriesOneByOne,
    p.minDataPerGroup,
    p.categorySmoothing,
  ];
  space.memory.f64.set(settings, space.settings / 8);
  return growTree({
    space,
    kernel,
    parameters,
    bins,
    directions,
    scale,
    rows: inBag,
    featureCount: features.length,
  });
}

/** Usable inputs of one tree, ascending: the share with the least hashes. */
function drawInputs({ bins, parameters: { featureFraction, seed } }: Prepared, tree: number): number[] {
  const usable = bins.flatMap(({ usable: may }, i) => (may ? [i] : []));
  const wanted = Math.ceil(usable.length * featureFraction);
  if (wanted === usable.length) return usable;
  return usable
    .map((input) => ({ input, draw: hashNumbers(seed, 3, tree, input) }))
    .sort((a, b) => a.draw - b.draw || a.input - b.input)
    .slice(0, wanted)
    .map(({ input }) => input)
    .sort((a, b) => a - b);
}

/** Gives the leaves their values and adds the tree to all scores. */
function finishTree(boosting: Boosting, { grown, output, scale, inBag }: TreeJob & { grown: Grown }): void {
  const { prepared, trees } = boosting;
  const { parameters, space, kernel } = prepared;
  const level = objectives[parameters.objective].renewal(parameters);
  const only = grown.leaves.length === 1;
  const { list, rows } = space.train;
  const scores = space.train.scores + output * rows * 8;
  for (const leaf of grown.leaves) {
    const step = level === undefined ? leafValue(leaf, scale) : renewed(boosting, leaf, level);
    grown.tree.setValue(leaf.node, only ? 0 : step * parameters.learningRate);
  }
  const tree = grown.tree.build();
  trees.push(tree);
  if (only) return;
  for (const { begin, count, node } of grown.leaves) {
    kernel.addLeaf({ scores, rows: list + begin * 4, count, value: tree.value[node] ?? 0 });
  }
  if (inBag === rows && space.validation === undefined) return;
  writeTree(space, tree);
  addRows(prepared, space.train, { scores, from: inBag });
  const { validation } = space;
  if (validation === undefined) return;
  addRows(prepared, validation, { scores: validation.scores + output * validation.rows * 8, from: 0 });
}

/** Adds the tree in memory to the rows from place `from` of a block's list. */
function addRows(
  { space, kernel }: Prepared,
  { bins, list, rows }: RowBlock,
  { scores, from }: { scores: number; from: number },
): void {
  const { stride, nodes, tables, values } = space;
  kernel.addTree({ scores, bins, stride, rows: list + from * 4, count: rows - from, nodes, tables, values });
}

/** Quantile of a leaf's residuals, within the leaf's bounds. */
function renewed({ prepared, base }: Boosting, leaf: Leaf, level: number): number {
  const { space, train } = prepared;
  const { f64, u32 } = space.memory;
  const residuals = new Float64Array(leaf.count);
  const weight = train.weight === undefined ? undefined : new Float64Array(leaf.count);
  for (let i = 0; i < leaf.count; i++) {
    const row = u32[space.train.list / 4 + leaf.begin + i] ?? 0;
    residuals[i] = (train.label[row] ?? 0) - ((f64[space.train.scores / 8 + row] ?? 0) + (base[0] ?? 0));
    if (weight !== undefined) weight[i] = train.weight?.[row] ?? 1;
  }
  return Math.min(leaf.most, Math.max(leaf.least, quantileOf(residuals, weight, level)));
}

/** Counts the round, or takes it back and ends when no tree could split and no later draw could change that. */
function closeRound(boosting: Boosting, split: boolean): void {
  const { baggingFraction, featureFraction, numIterations } = boosting.prepared.parameters;
  if (!split && baggingFraction === 1 && featureFraction === 1) {
    boosting.trees.length -= boosting.prepared.outputs;
    boosting.end = 'nothing-to-split';
    return;
  }
  boosting.round += 1;
  if (boosting.round >= numIterations) boosting.end = 'all-rounds';
}

/** Validation loss after the round; may end the training. */
function judge(boosting: Boosting): number | undefined {
  const loss = validationLoss(boosting);
  if (loss === undefined) return undefined;
  if (boosting.best === undefined || loss < boosting.best.loss)
    boosting.best = { round: boosting.round, loss };
  const patience = boosting.prepared.parameters.earlyStoppingRound;
  if (patience > 0 && boosting.round - boosting.best.round >= patience) boosting.end = 'stopped-early';
  return loss;
}

/** Mean loss of the validation rows as of now; undefined without them. */
export function validationLoss({ prepared, base }: Boosting): number | undefined {
  const { validation, space, parameters, outputs } = prepared;
  const block = space.validation;
  if (validation === undefined || block === undefined) return undefined;
  const { f64 } = space.memory;
  const margin: MarginOf = (row, k) => (f64[block.scores / 8 + k * block.rows + row] ?? 0) + (base[k] ?? 0);
  return meanLoss(parameters.objective, validation, margin, { parameters, outputs });
}

/** The model as of now; with early stopping, up to the best round. */
export function modelOf({ prepared, base, trees, inherited, best }: Boosting): TreesModel {
  const { parameters, bins, inputs, outputs } = prepared;
  const keep =
    parameters.earlyStoppingRound > 0 && best !== undefined ? inherited + best.round * outputs : trees.length;
  return {
    format: 'perennial-trees/1',
    parameters,
    inputs: modelInputs(inputs, bins),
    outputs,
    base: [...base],
    trees: trees.slice(0, keep),
  };
}
