import { ApplicationFailure, isCancellation, proxyActivities, sleep } from '@temporalio/workflow';
import type { NotificationActivities } from '../activities/notifications/notification-activities.js';
import {
  notifyInputSchema,
  type About,
  type AboutApproval,
  type Delivery,
  type NotificationEvent,
  type NotifyReport,
} from '../domain/notification.js';
import { epoch } from '../domain/references.js';
import { parseStart } from './parse-input.js';
import { plainCause } from './plain-cause.js';

const timeouts = { startToCloseTimeout: '30 seconds', heartbeatTimeout: '10 seconds' } as const;
/** Retried for a day: the activity itself gives up, unless it never ends. */
const patient = proxyActivities<NotificationActivities>({
  ...timeouts,
  scheduleToCloseTimeout: '25 hours',
  retry: { initialInterval: '2 seconds', maximumInterval: '10 minutes' },
});
/** For a person who waits for the answer. */
const hasty = proxyActivities<NotificationActivities>({
  ...timeouts,
  retry: { initialInterval: '1 second', maximumAttempts: 3 },
});

const DAY_MS = 24 * 3_600_000;
/** Share of the time to decide after which people are asked again. */
const LAST_PART = 0.25;

/**
 * Tells people of one event, each webhook by itself, and of a question once more before it expires. Holds ids and names of webhooks,
 * no address and no message. Fails when a webhook was not told, so that it is found in the list of workflows.
 */
export async function notify(input: unknown): Promise<NotifyReport> {
  const example = '{"about":{"kind":"test","id":"test/1","by":"ada","at":"2026-01-01T00:00:00Z"}}';
  const { about, hooks } = parseStart('notify', notifyInputSchema, input, example);
  const names = hooks ?? (await hasty.webhookNames());
  const told = await Promise.all([
    ...names.map((hook) => deliver(about, eventOf(about), hook)),
    ...(about.kind === 'approval' ? [remind(about, names)] : []),
  ]);
  const deliveries = told.flat();
  const failed = deliveries.filter(({ outcome }) => outcome === 'failed');
  if (failed.length === 0 || about.kind === 'test') return { deliveries };
  const why = failed.map(({ event, because = '' }) => `${event}: ${because}`).join('; ');
  throw ApplicationFailure.create({
    message: why,
    type: 'not-delivered',
    nonRetryable: true,
    details: [deliveries],
  });
}

const eventOf = (about: About): NotificationEvent =>
  about.kind === 'line' ? about.event : about.kind === 'approval' ? 'approval-waiting' : 'test';

async function deliver(about: About, event: NotificationEvent, hook: string): Promise<Delivery> {
  const activities = about.kind === 'test' ? hasty : patient;
  try {
    return { hook, event, outcome: await activities.deliver({ about, event, hook }) };
  } catch (error) {
    if (isCancellation(error)) throw error;
    return { hook, event, outcome: 'failed', because: plainCause(error) };
  }
}

/** In the last quarter of the time to decide, the last day at most. */
async function remind(about: AboutApproval, names: readonly string[]): Promise<Delivery[]> {
  const deadline = epoch(about.deadline);
  const lead = Math.min(DAY_MS, (deadline - epoch(about.askedAt)) * LAST_PART);
  await sleep(Math.max(1, Math.round(deadline - lead - Date.now())));
  return Promise.all(names.map((hook) => deliver(about, 'approval-expiring', hook)));
}
