import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { LifecycleState } from '../../domain/lifecycle-state.js';
import { gateVerdictSchema } from '../../domain/verdict.js';
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

/** How a model stands once no machine is at work on it. */
export const quietOutcomeSchema = z.strictObject({
  outcome: z
    .enum(['waits', 'serves', 'nothing'])
    .describe('`waits` for a person; `serves` already; `nothing` to decide on (exit code 4).'),
  version: z.number().int().nullable().describe('What waits or serves.'),
  because: z.string().describe('Why nothing waits; else empty.'),
  until: z.string().nullable().describe('When the question expires.'),
  verdicts: z.array(gateVerdictSchema).describe('What its gates said.'),
});
/** How a model stands once no machine is at work on it. */
export type QuietOutcome = z.infer<typeof quietOutcomeSchema>;

/** How it went, for programs and for people; exit code 4 where it gave nothing to decide on. */
export interface ToldOutcome {
  readonly result: QuietOutcome;
  readonly lines: readonly string[];
  readonly code: ExitCode;
}

/** What became of a retrain that was waited for, and what a person may type next. */
export async function outcomeOf(
  perennial: Perennial,
  { model, state, rollout }: ModelStatus,
): Promise<ToldOutcome> {
  const empty = { version: null, because: '', until: null, verdicts: [] };
  if (rollout !== null && state.openRollout?.waitingFor === 'person')
    return {
      result: {
        ...{ outcome: 'waits' as const, ...empty, version: rollout.version },
        ...{ until: rollout.deadline, verdicts: rollout.verdicts },
      },
      lines: [
        `v${rollout.version} waits for a person until ${shortTime(rollout.deadline)}`,
        ...gateLines(rollout.verdicts),
        `Next: perennial approve ${model}   or   perennial reject ${model}`,
      ],
      code: EXIT.ok,
    };
  const champion = state.aliases.champion?.version;
  if (state.openRollout === null && champion !== undefined)
    return {
      result: { outcome: 'serves', ...empty, version: champion },
      lines: [`v${champion} serves`],
      code: EXIT.ok,
    };
  const because = whyNothingWaits(state, await perennial.ledger(model));
  const lines = [`nothing to decide on: ${because}`];
  return { result: { outcome: 'nothing', ...empty, because }, lines, code: EXIT.withoutResult };
}
