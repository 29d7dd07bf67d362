import { activityInfo, log } from '@temporalio/activity';
import { PerennialError } from '../../domain/errors.js';
import type { PendingLine } from '../../domain/lifecycle-state.js';
import type { AboutApproval, NotifyInput } from '../../domain/notification.js';
import { epoch } from '../../domain/references.js';
import { wants, type Webhook } from '../../domain/webhooks.js';
import { eventOfLine } from './event-of-line.js';
import type { NotificationPorts } from './ports.js';

/** News older than this is none: neither begun to be told, nor tried any longer. @format milliseconds */
export const NEWS_MS = 24 * 3_600_000;
/** Attempt at the ledger that goes on without what could not be begun. */
const LAST_TRY = 3;

/** Begins to tell people. What is told is a workflow of its own: nobody waits for its delivery. */
export interface Notifier {
  /**
   * Of lines that are in the store. A repeat begins nothing anew. Throws `notification-not-begun` (to be repeated) the first two times
   * that Temporal does not take it, and after that goes on without: the ledger comes first.
   */
  linesStored(model: string, lines: readonly PendingLine[]): Promise<void>;
  /** Of a candidate that waits for a person. Throws what the client throws: to be repeated. */
  asked(about: AboutApproval): Promise<void>;
}

/** A notifier for these webhooks; without any it does nothing. */
export function createNotifier(
  ports: Pick<NotificationPorts, 'webhooks' | 'temporal' | 'counts' | 'clock'>,
): Notifier {
  const { webhooks, temporal, counts, clock } = ports;
  return {
    linesStored: async (model, lines) => {
      const news = lines.filter(({ decidedAt }) => clock() - epoch(decidedAt) < NEWS_MS);
      const inputs = news.flatMap((line) => inputOf(webhooks, model, line));
      // All at once: a server that takes none costs the ledger a few seconds, however many lines there are.
      const begun = await Promise.allSettled(inputs.map((input) => temporal.startNotify(input)));
      for (const [i, begin] of begun.entries()) {
        if (begin.status === 'fulfilled') continue;
        const hooks = inputs[i]?.hooks ?? [];
        if (activityInfo().attempt < LAST_TRY) throw notBegun(begin.reason);
        log.error('a notification could not be begun', { hooks, because: kindOf(begin.reason) });
        for (const hook of hooks) counts.count(hook, 'failed');
      }
    },
    asked: async (about) => {
      const hooks = namesOf(webhooks, about.model, ['approval-waiting', 'approval-expiring']);
      if (hooks.length > 0) await temporal.startNotify({ about, hooks });
    },
  };
}

function inputOf(webhooks: readonly Webhook[], model: string, line: PendingLine): NotifyInput[] {
  const event = eventOfLine(line);
  if (event === undefined) return [];
  const hooks = namesOf(webhooks, model, [event]);
  const { seq, decidedAt } = line;
  return hooks.length === 0 ? [] : [{ about: { kind: 'line', event, model, seq, decidedAt }, hooks }];
}

const namesOf = (
  webhooks: readonly Webhook[],
  model: string,
  events: readonly Parameters<typeof wants>[2][],
): string[] =>
  webhooks.filter((hook) => events.some((event) => wants(hook, model, event))).map(({ name }) => name);

const kindOf = (error: unknown): string => (error instanceof Error ? error.name : typeof error);

const notBegun = (cause: unknown): PerennialError =>
  new PerennialError(
    {
      type: 'notification-not-begun',
      thing: 'start of a notify workflow',
      value: kindOf(cause),
      allowed: 'Temporal to take it',
      next: 'Nothing to do: it is tried again.',
      retryable: true,
    },
    { cause },
  );
