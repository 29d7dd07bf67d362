import {
  ApplicationFailure,
  condition,
  defineQuery,
  defineSignal,
  defineUpdate,
  setDefaultSignalHandler,
  setDefaultUpdateHandler,
  setHandler,
} from '@temporalio/workflow';
import { decideSchema, decisionSignalSchema, MESSAGE, type Decide } from '../../domain/messages.js';
import type { DecideAnswer } from '../../domain/reports.js';
import { validateUpdate } from '../parse-input.js';
import { currentTrace } from '../trace.js';
import type { Candidate } from './candidate.js';
import { allVerdicts, decisionExample, decisionPage } from './decision-page.js';
import { supersedeSchema } from './rollout-input.js';

const refuse = (message: string, type: string): never => {
  throw ApplicationFailure.nonRetryable(message, type);
};

/** Why this decision cannot be taken now; undefined when it can, or when it repeats the one that was taken. */
export function objection(
  candidate: Candidate,
  decide: Decide,
): { message: string; type: string } | undefined {
  const { version } = candidate.input.version;
  if (decide.version !== version) {
    return {
      type: 'wrong-version',
      message: `version ${decide.version} is not waiting here; this rollout decides on version ${version}`,
    };
  }
  const taken = candidate.decision;
  if (taken !== undefined) {
    if (taken.decision === decide.decision) return undefined;
    return {
      type: 'already-decided',
      message: `version ${version} was already decided: ${taken.decision} by ${taken.by}`,
    };
  }
  if (candidate.ended !== undefined || candidate.stop !== undefined) {
    const end = candidate.stop?.because ?? candidate.ended?.because ?? 'it ended';
    return { type: 'too-late', message: `version ${version} no longer waits for a decision: ${end}` };
  }
  if (candidate.phase !== 'approval') {
    return {
      type: 'not-waiting',
      message: `version ${version} is in ${candidate.phase}, not waiting for a decision`,
    };
  }
  if (!candidate.approvers.includes(decide.by)) {
    const allowed = candidate.approvers.join(', ');
    return { type: 'not-an-approver', message: `'${decide.by}' may not decide; allowed are ${allowed}` };
  }
  return undefined;
}

/** Registers `decide`, `approve`, `reject`, `supersede` and the query `evidence`, before the first await. */
export function registerDecisions(candidate: Candidate): void {
  setHandler(
    defineUpdate<DecideAnswer, [unknown]>(MESSAGE.decide),
    (input) => decided(candidate, decideSchema.parse(input)),
    {
      validator: (input: unknown) => {
        const decide = validateUpdate(MESSAGE.decide, decideSchema, input, decisionExample(candidate));
        const problem = objection(candidate, decide);
        if (problem !== undefined) refuse(problem.message, problem.type);
      },
      description: 'Approve or reject the candidate: paste the JSON block of Current Details.',
    },
  );
  onDecisionSignal(candidate, 'approve');
  onDecisionSignal(candidate, 'reject');
  setHandler(defineSignal<[unknown]>(MESSAGE.supersede), (input) => {
    const parsed = supersedeSchema.safeParse(input);
    if (parsed.success) candidate.stop ??= parsed.data;
    else candidate.refusedMessages += 1;
  });
  setHandler(
    defineQuery(MESSAGE.evidence),
    () => ({
      phase: candidate.phase,
      version: candidate.input.version.version,
      waitingFor: candidate.waitingFor,
      deadline: candidate.deadline,
      verdicts: allVerdicts(candidate),
      text: decisionPage(candidate),
    }),
    { description: 'What is known of this candidate.' },
  );
  setDefaultSignalHandler(() => {
    candidate.refusedMessages += 1;
  });
  setDefaultUpdateHandler((name) =>
    refuse(`a rollout has no update '${name}'; it takes ${MESSAGE.decide}`, 'unknown-update'),
  );
}

/** The first decision counts. */
function take(candidate: Candidate, decide: Decide): void {
  if (candidate.decision !== undefined) return;
  candidate.decision = decide;
  candidate.decidedIn = currentTrace();
}

/** The caller gets its answer when the decision took effect: promoted and pinned, or rejected. */
async function decided(candidate: Candidate, decide: Decide): Promise<DecideAnswer> {
  const repeated = candidate.decision !== undefined;
  take(candidate, decide);
  await condition(() => candidate.answer !== undefined || candidate.ended !== undefined);
  if (repeated) return { outcome: 'repeated', version: decide.version, decision: decide.decision };
  const answer = candidate.answer;
  if (answer === undefined)
    return refuse(
      `version ${decide.version}: ${candidate.ended?.because ?? 'the rollout ended'}`,
      'too-late',
    );
  return answer.outcome === 'refused' ? refuse(answer.because, 'refused') : answer;
}

function onDecisionSignal(candidate: Candidate, decision: 'approve' | 'reject'): void {
  setHandler(
    defineSignal<[unknown]>(decision),
    (input: unknown) => {
      const parsed = decisionSignalSchema.safeParse(input);
      const decide = parsed.success ? { ...parsed.data, decision } : undefined;
      if (decide !== undefined && objection(candidate, decide) === undefined) take(candidate, decide);
      else candidate.refusedMessages += 1;
    },
    { description: `${decision} the candidate. Example: {"version":2,"by":"ada","reason":""}` },
  );
}
