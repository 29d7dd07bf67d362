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
    .enum(['waits', 'rolls-out', 'serves', 'nothing'])
    .describe(
      '`waits` for a person; `rolls-out`: it is in shadow or its bake; `serves` already; `nothing` came of it (exit code 4).',
    ),
  version: z.number().int().nullable().describe('What waits, rolls out or serves.'),
  because: z.string().describe('Why nothing waits, or in which phase it is; else empty.'),
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

const NOTHING = { version: null, because: '', until: null, verdicts: [] };

/** Number of the newest ledger line of a model; 0 where there is none. */
export const newestLine = async (perennial: Perennial, model: string): Promise<number> =>
  (await perennial.registry.ledger(model)).at(-1)?.seq ?? 0;

/** What became of what was asked after ledger line `since`, once all is quiet, and what a person may type next. */
export async function outcomeOf(
  perennial: Perennial,
  { model, state, rollout }: ModelStatus,
  since: number,
): Promise<ToldOutcome> {
  if (rollout !== null && state.openRollout?.waitingFor === 'person') return waits(model, rollout);
  if (state.openRollout !== null) return rollsOut(state.openRollout);
  const ledger = await perennial.registry.ledger(model);
  // A line that was decided on is in the store a moment later.
  const told = [...ledger.filter(({ seq }) => seq > since), ...state.outbox];
  const ended = told.findLast(({ kind }) => kind === 'retrain-ended');
  if (ended?.version === null) return nothing(`the retrain ended without a candidate: ${ended.why}`);
  const champion = state.aliases.champion?.version;
  if (champion === undefined) return nothing(whyNothingWaits(state, ledger));
  return {
    result: { ...NOTHING, outcome: 'serves', version: champion },
    lines: [`v${champion} serves`],
    code: EXIT.ok,
  };
}

const waits = (model: string, rollout: NonNullable<ModelStatus['rollout']>): ToldOutcome => ({
  result: {
    ...{ ...NOTHING, outcome: 'waits' as const, version: rollout.version },
    ...{ until: rollout.deadline, verdicts: rollout.verdicts },
  },
  lines: [
    `v${rollout.version} waits for a person until ${shortTime(rollout.deadline)}`,
    ...gateLines(rollout.verdicts),
    `Next: perennial approve ${model}   or   perennial reject ${model}`,
  ],
  code: EXIT.ok,
});

const rollsOut = ({ version, phase }: NonNullable<LifecycleState['openRollout']>): ToldOutcome => ({
  result: { ...NOTHING, outcome: 'rolls-out', version: version.version, because: `it is in ${phase}` },
  lines: [`v${version.version} is in ${phase}`],
  code: EXIT.ok,
});

const nothing = (because: string): ToldOutcome => ({
  result: { ...NOTHING, outcome: 'nothing', because },
  lines: [`nothing to decide on: ${because}`],
  code: EXIT.withoutResult,
});
