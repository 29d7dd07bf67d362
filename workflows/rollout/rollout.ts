import {
  allHandlersFinished,
  CancellationScope,
  condition,
  isCancellation,
  log,
  patched,
  setCurrentDetails,
} from '@temporalio/workflow';
import { millis } from '../../domain/duration.js';
import { MESSAGE } from '../../domain/messages.js';
import type { VersionRef } from '../../domain/references.js';
import type { RolloutReport } from '../../domain/reports.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import { asksPerson, UNSEEN_HOLDOUT } from '../../policy/gates.js';
import { parseStart } from '../parse-input.js';
import { control, people, watch } from '../proxies.js';
import { showSearchAttributes } from '../search-attributes.js';
import { currentTrace, inTrace } from '../trace.js';
import { Candidate } from './candidate.js';
import { registerDecisions } from './decisions.js';
import { decisionPage } from './decision-page.js';
import { rolloutInputSchema } from './rollout-input.js';

/**
 * One candidate's way to traffic: shadow → approval → promote → bake. Ends promoted (or promoted-unproven), rejected, expired,
 * superseded, rolled back, given up, refused or cancelled; the report reaches the lifecycle by signal.
 */
export async function rollout(input: unknown): Promise<RolloutReport> {
  const candidate = new Candidate(
    parseStart(
      'rollout',
      rolloutInputSchema,
      input,
      '{"model":"bike-demand","version":{…}} (the lifecycle starts rollouts)',
    ),
  );
  registerDecisions(candidate);
  const report = await endOf(candidate);
  candidate.ended = report;
  return CancellationScope.nonCancellable(async () => {
    setCurrentDetails(
      `## ${candidate.input.model} version ${candidate.input.version.version}: ${report.outcome}\n\n${report.because}`,
    );
    // A list of what waits for a person must not name what has ended.
    showSearchAttributes({ phase: report.outcome, waitingFor: 'nothing' });
    await condition(allHandlersFinished);
    await candidate.tell(MESSAGE.rolloutEnded, report);
    return report;
  });
}

async function endOf(candidate: Candidate): Promise<RolloutReport> {
  try {
    return await go(candidate);
  } catch (error) {
    if (!isCancellation(error)) throw error;
    return CancellationScope.nonCancellable(async () => {
      if (candidate.phase === 'bake')
        await candidate.advance('bake-passed', 'policy', 'the rollout was cancelled while baking');
      else await candidate.advance('withdraw', 'policy', 'the rollout was cancelled');
      return candidate.report('cancelled', `cancelled in ${candidate.phase}`);
    });
  }
}

async function go(candidate: Candidate): Promise<RolloutReport> {
  const { model, specDigest, champion, override } = candidate.input;
  const spec = await control.loadSpec({ model, digest: specDigest });
  candidate.spec = spec;
  const early =
    override !== null
      ? undefined
      : ((champion === null ? skipShadow(candidate) : await shadow(candidate, spec, champion)) ??
        (await approval(candidate, spec)));
  if (early !== undefined) return early;
  const promoted = await inTrace(candidate.decidedIn ?? currentTrace(), () => promote(candidate));
  if (promoted.report !== undefined) return promoted.report;
  return bake(candidate, promoted.effectiveFrom);
}

function note(candidate: Candidate, gate: string, because: string, outcome: 'pass' | 'fail' = 'pass'): void {
  candidate.verdicts.push({ gate, outcome, because, numbers: {} });
  setCurrentDetails(decisionPage(candidate));
}

const stopped = (candidate: Candidate): RolloutReport | undefined =>
  candidate.stop === undefined
    ? undefined
    : candidate.report(candidate.stop.outcome, candidate.stop.because, candidate.stop.who);

function skipShadow(candidate: Candidate): undefined {
  note(candidate, 'shadow', 'skipped: no champion');
}

/** Waits on data until it ends, the lifecycle stops the rollout, or `giveUp` (a durable timer) runs out. */
async function waitOnData<T>(
  candidate: Candidate,
  wait: () => Promise<T>,
  giveUp?: number,
): Promise<T | 'stopped' | 'gave-up'> {
  const scope = new CancellationScope();
  let result: { value: T } | undefined;
  let failure: { error: unknown } | undefined;
  const running = scope.run(async () => {
    try {
      result = { value: await wait() };
    } catch (error) {
      failure = { error };
    }
  });
  const over = (): boolean => result !== undefined || failure !== undefined || candidate.stop !== undefined;
  const inTime = giveUp === undefined ? (await condition(over), true) : await condition(over, giveUp);
  if (result !== undefined) return result.value;
  if (failure !== undefined) throw failure.error;
  scope.cancel();
  await running;
  return inTime ? 'stopped' : 'gave-up';
}

async function shadow(
  candidate: Candidate,
  spec: ModelSpec,
  champion: VersionRef,
): Promise<RolloutReport | undefined> {
  const { model, specDigest, version } = candidate.input;
  const begun = await candidate.advance('shadow', 'policy', 'a candidate is scored on live requests, unseen');
  if (!begun.done) return candidate.report('refused', begun.refused);
  await candidate.enter('shadow', 'event-time');
  setCurrentDetails(decisionPage(candidate));
  const since = begun.effectiveFrom ?? '1970-01-01T00:00:00.000Z';
  const wait = () =>
    watch.awaitShadow({ model, specDigest, run: candidate.run, champion, challenger: version, since });
  const ended = await waitOnData(candidate, wait, millis(spec.rollout.shadow.giveUpAfter));
  if (ended === 'gave-up') {
    return candidate.report(
      'gave-up',
      `the shadow did not see enough within ${spec.rollout.shadow.giveUpAfter}`,
    );
  }
  if (ended === 'stopped') return stopped(candidate);
  note(candidate, 'shadow', ended.because);
  return stopped(candidate);
}

async function approval(candidate: Candidate, spec: ModelSpec): Promise<RolloutReport | undefined> {
  const first = candidate.input.champion === null;
  const rules = spec.rollout.approval;
  // The spec may be another one than that whose gates it passed.
  if (
    !asksPerson(spec, first) &&
    candidate.input.judged?.verdicts.some(({ gate }) => gate === UNSEEN_HOLDOUT)
  )
    return candidate.report('refused', 'it may know the holdout, and the spec no longer has a person decide');
  if (rules === undefined || (first && spec.rollout.first === 'auto')) {
    note(
      candidate,
      'approval',
      first ? 'not asked: the spec says "first": "auto"' : 'not asked: the spec has no approval',
    );
    return undefined;
  }
  candidate.approvers = await control.resolveApprovers({ groups: rules.from });
  const wait = millis(rules.expiresAfter);
  const askedAt = Date.now();
  candidate.deadline = new Date(askedAt + wait).toISOString();
  candidate.phase = 'approval';
  setCurrentDetails(decisionPage(candidate));
  await candidate.enter('approval', 'person');
  if (patched('announce-approval')) void announce(candidate, new Date(askedAt).toISOString());
  const inTime = await condition(
    () => candidate.decision !== undefined || candidate.stop !== undefined,
    wait,
  );
  if (candidate.stop !== undefined) return stopped(candidate);
  if (!inTime) return expired(candidate, rules.onExpiry);
  return rejected(candidate);
}

/** Nobody waits for it: a decision may come before anybody was told. */
async function announce({ input, run, deadline, approvers }: Candidate, askedAt: string): Promise<void> {
  const { model, version } = input;
  const question = { model, version: version.version, run, askedAt, approvers: [...approvers] };
  try {
    await people.announceApproval({ ...question, deadline: deadline ?? askedAt });
  } catch (error) {
    if (!isCancellation(error)) log.warn('people could not be told of the question', { error });
  }
}

function expired(candidate: Candidate, onExpiry: 'reject' | 'approve'): RolloutReport | undefined {
  const because = `nobody decided until ${candidate.deadline ?? ''}`;
  if (onExpiry === 'reject') return candidate.report('expired', because);
  note(candidate, 'approval', `${because}; the spec approves on expiry`);
  return undefined;
}

function rejected(candidate: Candidate): RolloutReport | undefined {
  const decision = candidate.decision;
  if (decision === undefined) return undefined;
  if (decision.decision === 'reject') {
    candidate.answer = { outcome: 'rejected', version: decision.version };
    return candidate.report('rejected', decision.reason || 'no reason given', decision.by);
  }
  note(
    candidate,
    'approval',
    `approved by ${decision.by}${decision.reason === '' ? '' : `: ${decision.reason}`}`,
  );
  return undefined;
}

async function promote(
  candidate: Candidate,
): Promise<{ report?: RolloutReport; effectiveFrom: string | null }> {
  const { override, version } = candidate.input;
  candidate.phase = 'promote';
  const who = override === null ? (candidate.decision?.by ?? 'policy') : `operator ${override.by}`;
  const why =
    override?.reason ?? candidate.verdicts.map((verdict) => `${verdict.gate}: ${verdict.because}`).join('; ');
  const answer = await candidate.advance('promote', who, why, { verdicts: candidate.verdicts });
  if (!answer.done) {
    candidate.answer = { outcome: 'refused', because: answer.refused };
    return { report: candidate.report('refused', answer.refused, who), effectiveFrom: null };
  }
  candidate.answer = { outcome: 'promoted', version: version.version, effectiveFrom: answer.effectiveFrom };
  return { effectiveFrom: answer.effectiveFrom };
}

async function bake(candidate: Candidate, since: string | null): Promise<RolloutReport> {
  const { model, specDigest, version, champion } = candidate.input;
  if (champion === null || since === null)
    return candidate.report('promoted', 'bake skipped: no champion before it');
  await candidate.enter('bake', 'event-time');
  setCurrentDetails(decisionPage(candidate));
  const wait = () =>
    watch.awaitBake({ model, specDigest, run: candidate.run, champion: version, previous: champion, since });
  const ended = await waitOnData(candidate, wait);
  if (ended === 'stopped' || ended === 'gave-up')
    return stopped(candidate) ?? candidate.report('cancelled', 'stopped while baking');
  const numbers = ended.comparison === null ? { rows: ended.rows } : { ...ended.comparison };
  const verdicts = [
    {
      gate: 'bake',
      outcome: ended.kind === 'roll-back' ? ('fail' as const) : ('pass' as const),
      because: ended.because,
      numbers,
      ...(ended.measuredBy && { plugin: ended.measuredBy }),
    },
  ];
  if (ended.kind === 'roll-back') {
    const back = await candidate.advance('roll-back', 'bake', ended.because, { verdicts });
    if (!back.done)
      return candidate.report('refused', `to be rolled back (${ended.because}), but ${back.refused}`, 'bake');
    return candidate.report('rolled-back', ended.because, 'bake');
  }
  await candidate.advance('bake-passed', 'bake', ended.because, { verdicts });
  return candidate.report(ended.kind === 'pass' ? 'promoted' : 'promoted-unproven', ended.because, 'bake');
}
