import type { LifecycleState } from '../../domain/lifecycle-state.js';
import type { LedgerLine } from '../../domain/ledger.js';

/** Why no candidate waits for a person: it is on its way, it came to nothing, or nobody asked for one. */
export function whyNothingWaits(
  { openRollout, openRetrain }: Pick<LifecycleState, 'openRollout' | 'openRetrain'>,
  ledger: readonly LedgerLine[],
): string {
  if (openRollout !== null) return `version ${openRollout.version.version} is in ${openRollout.phase}`;
  if (openRetrain !== null) return `${openRetrain.run} is still training and judging one`;
  const last = ledger.findLast(({ kind }) => kind === 'retrain-ended');
  return last === undefined || last.version !== null
    ? 'no rollout is open'
    : `no rollout is open; the last retrain ended without a candidate: ${last.why}`;
}
