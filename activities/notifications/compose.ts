import { z } from 'zod';
import { clip } from '../../domain/bounds.js';
import type { LedgerLine } from '../../domain/ledger.js';
import { lifecycleId } from '../../domain/names.js';
import {
  eventId,
  type About,
  type AboutApproval,
  type AboutLine,
  type Notification,
  type NotificationEvent,
} from '../../domain/notification.js';
import { gateVerdictSchema } from '../../domain/verdict.js';
import { newAlerts, worthTelling } from './alerts.js';
import { nextSteps } from './next-steps.js';
import { bakeNumbers, checkNumbers, holdoutOf, summaryNumbers, type Measured } from './numbers.js';
import type { NotificationPorts } from './ports.js';
import { titleOf } from './titles.js';

const MOST_TEXT = 1500;
const MOST_VERDICTS = 20;

/**
 * The message of an event, from the store and the rollout that asks. Null when there is nothing to tell any more: the question was
 * answered, the alert is not new. Throws what the store and Temporal throw.
 */
export async function compose(
  ports: NotificationPorts,
  about: About,
  event: NotificationEvent,
): Promise<Notification | null> {
  switch (about.kind) {
    case 'line':
      return ofLine(ports, about);
    case 'approval':
      return ofApproval(ports, about, event);
    case 'test':
      return ofTest(about);
  }
}

const common = {
  format: 'perennial-notification/1' as const,
  ...{ asOf: null, deadline: null, metric: null, numbers: {}, verdicts: [], ledger: null, run: null },
};

function ofTest(about: Extract<About, { kind: 'test' }>): Notification {
  const { id, by, at } = about;
  const title = 'a test of Perennial’s notifications';
  const text = 'It arrived. Nothing happened, and nothing needs to be done.';
  const empty = { model: null, version: null, next: [], link: null };
  return { ...common, ...empty, id, event: 'test', at, who: by, title, text };
}

async function ofLine(ports: NotificationPorts, about: AboutLine): Promise<Notification | null> {
  const { event, model } = about;
  const line = await ports.registry.ledgerLine(model, about.seq);
  // Another model of this name had the number before.
  if (line === undefined || line.decidedAt !== about.decidedAt) return null;
  const alerts = event === 'alert' ? await newAlerts(ports, line) : [];
  if (event === 'alert' ? alerts.length === 0 : !(await worthTelling(ports, line))) return null;
  const { version, who, why, asOf, run, seq } = line;
  return {
    ...common,
    ...{ id: eventId(about, event), event, model, version, at: line.decidedAt, asOf, who, run, ledger: seq },
    title: titleOf(event, line, alerts),
    text: clip(why, MOST_TEXT),
    ...(await measured(ports, event, line)),
    verdicts: (line.verdicts ?? []).slice(0, MOST_VERDICTS).map(short),
    next: nextSteps({ event, model, version, why }),
    link: linkTo(ports, run ?? lifecycleId(model)),
  };
}

async function measured(
  ports: NotificationPorts,
  event: NotificationEvent,
  line: LedgerLine,
): Promise<Measured> {
  if (event === 'alert') return checkNumbers(ports, line);
  if (event === 'no-candidate' && line.evidence !== undefined) return summaryNumbers(line.evidence);
  if (line.version === null || (event !== 'promoted' && event !== 'rolled-back' && event !== 'rollout-ended'))
    return { metric: null, numbers: {} };
  const holdout = await holdoutOf(ports, line.model, line.version);
  return { ...holdout, numbers: { ...holdout.numbers, ...bakeNumbers(line.verdicts) } };
}

const waitingSchema = z.object({ phase: z.string(), verdicts: z.array(gateVerdictSchema) });

async function ofApproval(
  ports: NotificationPorts,
  about: AboutApproval,
  event: NotificationEvent,
): Promise<Notification | null> {
  const { model, version, run, runId, approvers, deadline, askedAt } = about;
  const answer = await ports.temporal.evidenceOf(run, runId);
  if (answer === undefined) return null;
  const { phase, verdicts } = waitingSchema.parse(answer);
  if (phase !== 'approval') return null;
  const who = approvers.join(' or ');
  const still = event === 'approval-expiring' ? 'still waits' : 'waits';
  return {
    ...common,
    ...{ id: eventId(about, event), event, model, version, at: askedAt, who, run, deadline },
    title: `${model}: version ${version} ${still} for a decision`,
    text: clip(`${who} may decide until ${deadline}.`, MOST_TEXT),
    ...(await holdoutOf(ports, model, version)),
    verdicts: verdicts.slice(0, MOST_VERDICTS).map(short),
    next: nextSteps({ event, model, version, why: '' }),
    link: linkTo(ports, run),
  };
}

const short = (verdict: Notification['verdicts'][number]): Notification['verdicts'][number] => ({
  ...verdict,
  because: clip(verdict.because, 300),
});

function linkTo({ webUi }: NotificationPorts, workflowId: string): string | null {
  if (webUi === undefined) return null;
  const { url, namespace } = webUi;
  const base = url.replace(/\/+$/, '');
  return `${base}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}`;
}
