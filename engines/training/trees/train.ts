import { boost, openBoosting, type BoostOptions } from './boost.js';
import { modelOf, type BoostingEnd } from './boosting.js';
import type { TreesNotice } from './data.js';
import type { TreesModel } from './model.js';
import type { TreesTraining } from './prepare.js';

/** A whole training. */
export interface TrainedTrees {
  readonly model: TreesModel;
  readonly end: BoostingEnd | 'cancelled';
  readonly notices: readonly TreesNotice[];
  /** Best validation loss and its round; undefined without validation rows. */
  readonly best: { readonly round: number; readonly loss: number } | undefined;
}

/** Trains from nothing to the end. */
export async function trainTrees(training: TreesTraining, options: BoostOptions = {}): Promise<TrainedTrees> {
  const boosting = openBoosting(training);
  const end = (await boost(boosting, Infinity, options)) ?? 'all-rounds';
  return { model: modelOf(boosting), end, notices: boosting.prepared.notices, best: boosting.best };
}
