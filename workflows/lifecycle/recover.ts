import { control } from '../proxies.js';
import { endTrial } from './aliases.js';
import { dropLostRuns } from './lost-runs.js';
import type { ModelLine } from './model-line.js';

/**
 * A lifecycle that starts without a state looks whether the model was there before: one that was terminated is put together again from
 * the store, and the ledger says so. Decisions that had not reached the store are lost.
 */
export async function recover(line: ModelLine): Promise<void> {
  const { state } = line;
  const found = await control.recoverModel({ model: state.model });
  if (found === null) return;
  Object.assign(state, found, { republish: found.aliases.champion !== null });
  const { ledger, aliases, nextRetrain } = found;
  const champion = aliases.champion === null ? 'no champion' : `champion version ${aliases.champion.version}`;
  line.record({
    kind: 'recovered',
    who: 'policy',
    why:
      `the lifecycle was started again and reads the store: ledger up to line ${ledger.seq}, generation ${aliases.generation}, ` +
      `${champion}, next retrain ${nextRetrain}. What had not reached the store by then is lost`,
    evidence: { summary: { specDigest: found.specDigest, generation: aliases.generation, line: ledger.seq } },
  });
  await dropLostRuns(line);
  if (state.openRollout === null) await endTrial(line, 'its rollout is gone');
}
