import type { Notification, NotificationEvent } from '../../domain/notification.js';
import { LOOSENS } from '../../domain/reports.js';
import { wordOf } from './event-of-line.js';

type Step = Notification['next'][number];

/** What a message is about, as far as it says what to do next. */
export interface Situation {
  readonly event: NotificationEvent;
  readonly model: string;
  readonly version: number | null;
  /** As in the ledger. */
  readonly why: string;
}

const step = (what: string, command: string): Step => ({ what, command });

/** The commands that decide, or show more. They hold nothing but names and numbers that were checked: nobody's words. */
export function nextSteps({ event, model, version, why }: Situation): Step[] {
  const look = step('read more', `perennial ledger ${model} --full`);
  const status = step('look', `perennial status ${model}`);
  switch (event) {
    case 'approval-waiting':
    case 'approval-expiring':
      return [
        step('approve', decide('approve', model, version)),
        step('reject', decide('reject', model, version)),
        status,
      ];
    case 'promoted':
      return [step('take it back', `perennial rollback ${model} --reason "…"`), status];
    case 'rolled-back':
      return [look, step('train anew', `perennial retrain ${model} --reason "…"`)];
    case 'rollout-ended':
      return wordOf(why) === 'promoted-unproven' ? [status, look] : [look, again(model)];
    case 'no-candidate':
      return [look, again(model)];
    case 'spec-refused':
      return [applyAgain(why), look];
    case 'retrain-refused':
    case 'lost':
      return [status, again(model)];
    case 'alert':
      return [status, step('train now', `perennial retrain ${model} --reason "…"`)];
    case 'check-failed':
      return [step('check again, once its cause is gone', `perennial check ${model}`)];
    case 'unservable':
      return [step('see its files and digests', `perennial versions ${model}`), look];
    case 'test':
      return [];
  }
}

/** Of the two reasons to refuse a spec only one is a matter of agreement. */
const applyAgain = (why: string): Step =>
  wordOf(why) === LOOSENS
    ? step('have an approver agree', 'perennial apply <spec> --approved-by <name>')
    : step('apply it again, once its cause is gone', 'perennial apply <spec>');

const again = (model: string): Step =>
  step('ask again, once its cause is gone', `perennial retrain ${model} --reason "…"`);

const decide = (decision: string, model: string, version: number | null): string =>
  `perennial ${decision} ${model} --candidate ${version ?? ''} --by <you> --reason "…"`;
