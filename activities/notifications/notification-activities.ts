import { activityInfo, log } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { PerennialError } from '../../domain/errors.js';
import type { About, AboutApproval, NotificationEvent } from '../../domain/notification.js';
import { wants, type Webhook } from '../../domain/webhooks.js';
import { withHeartbeat } from '../heartbeat.js';
import { compose } from './compose.js';
import { NEWS_MS, type Notifier } from './notifier.js';
import type { NotificationPorts } from './ports.js';
import { failure, post } from './post.js';
import { slackMessage } from './slack.js';

/** One event for one webhook. */
export interface DeliverInput {
  readonly about: About;
  readonly event: NotificationEvent;
  /** Its name: address and secret are the worker's. */
  readonly hook: string;
}

/** Telling people. Each may run twice: whoever is told takes each event id once. */
export interface NotificationActivities {
  /** A rollout asks people: begins to tell them. */
  announceApproval(input: Omit<AboutApproval, 'kind' | 'runId'>): Promise<void>;
  /** Names of the webhooks of this worker. */
  webhookNames(): Promise<string[]>;
  /**
   * Makes the message and sends it. `moot` when there is nothing to tell any more. Fails retryably while the receiver is away or busy;
   * for good as `webhook-refused` when it does not want the message, and as `given-up` after a day.
   */
  deliver(input: DeliverInput): Promise<'delivered' | 'moot'>;
}

/** Deliveries at once in one worker: receivers that hang must not take the places of what decides. */
const AT_ONCE = 16;
/** And to one webhook: the one that hangs holds up itself. */
const AT_ONCE_EACH = 4;
/** Until one that found no place is tried again: other than a receiver, a place is soon free. @format milliseconds */
const TURN_MS = 5000;

/** The activities over their ports. */
export function createNotificationActivities(
  ports: NotificationPorts,
  notifier: Notifier,
): NotificationActivities {
  const inTurn = createTurns();
  return {
    announceApproval: (input) =>
      withHeartbeat(() => {
        const { runId } = activityInfo().workflowExecution ?? {};
        return notifier.asked({ kind: 'approval', ...input, runId: runId ?? '' });
      }),
    webhookNames: () => Promise.resolve(ports.webhooks.map(({ name }) => name)),
    deliver: async (input) => {
      try {
        return await inTurn(input.hook, () => withHeartbeat(({ signal }) => deliver(ports, input, signal)));
      } catch (error) {
        throw counted(ports, input, error);
      }
    },
  };
}

/** Runs what has a place; throws `busy`, retryably, when all of a webhook or of the worker are taken. */
function createTurns(): <T>(hook: string, work: () => Promise<T>) => Promise<T> {
  const open: string[] = [];
  return async (hook, work) => {
    if (open.length >= AT_ONCE || open.filter((one) => one === hook).length >= AT_ONCE_EACH)
      throw failure('too many deliveries at once', 'busy', { again: true, pause: TURN_MS });
    open.push(hook);
    try {
      return await work();
    } finally {
      open.splice(open.indexOf(hook), 1);
    }
  };
}

async function deliver(
  ports: NotificationPorts,
  input: DeliverInput,
  signal: AbortSignal,
): Promise<'delivered' | 'moot'> {
  const { counts, clock } = ports;
  const hook = hookOf(ports, input.hook);
  if (input.about.kind !== 'test' && !wants(hook, input.about.model, input.event)) return 'moot';
  const notification = await compose(ports, input.about, input.event);
  if (notification === null) return 'moot';
  const body = JSON.stringify(hook.kind === 'slack' ? slackMessage(notification, hook) : notification);
  await post(hook, { id: notification.id, body, signal, now: clock() });
  counts.count(hook.name, 'delivered');
  return 'delivered';
}

/** Workers of one queue may be configured differently: another one may know it. */
function hookOf({ webhooks }: NotificationPorts, name: string): Webhook {
  const hook = webhooks.find((one) => one.name === name);
  if (hook !== undefined) return hook;
  throw failure(`webhook ${name} is not in the configuration of this worker`, 'unknown-webhook', {
    again: true,
  });
}

const isFinal = (error: unknown): boolean =>
  error instanceof PerennialError
    ? error.refusal.retryable !== true
    : error instanceof ApplicationFailure && error.nonRetryable === true;

/** Counts and logs a failed attempt, and gives up after a day. */
function counted(
  { counts, clock }: NotificationPorts,
  { hook, event }: DeliverInput,
  error: unknown,
): unknown {
  const { attempt, scheduledTimestampMs } = activityInfo();
  const old = clock() - scheduledTimestampMs >= NEWS_MS;
  const final = old || isFinal(error);
  counts.count(hook, final ? 'failed' : 'retried');
  const because = error instanceof ApplicationFailure ? error.message : 'its message could not be made';
  // One that is tried again the SDK logs by itself.
  if (final) log.error('a notification was not delivered', { hook, event, attempt, because });
  return old ? failure(`given up after a day: ${because}`, 'given-up', { again: false }) : error;
}
