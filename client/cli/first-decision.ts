import { setTimeout as sleep } from 'node:timers/promises';
import type { LifecycleState } from '../../domain/lifecycle-state.js';
import type { ModelStatus } from '../sdk/requests.js';
import type { Perennial } from '../sdk/perennial.js';
import { whyNothingWaits } from '../sdk/why-nothing-waits.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { gateLines, shortTime } from './format.js';

const AGAIN_MS = 500;

/** Waits until no machine is at work on a model: it waits for a person or for time, or for nothing. */
export async function untilQuiet(perennial: Perennial, model: string): Promise<ModelStatus> {
  while (isBusy(await perennial.state(model))) await sleep(AGAIN_MS);
  return perennial.status(model);
}

const isBusy = ({ openRetrain, openRollout, queue, waitingCandidate }: LifecycleState): boolean =>
  openRetrain !== null ||
  queue.length > 0 ||
  waitingCandidate !== null ||
  openRollout?.waitingFor === 'machine';

/** What became of a retrain that was waited for, and what a person may type next; exit code 4 where it gave nothing to decide on. */
export async function outcomeOf(
  perennial: Perennial,
  { model, state, rollout }: ModelStatus,
): Promise<{ readonly lines: readonly string[]; readonly code: ExitCode }> {
  if (rollout !== null && state.openRollout?.waitingFor === 'person')
    return {
      lines: [
        `v${rollout.version} waits for a person until ${shortTime(rollout.deadline)}`,
        ...gateLines(rollout.verdicts),
        `Next: perennial approve ${model}   or   perennial reject ${model}`,
      ],
      code: EXIT.ok,
    };
  const champion = state.aliases.champion?.version;
  if (state.openRollout === null && champion !== undefined)
    return { lines: [`v${champion} serves`], code: EXIT.ok };
  const because = whyNothingWaits(state, await perennial.ledger(model));
  return { lines: [`nothing to decide on: ${because}`], code: EXIT.withoutResult };
}
