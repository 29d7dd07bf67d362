import { millis } from '../../domain/duration.js';
import { PerennialError } from '../../domain/errors.js';
import { prune, type PruneReport } from '../../storage/registry/prune.js';
import type { Perennial } from './perennial.js';

/** What to prune. */
export interface PruneRequest {
  /** Younger objects stay, referred to or not. At least 2 days. @default '14 days' */
  readonly olderThan?: string | undefined;
  /** False only tells what would go. @default false */
  readonly delete?: boolean | undefined;
}

/**
 * Deletes from the store what nothing refers to: neither an object there nor the state of a model's lifecycle, which is why Temporal must
 * answer. Throws `temporal-unreachable`, `grace-too-short`, and a RangeError for text that is no duration.
 */
export async function pruneStore(perennial: Perennial, request: PruneRequest = {}): Promise<PruneReport> {
  const models = await perennial.models();
  const states = await Promise.all(models.map((model) => stateText(perennial, model)));
  return prune(perennial.store, {
    before: Date.now() - millis(request.olderThan ?? '14 days'),
    delete: request.delete ?? false,
    alsoReferring: states,
  });
}

/** A model whose lifecycle does not run refers to nothing but what is in the store. */
async function stateText(perennial: Perennial, model: string): Promise<string> {
  try {
    return JSON.stringify(await perennial.state(model));
  } catch (error) {
    if (error instanceof PerennialError && error.type === 'unknown-model') return '';
    throw error;
  }
}
