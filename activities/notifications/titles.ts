import type { LedgerLine } from '../../domain/ledger.js';
import type { NotificationEvent } from '../../domain/notification.js';
import { wordOf } from './event-of-line.js';

/** The one line that stands above a message about a line of the ledger. */
export function titleOf(event: NotificationEvent, line: LedgerLine, alerts: readonly string[]): string {
  return `${line.model}: ${headline(event, line, alerts)}`;
}

function headline(event: NotificationEvent, line: LedgerLine, alerts: readonly string[]): string {
  const { version, champion, why, run, kind } = line;
  const it = `version ${version ?? '?'}`;
  switch (event) {
    case 'promoted':
      return kind === 'first'
        ? `${it} serves, the first one`
        : `${it} is promoted${kind === 'operator-promoted' ? ', forced in by an operator' : ''}`;
    case 'rolled-back':
      return `${it} was rolled back${champion === null ? '' : `, version ${champion} serves`}`;
    case 'rollout-ended':
      return `the rollout of ${it} ended: ${wordOf(why)}`;
    case 'no-candidate':
      return `${run ?? 'a retrain'} gave no candidate: ${wordOf(why)}`;
    case 'spec-refused':
      return 'a spec was refused';
    case 'retrain-refused':
      return 'a retrain was refused';
    case 'alert':
      return `${alerts.join(', ')} fired`;
    case 'check-failed':
      return 'a check could not be measured';
    case 'unservable':
      return `${it} cannot be served`;
    case 'lost':
      return `${run ?? 'a run'} is lost`;
    default:
      return event;
  }
}
