import { modelNow } from '../../policy/may-retrain.js';
import { control } from '../proxies.js';
import { endTrial } from './aliases.js';
import type { ModelLine } from './model-line.js';
import { startWaiting } from './rollouts.js';

/**
 * Looks whether the open retrain and rollout still run. One that closed without a report (terminated, reset, timed out) is lost:
 * the ledger says so and the model goes on.
 */
export async function dropLostRuns(line: ModelLine): Promise<void> {
  const { state } = line;
  const ids = [state.openRetrain?.run, state.openRollout?.run].filter((id): id is string => id !== undefined);
  if (ids.length === 0) return;
  const runs = await control.describeRuns({ ids });
  // A report that arrived while we looked is handled first; the next look decides.
  if (line.inbox.length > 0) return;
  for (const { id } of runs.filter((run) => !run.running)) {
    if (state.openRetrain?.run === id) state.openRetrain = null;
    if (state.openRollout?.run === id) {
      await endTrial(line, 'its rollout was lost');
      state.openRollout = null;
    }
    line.record({
      kind: 'lost',
      who: 'policy',
      why: `${id} closed without a report`,
      asOf: modelNow(state),
      run: id,
    });
  }
  await startWaiting(line);
}
