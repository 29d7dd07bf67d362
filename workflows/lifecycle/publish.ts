import { isCancellation } from '@temporalio/workflow';
import type { LifecycleState } from '../../domain/lifecycle-state.js';
import { epoch } from '../../domain/references.js';
import type { PinRefusal } from '../../domain/serving-refusals.js';
import { moveAliases, type AliasMove } from '../../policy/alias-moves.js';
import { modelNow } from '../../policy/may-retrain.js';
import { bounded, control } from '../proxies.js';
import { carriedOut } from './carried-out.js';
import type { ModelLine } from './model-line.js';

/** What came of a move of the aliases. */
export interface Moved {
  /** Serving's clock when it obeyed; when no replica said so, the newest event time that is known. */
  readonly effectiveFrom: string | null;
  /** Replicas that cannot serve a version that the aliases name. */
  readonly refused: readonly PinRefusal[];
  /** True when replicas answered and none of them obeyed. */
  readonly nobody: boolean;
}

/** Moves that give a version traffic: not while the store is away. Every other takes something back, and must work without it. */
const gives = ({ kind }: AliasMove): boolean => kind === 'shadow' || kind === 'promote';

/** Publishes a move of the aliases. One that takes something back is decided whatever the store and serving say. */
export async function publish(line: ModelLine, move: AliasMove): Promise<Moved> {
  const { state } = line;
  const next = moveAliases(state.aliases, move);
  const proxy = move.kind === 'roll-back' ? control : bounded;
  try {
    const published = await carriedOut(() => proxy.publishAliases({ aliases: next, mustStore: gives(move) }));
    const { stored, effectiveFrom, refused = [] } = published;
    state.aliases = next;
    state.republish = !stored;
    const nobody = effectiveFrom === null && refused.length > 0;
    return { effectiveFrom: effectiveFrom ?? newestKnown(state), refused, nobody };
  } catch (error) {
    // It may have taken effect all the same: the generation is spent, and what was meant is published again.
    state.republish = true;
    state.aliases = gives(move) ? { ...state.aliases, generation: next.generation } : next;
    if (gives(move) || isCancellation(error)) throw error;
    return { effectiveFrom: newestKnown(state), refused: [], nobody: false };
  }
}

/** The model's now, or the clock that the open rollout saw last: up to there the aliases before were served. */
function newestKnown(state: LifecycleState): string | null {
  const known = [modelNow(state), state.openRollout?.seen ?? null].filter((at) => at !== null);
  return known.sort((a, b) => epoch(a) - epoch(b)).at(-1) ?? null;
}

/** Publishes the aliases once more after a failure, so that store and serving agree with the lifecycle. */
export async function republish(line: ModelLine): Promise<void> {
  const { state } = line;
  if (!state.republish || state.aliases.champion === null) {
    state.republish = false;
    return;
  }
  const next = { ...state.aliases, generation: state.aliases.generation + 1 };
  state.aliases = next;
  try {
    await bounded.publishAliases({ aliases: next, mustStore: true });
    state.republish = false;
  } catch (error) {
    if (isCancellation(error)) throw error;
  }
}
