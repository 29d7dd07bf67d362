import { isCancellation, patched } from '@temporalio/workflow';
import { plainCause } from '../plain-cause.js';
import { control } from '../proxies.js';
import { endTrial } from './aliases.js';
import { schedule } from './apply.js';
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
  if (patched('keep-schedules')) await scheduleAgain(line);
}

/** A Temporal that lost the lifecycle may have lost its schedules too, and without them nothing is ever checked again. */
async function scheduleAgain(line: ModelLine): Promise<void> {
  const { specDigest } = line.state;
  if (specDigest === null) return;
  try {
    await schedule(line.state, specDigest);
  } catch (error) {
    if (isCancellation(error)) throw error;
    const why = `its schedules could not be made again: ${plainCause(error)}; apply the spec again`;
    line.record({ kind: 'refusals', who: 'policy', why });
  }
}
