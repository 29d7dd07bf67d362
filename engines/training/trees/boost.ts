import { setImmediate as nextTurn } from 'node:timers/promises';
import { PerennialError } from '../../../domain/errors.js';
import { boostRound, validationLoss, type Boosting, type BoostingEnd, type RoundReport } from './boosting.js';
import type { Tree, TreesModel } from './model.js';
import { objectives } from './objectives.js';
import type { TreesParameters } from './parameters.js';
import { prepareTrees, type Prepared, type TreesTraining } from './prepare.js';
import { encodeColumns, sumLeaves } from './predict.js';
import { modelInputs, writeTables, writeTree } from './tree-memory.js';

/** All that a training needs to go on: equal rows, parameters and checkpoint give the rest byte for byte. */
export interface TreesCheckpoint {
  readonly format: 'perennial-trees-checkpoint/1';
  readonly parameters: TreesParameters;
  readonly base: readonly number[];
  readonly trees: readonly Tree[];
  /** Trees of a model that was continued; they come first. */
  readonly inherited: number;
  readonly round: number;
  readonly best: { readonly round: number; readonly loss: number } | null;
  readonly end: BoostingEnd | null;
}

/**
 * Opens a training: bins the rows, takes the base, and replays the checkpoint's trees where one is given. The memory goes with
 * the garbage collector. Throws the refusals of {@link prepareTrees}, and `checkpoint-foreign` for a checkpoint of other rows or
 * parameters.
 */
export function openBoosting(training: TreesTraining, checkpoint?: TreesCheckpoint): Boosting {
  const prepared = prepareTrees(training);
  const { start } = training;
  const { parameters, train, outputs } = prepared;
  const constant = train.label.every((y) => y === train.label[0]);
  const boosting: Boosting = {
    prepared,
    base: start?.base ?? objectives[parameters.objective].base(train, parameters, outputs),
    trees: [...(start?.trees ?? [])],
    inherited: start?.trees.length ?? 0,
    round: 0,
    best: undefined,
    end: constant ? 'nothing-to-split' : parameters.numIterations === 0 ? 'all-rounds' : undefined,
  };
  prepared.space.memory.f64.set(boosting.base, prepared.space.bases / 8);
  if (start !== undefined) startScores(prepared, start);
  if (checkpoint !== undefined) resume(boosting, checkpoint);
  else startJudging(boosting);
  return boosting;
}

/** The start itself is a candidate: no round may be better than none. */
function startJudging(boosting: Boosting): void {
  const loss = validationLoss(boosting);
  if (loss !== undefined) boosting.best = { round: 0, loss };
}

function resume(boosting: Boosting, checkpoint: TreesCheckpoint): void {
  const same =
    checkpoint.inherited === boosting.inherited &&
    JSON.stringify(checkpoint.base) === JSON.stringify(boosting.base) &&
    JSON.stringify(checkpoint.parameters) === JSON.stringify(boosting.prepared.parameters);
  if (!same) {
    throw new PerennialError({
      type: 'checkpoint-foreign',
      thing: `checkpoint of round ${checkpoint.round}`,
      allowed: 'a checkpoint of the same rows and parameters',
      next: 'Start the training without it.',
    });
  }
  const grown = checkpoint.trees.slice(checkpoint.inherited);
  replayTrees(boosting.prepared, grown);
  boosting.trees.push(...grown);
  boosting.round = checkpoint.round;
  boosting.best = checkpoint.best ?? undefined;
  boosting.end = checkpoint.end ?? undefined;
}

/** Scores of the rows under the model that is continued, with the levels that this training knows. */
function startScores({ space, inputs, bins, train, validation }: Prepared, start: TreesModel): void {
  const model = { ...start, inputs: modelInputs(inputs, bins) };
  for (const [data, block] of [
    [train, space.train],
    [validation, space.validation],
  ] as const) {
    if (data === undefined || block === undefined) continue;
    space.memory.f64.set(sumLeaves(model, encodeColumns(model, data), data.rows), block.scores / 8);
  }
}

/** Adds trees that were grown on these bins to all scores, in their order: the same additions as when they were grown. */
function replayTrees({ space, kernel, bins, outputs }: Prepared, trees: readonly Tree[]): void {
  const { nodes, tables, values, stride } = space;
  for (const [i, tree] of trees.entries()) {
    writeTables(space, tree, bins);
    writeTree(space, tree);
    for (const block of [space.train, space.validation]) {
      if (block === undefined) continue;
      const scores = block.scores + (i % outputs) * block.rows * 8;
      const { bins: rowBins, list, rows } = block;
      kernel.addTree({ scores, bins: rowBins, stride, rows: list, count: rows, nodes, tables, values });
    }
  }
}

/** The state of a training between two rounds, as plain data. */
export function checkpointOf({
  prepared,
  base,
  trees,
  inherited,
  round,
  best,
  end,
}: Boosting): TreesCheckpoint {
  return {
    format: 'perennial-trees-checkpoint/1',
    parameters: prepared.parameters,
    base: [...base],
    trees: [...trees],
    inherited,
    round,
    best: best ?? null,
    end: end ?? null,
  };
}

/** How a training is watched and stopped. */
export interface BoostOptions {
  /** Called after each round; awaited, so that a checkpoint is stored before the next round. */
  readonly onRound?: (report: RoundReport) => void | Promise<void>;
  /** Stops the training after the round under way. */
  readonly signal?: AbortSignal;
}

/**
 * Grows up to `rounds` more rounds. Gives why the training ended, `cancelled` when the signal came first, or undefined when the
 * rounds are done and more may follow. Lets other work in between rounds. Failure semantics: a throw of `onRound` passes through
 * and leaves the training between two rounds. Helping threads end with the training, a cancel or a throw; it could still go on,
 * alone.
 */
export async function boost(
  boosting: Boosting,
  rounds: number,
  { onRound, signal }: BoostOptions = {},
): Promise<BoostingEnd | 'cancelled' | undefined> {
  let going = false;
  try {
    for (let i = 0; i < rounds && boosting.end === undefined; i++) {
      if (signal?.aborted === true) return 'cancelled';
      const before = boosting.round;
      const report = boostRound(boosting);
      if (boosting.round > before) await onRound?.(report);
      await nextTurn();
    }
    going = boosting.end === undefined;
    return boosting.end;
  } finally {
    if (!going) boosting.prepared.close();
  }
}
