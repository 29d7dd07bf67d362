import { setTimeout as pause } from 'node:timers/promises';
import { log } from '@temporalio/activity';
import type { PendingLine } from '../../domain/lifecycle-state.js';
import type { AboutApproval, NotifyInput } from '../../domain/notification.js';
import { epoch } from '../../domain/references.js';
import { wants, type Webhook } from '../../domain/webhooks.js';
import { eventOfLine } from './event-of-line.js';
import type { NotificationPorts } from './ports.js';

/** News older than this is none: neither begun to be told, nor tried any longer. @format milliseconds */
export const NEWS_MS = 24 * 3_600_000;
/** How long the ledger waits until Temporal took the starts, all of them together. @format milliseconds */
const PATIENCE_MS = 4000;
/** How often one is tried in that time. */
const TRIES = 3;

/** Begins to tell people. What is told is a workflow of its own: nobody waits for its delivery. */
export interface Notifier {
  /**
   * Of lines that are in the store. A repeat begins nothing anew. Throws nothing and takes seconds at most: what Temporal does not take
   * in that time is logged, counted as `failed`, and not told. The ledger comes first.
   */
  linesStored(model: string, lines: readonly PendingLine[]): Promise<void>;
  /** Of a candidate that waits for a person. Throws what the client throws: to be repeated. */
  asked(about: AboutApproval): Promise<void>;
}

/** A notifier for these webhooks; without any it does nothing. */
export function createNotifier(
  ports: Pick<NotificationPorts, 'webhooks' | 'temporal' | 'counts' | 'clock'>,
  patienceMs: number = PATIENCE_MS,
): Notifier {
  const { webhooks, temporal, counts, clock } = ports;
  return {
    linesStored: async (model, lines) => {
      const news = lines.filter(({ decidedAt }) => clock() - epoch(decidedAt) < NEWS_MS);
      const inputs = news.flatMap((line) => inputOf(webhooks, model, line));
      const begun = await begin(
        inputs.map((input) => () => temporal.startNotify(input)),
        patienceMs,
      );
      for (const [i, { hooks = [] }] of inputs.entries()) {
        const { because } = begun[i] ?? {};
        if (because === undefined) continue;
        log.error('a notification could not be begun', { hooks, because });
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

/** All at once, within one time for all of them; says of each why it could not be begun. */
async function begin(
  starts: readonly (() => Promise<void>)[],
  patienceMs: number,
): Promise<{ readonly because?: string }[]> {
  const tooLate = pause(patienceMs, { because: `not within ${patienceMs / 1000} s` }, { ref: false });
  const tried = starts.map(async (start) => {
    for (let trial = 1; ; trial++) {
      try {
        await start();
        return {};
      } catch (error) {
        if (trial === TRIES) return { because: error instanceof Error ? error.name : typeof error };
        await pause((trial * patienceMs) / 16);
      }
    }
  });
  return Promise.all(tried.map((one) => Promise.race([one, tooLate])));
}
