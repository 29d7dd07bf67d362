import {
  getExternalWorkflowHandle,
  isCancellation,
  ParentClosePolicy,
  patched,
  startChild,
} from '@temporalio/workflow';
import type { VersionFacts } from '../../activities/control-activities.js';
import { clip, jsonBytes } from '../../domain/bounds.js';
import { STATE_BOUNDS, type LifecycleState } from '../../domain/lifecycle-state.js';
import { MESSAGE, type Promote, type Rollback } from '../../domain/messages.js';
import { rolloutId } from '../../domain/names.js';
import type { RolloutReport } from '../../domain/reports.js';
import { modelNow } from '../../policy/may-retrain.js';
import { shortenVerdicts } from '../../policy/outbox.js';
import { bounded } from '../proxies.js';
import { searchAttributes } from '../search-attributes.js';
import { advance, NOWHERE, ruleOut } from './aliases.js';
import { fallBack } from './fall-back.js';
import type { ModelLine } from './model-line.js';

type Candidate = NonNullable<LifecycleState['waitingCandidate']>;

/** Starts a candidate's rollout, or makes it wait: a newer candidate supersedes a rollout in shadow or approval. */
export async function offerCandidate(line: ModelLine, candidate: Candidate): Promise<void> {
  const { state } = line;
  const open = state.openRollout;
  if (open === null) return startRollout(line, candidate);
  state.waitingCandidate = shortCandidate(candidate);
  if (open.phase === 'shadow' || open.phase === 'approval') {
    await stopRollout(line, {
      outcome: 'superseded',
      because: `version ${candidate.version.version} is newer`,
      who: candidate.override === null ? 'policy' : `operator ${candidate.override.by}`,
    });
  }
}

/** What a candidate needs while it waits. */
function shortCandidate(candidate: Candidate): Candidate {
  const { judged, override } = candidate;
  const room = STATE_BOUNDS.waitingCandidate.bytes - jsonBytes(judged?.evidence) - 1000;
  return {
    ...candidate,
    override: override === null ? null : { by: clip(override.by, 60), reason: clip(override.reason, 500) },
    ...(judged === undefined
      ? {}
      : { judged: { ...judged, verdicts: shortenVerdicts(judged.verdicts, Math.max(room, 0)) } }),
  };
}

async function startRollout(line: ModelLine, candidate: Candidate): Promise<void> {
  const { state } = line;
  const number = candidate.version.version;
  const attempt = state.nextAttempt[number] ?? 1;
  const run = rolloutId(state.model, number, attempt);
  state.nextAttempt = boundAttempts({ ...state.nextAttempt, [number]: attempt + 1 });
  const since = new Date().toISOString();
  const { version, onnxSha256 } = candidate;
  state.openRollout = { run, phase: 'shadow', waitingFor: 'machine', seen: null, version, onnxSha256, since };
  line.record({
    kind: 'rollout-started',
    who: candidate.override === null ? 'policy' : `operator ${candidate.override.by}`,
    why: candidate.override === null ? 'a candidate passed its gates' : candidate.override.reason,
    asOf: modelNow(state),
    version: number,
    run,
  });
  await startChild('rollout', {
    workflowId: run,
    parentClosePolicy: ParentClosePolicy.ABANDON,
    args: [
      {
        model: state.model,
        version,
        onnxSha256,
        specDigest: state.specDigest,
        champion: state.aliases.champion,
        override: candidate.override,
        ...(candidate.judged === undefined ? {} : { judged: candidate.judged }),
      },
    ],
    typedSearchAttributes: searchAttributes({ model: state.model, phase: 'shadow', version: String(number) }),
    staticSummary: `${state.model} version ${number}: rollout`,
  });
}

/** Attempts are only counted for versions that could still be rolled out again. */
function boundAttempts(attempts: Record<string, number>): Record<string, number> {
  const entries = Object.entries(attempts).sort(([a], [b]) => Number(a) - Number(b));
  return Object.fromEntries(entries.slice(-50));
}

async function stopRollout(
  line: ModelLine,
  stop: { outcome: 'superseded' | 'rolled-back'; because: string; who: string },
): Promise<void> {
  const open = line.state.openRollout;
  if (open === null) return;
  try {
    await getExternalWorkflowHandle(open.run).signal(MESSAGE.supersede, stop);
  } catch {
    // It closed meanwhile: its report is in the inbox, or the next look at open runs finds it lost.
  }
}

/** Takes the report of a rollout and gives the lane to the candidate that waits. */
export async function rolloutEnded(line: ModelLine, report: RolloutReport): Promise<void> {
  const { state } = line;
  if (state.openRollout === null || state.openRollout.run !== report.run) return;
  if (report.outcome === 'rejected' || report.outcome === 'rolled-back')
    ruleOut(line, state.openRollout.onnxSha256);
  if (state.aliases.challenger?.version === report.version.version) {
    await advance(line, {
      run: report.run,
      version: report.version,
      step: 'withdraw',
      who: report.who,
      why: '',
      verdicts: [],
    });
  }
  state.openRollout = null;
  line.record({
    kind: 'rollout-ended',
    who: report.who,
    why: `${report.outcome}: ${report.because}`,
    asOf: modelNow(state),
    version: report.version.version,
    run: report.run,
    ...(report.evidence === null ? {} : { evidence: report.evidence }),
  });
  await startWaiting(line);
}

/** Gives a free lane to the candidate that waits for it. */
export async function startWaiting(line: ModelLine): Promise<void> {
  const { state } = line;
  const next = state.waitingCandidate;
  if (next === null || state.openRollout !== null) return;
  state.waitingCandidate = null;
  await startRollout(line, next);
}

/** What `rollback` and `promote` answer. */
export type OperatorAnswer =
  | {
      readonly outcome: 'rolled-back';
      readonly version: number;
      readonly effectiveFrom: string | null;
      /** Why it is not the previous champion; absent when it is. */
      readonly instead?: string;
    }
  | { readonly outcome: 'started'; readonly version: number; readonly run: string }
  | { readonly outcome: 'refused'; readonly because: string };

/** Back to the previous champion, or to a named version, at once; an open rollout ends. */
export async function rollBackByHand(line: ModelLine, ask: Rollback): Promise<OperatorAnswer> {
  const { state } = line;
  const champion = state.aliases.champion;
  if (champion === null)
    return { outcome: 'refused', because: `${state.model} has no champion to roll back` };
  const to =
    ask.to === undefined
      ? state.aliases.previous
      : (await bounded.versionFacts({ model: state.model, version: ask.to })).ref;
  if (to === null)
    return { outcome: 'refused', because: 'there is no previous champion; name a version with "to"' };
  if (to.version === champion.version)
    return { outcome: 'refused', because: `version ${to.version} is the champion already` };
  // Taking back comes first. Runs that began before looked the digest up before it.
  const first = patched('roll-back-first');
  const knownBefore = first ? undefined : await digestIfKnown(line, champion.version);
  const back = await fallBack(line, { to, further: ask.to === undefined });
  if (back === undefined) return { outcome: 'refused', because: cannotGoBack(ask, to.version) };
  const { effectiveFrom, instead } = back;
  const onnxSha256 = first ? await digestAfter(line, champion.version) : knownBefore;
  if (onnxSha256 !== undefined) ruleOut(line, onnxSha256);
  line.record({
    kind: 'rolled-back',
    who: ask.by,
    why: `${ask.reason || 'by hand'}${instead === undefined ? '' : `; ${instead}, version ${back.to.version} serves`}${onnxSha256 === undefined ? ' (not ruled out: the store is away)' : ''}`,
    version: champion.version,
    effectiveFrom,
    asOf: modelNow(state),
  });
  await stopRollout(line, { outcome: 'rolled-back', because: `rolled back by ${ask.by}`, who: ask.by });
  const told = instead === undefined ? {} : { instead };
  return { outcome: 'rolled-back', version: back.to.version, effectiveFrom, ...told };
}

const cannotGoBack = ({ to }: Rollback, version: number): string =>
  to === undefined
    ? NOWHERE
    : `version ${version} cannot be served; the ledger says why (\`unservable\`). Name another one, or none for the last good one`;

/** The open rollout knows the digest of the champion that it promoted; of another one the store does. */
async function digestAfter(line: ModelLine, version: number): Promise<string | undefined> {
  const open = line.state.openRollout;
  return open?.version.version === version ? open.onnxSha256 : digestIfKnown(line, version);
}

/** Undefined while the store is away: taking a champion back must not wait for it. */
async function digestIfKnown(line: ModelLine, version: number): Promise<string | undefined> {
  try {
    return (await bounded.versionFacts({ model: line.state.model, version })).onnxSha256;
  } catch (error) {
    if (isCancellation(error)) throw error;
    return undefined;
  }
}

/** Why an operator may not promote now; undefined when nothing is in the way. */
export function promoteObjection({ state }: ModelLine, ask: Promote): OperatorAnswer | undefined {
  const open = state.openRollout;
  if (state.aliases.champion?.version === ask.version) {
    return { outcome: 'refused', because: `version ${ask.version} is the champion already` };
  }
  if (open !== null && (open.phase === 'bake' || open.phase === 'promote')) {
    return {
      outcome: 'refused',
      because: `version ${open.version.version} is in ${open.phase}; roll it back or let it end first`,
    };
  }
  return undefined;
}

/** An operator's promotion: skips gates, shadow and approval, never the bake. */
export async function promoteByOperator(
  line: ModelLine,
  ask: Promote,
  facts: VersionFacts,
): Promise<OperatorAnswer> {
  const { state } = line;
  const objection = promoteObjection(line, ask);
  if (objection !== undefined) return objection;
  const attempt = state.nextAttempt[ask.version] ?? 1;
  const override = { by: ask.by, reason: ask.reason };
  await offerCandidate(line, { version: facts.ref, onnxSha256: facts.onnxSha256, override });
  return { outcome: 'started', version: ask.version, run: rolloutId(state.model, ask.version, attempt) };
}
