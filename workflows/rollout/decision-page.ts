import type { GateVerdict } from '../../domain/verdict.js';
import { alignedPairs, readableTime, textBlock, wrapText } from '../aligned-text.js';
import type { Candidate } from './candidate.js';

/** The JSON object that approves the candidate, two-space so that the Web UI submits it at the first click. */
export function decisionExample(candidate: Candidate): string {
  const by = candidate.approvers[0] ?? 'your-name';
  const example = { version: candidate.input.version.version, decision: 'approve', by, reason: '' };
  return JSON.stringify(example, null, 2);
}

/** Every verdict on the candidate so far: the gates of its retrain, then what its rollout found. */
export function allVerdicts(candidate: Candidate): GateVerdict[] {
  return [...(candidate.input.judged?.verdicts ?? []), ...candidate.verdicts];
}

/** What a person reads under "Current Details" of a rollout: what is asked, until when, the evidence, what to paste. */
export function decisionPage(candidate: Candidate): string {
  const { model, version, champion, override } = candidate.input;
  const asked = candidate.phase === 'approval' && candidate.decision === undefined;
  const against =
    champion === null ? 'It is the first version.' : `The champion is version ${champion.version}.`;
  const verdicts = allVerdicts(candidate);
  const { imported, notices } = candidate.input.judged?.evidence?.summary ?? {};
  const parts = [
    `## ${model} version ${version.version}: ${asked ? 'approve or reject?' : candidate.phase}`,
    `${against} ${asked ? who(candidate) : waiting(candidate)}`,
    ...(override === null ? [] : [`Forced in by operator ${override.by}: ${override.reason}`]),
    ...(typeof imported === 'string' ? [`Not trained here: ${imported}.`] : []),
    ...measured(candidate),
    ...(typeof notices === 'string'
      ? [textBlock(['Noticed in the training rows', ...wrapText(notices, 56)])]
      : []),
    ...(verdicts.length === 0 ? [] : [verdictTable(verdicts)]),
    ...(asked ? [howToDecide(candidate)] : []),
    `Candidate ${version.digest.slice(0, 12)} of [model/${model}](/namespaces/{namespace}/workflows/${encodeURIComponent(`model/${model}`)})`,
  ];
  return parts.join('\n\n');
}

function who({ approvers, deadline, spec }: Candidate): string {
  const onExpiry = spec?.rollout.approval?.onExpiry === 'approve' ? 'approved' : 'rejected';
  const until = deadline === null ? '' : ` until ${readableTime(deadline)}; then it is ${onExpiry}`;
  return `${approvers.join(' or ')} may decide${until}.`;
}

function waiting({ phase, spec, waitingFor, decision }: Candidate): string {
  if (phase === 'promote' || (phase === 'approval' && decision?.decision === 'approve'))
    return 'It is being promoted.';
  const rules = spec?.rollout;
  if (phase === 'shadow' && rules !== undefined)
    return `It waits for ${rules.shadow.requests} mirrored requests over ${rules.shadow.span} of event time.`;
  if (phase === 'bake' && rules !== undefined)
    return `It serves, and is watched for ${rules.bake.span} and the label delay.`;
  return waitingFor === 'event-time' ? 'It waits for event time.' : `It waits for a ${waitingFor}.`;
}

/** Errors on the holdout, side by side. */
function measured({ input }: Candidate): string[] {
  const summary = input.judged?.evidence?.summary;
  if (summary === undefined) return [];
  const { metric, rows, candidate, champion, naive } = summary;
  const pairs = Object.entries({ candidate, champion, naive }).flatMap(([name, value]) =>
    typeof value === 'number' ? [[name, String(Number(value.toPrecision(4)))] as const] : [],
  );
  if (pairs.length === 0) return [];
  return [textBlock([`${String(metric)} on ${String(rows)} rows of the holdout`, ...alignedPairs(pairs)])];
}

function howToDecide(candidate: Candidate): string {
  return [
    '**More Actions → Send an Update**, name `decide`; paste this, or with `reject`:',
    '```json\n' + decisionExample(candidate) + '\n```',
  ].join('\n\n');
}

/** One gate after the other, outcomes aligned, with the reason below each. */
export function verdictTable(verdicts: readonly GateVerdict[]): string {
  const width = Math.max(...verdicts.map((verdict) => verdict.outcome.length)) + 2;
  const rows = verdicts.flatMap(({ gate, outcome, because }) => [
    `${outcome.padEnd(width)}${gate}`,
    ...wrapText(because, 56 - width).map((line) => `${' '.repeat(width)}${line}`),
  ]);
  return textBlock(rows);
}
