import { randomUUID } from 'node:crypto';
import { WorkflowFailedError, type Client, type WorkflowExecutionInfo } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { z } from 'zod';
import { PerennialError } from '../../domain/errors.js';
import { notifyId, WORKFLOW } from '../../domain/names.js';
import {
  deliverySchema,
  notificationEventSchema,
  notifyReportSchema,
  type NotifyInput,
  type NotifyReport,
} from '../../domain/notification.js';
import { noWorker } from './errors.js';
import type { Perennial } from './perennial.js';

/** What became of one event. */
export const notifiedSchema = z.strictObject({
  id: z.string().describe('Id of the event, as each delivery carries it.'),
  event: z.string(),
  at: z.string().describe('When people began to be told.'),
  state: z
    .enum(['done', 'failed', 'open'])
    .describe('`open`: still tried, or a question that is asked once more before it expires.'),
  deliveries: z.array(deliverySchema).describe('By webhook; those of an open one are not known yet.'),
  retrying: z.array(z.string()).describe('Why the last attempts of an open one failed.'),
});
/** What became of one event. */
export type Notified = z.infer<typeof notifiedSchema>;

/**
 * Sends a message to every webhook of the worker, and waits for what became of it: three attempts each. Throws `no-webhooks` when the
 * worker has none, `no-worker` when none answers.
 */
export async function testNotifications(
  perennial: Perennial,
  { by = perennial.settings.by }: { by?: string | undefined } = {},
): Promise<NotifyReport> {
  const { taskQueue, answerWithinMs } = perennial.settings;
  const door = await perennial.temporal();
  const id = `test/${randomUUID()}`;
  const input: NotifyInput = { about: { kind: 'test', id, by, at: new Date().toISOString() } };
  const result: unknown = await door.within(
    answerWithinMs,
    () => noWorker(taskQueue, answerWithinMs),
    () =>
      door.client.workflow.execute(WORKFLOW.notify, {
        ...{ workflowId: notifyId(id), taskQueue, args: [input], memo: { event: 'test' } },
        workflowExecutionTimeout: answerWithinMs,
        staticSummary: 'test: tell people',
      }),
  );
  const report = notifyReportSchema.parse(result);
  if (report.deliveries.length > 0) return report;
  throw new PerennialError({
    type: 'no-webhooks',
    thing: 'webhooks of the worker',
    value: 'none',
    allowed: 'at least one',
    next: 'Start the worker with --webhooks <file>; docs/notifications.md has an example.',
  });
}

/** The newest events that people were told of, newest first. */
export async function notifications(
  perennial: Perennial,
  { model, limit = 20 }: { model?: string | undefined; limit?: number | undefined } = {},
): Promise<Notified[]> {
  const { client } = await perennial.temporal();
  const of = model === undefined ? '' : ` AND MlModel = '${model}'`;
  const query = `WorkflowType = '${WORKFLOW.notify}' AND TaskQueue = '${perennial.settings.taskQueue}'${of}`;
  const found: Notified[] = [];
  for await (const execution of client.workflow.list({ query, pageSize: limit })) {
    found.push(await notified(client, execution));
    if (found.length === limit) break;
  }
  return found;
}

/** Of how many events not every webhook of them was told, within the last week. */
export async function failedNotifications(perennial: Perennial, model: string): Promise<number> {
  const { client } = await perennial.temporal();
  const since = new Date(Date.now() - 7 * 24 * 3_600_000).toISOString();
  const query = `WorkflowType = '${WORKFLOW.notify}' AND MlModel = '${model}' AND ExecutionStatus = 'Failed' AND CloseTime > '${since}'`;
  return (await client.workflow.count(query)).count;
}

const eventSchema = z.object({ event: notificationEventSchema });

async function notified(
  client: Client,
  { workflowId, runId, startTime, memo, status }: WorkflowExecutionInfo,
): Promise<Notified> {
  const handle = client.workflow.getHandle(workflowId, runId);
  const open = status.name === 'RUNNING';
  return {
    id: workflowId.slice(notifyId('').length),
    event: eventSchema.safeParse(memo).data?.event ?? 'unknown',
    at: startTime.toISOString(),
    state: open ? 'open' : status.name === 'COMPLETED' ? 'done' : 'failed',
    deliveries: open ? [] : await deliveriesOf(() => handle.result()),
    retrying: open ? retryingOf(await handle.describe()) : [],
  };
}

async function deliveriesOf(result: () => Promise<unknown>): Promise<Notified['deliveries']> {
  try {
    return notifyReportSchema.parse(await result()).deliveries;
  } catch (error) {
    const cause = error instanceof WorkflowFailedError ? error.cause : undefined;
    const details = cause instanceof ApplicationFailure ? cause.details?.[0] : undefined;
    return z.array(deliverySchema).safeParse(details).data ?? [];
  }
}

type Described = Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['describe']>>;

const retryingOf = ({ raw }: Described): string[] =>
  (raw.pendingActivities ?? []).flatMap(({ attempt, lastFailure }) =>
    lastFailure?.message ? [`attempt ${attempt ?? ''}: ${lastFailure.message}`] : [],
  );
