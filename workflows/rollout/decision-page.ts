import type { GateVerdict } from '../../domain/verdict.js';
import type { Candidate } from './candidate.js';

/** The JSON object that approves the candidate, two-space so that the Web UI submits it at the first click. */
export function decisionExample(candidate: Candidate): string {
  const by = candidate.approvers[0] ?? 'your-name';
  const example = { version: candidate.input.version.version, decision: 'approve', by, reason: '' };
  return JSON.stringify(example, null, 2);
}

/** What a person reads under "Current Details" of a rollout: what is asked, until when, the evidence, what to paste. */
export function decisionPage(candidate: Candidate): string {
  const { model, version, champion } = candidate.input;
  const against = champion === null ? 'the first version' : `against champion version ${champion.version}`;
  const parts = [
    `## ${model} version ${version.version}: ${candidate.phase}`,
    `Candidate ${version.digest.slice(0, 12)}, ${against}. Waiting for ${candidate.waitingFor}.`,
    ...(candidate.verdicts.length === 0 ? [] : [verdictTable(candidate.verdicts)]),
    ...(candidate.phase === 'approval' ? [askForDecision(candidate)] : []),
    `Model: [model/${model}](/namespaces/{namespace}/workflows/${encodeURIComponent(`model/${model}`)})`,
  ];
  return parts.join('\n\n');
}

function askForDecision(candidate: Candidate): string {
  const onExpiry = candidate.spec?.rollout.approval?.onExpiry ?? 'reject';
  return [
    `### Someone must decide`,
    `Who may: ${candidate.approvers.join(', ')}. Until ${candidate.deadline ?? 'no deadline'}; then it is ${onExpiry}ed.`.replace(
      'approveed',
      'approved',
    ),
    'Choose **Send an Update**, `decide`, and paste (change `approve` to `reject` to refuse):',
    '```json\n' + decisionExample(candidate) + '\n```',
  ].join('\n\n');
}

/** Aligned columns in a fenced block: the Web UI renders Markdown tables without borders. */
export function verdictTable(verdicts: readonly GateVerdict[]): string {
  const gates = Math.max(4, ...verdicts.map((verdict) => verdict.gate.length));
  const outcomes = Math.max(7, ...verdicts.map((verdict) => verdict.outcome.length));
  const rows = verdicts.map(
    (verdict) => `${verdict.gate.padEnd(gates)}  ${verdict.outcome.padEnd(outcomes)}  ${verdict.because}`,
  );
  return ['```text', `${'gate'.padEnd(gates)}  ${'outcome'.padEnd(outcomes)}  because`, ...rows, '```'].join(
    '\n',
  );
}
