import type { LedgerLine } from '../../domain/ledger.js';
import type { NotificationEvent } from '../../domain/notification.js';
import { noCandidateSchema, rolloutOutcomeSchema } from '../../domain/reports.js';

/** What a line's `why` begins with, up to its first colon: an outcome or a reason. */
export const wordOf = (why: string): string => why.split(':', 1)[0] ?? '';

/** Endings of a rollout that have a line of their own before this one. */
const TOLD_BEFORE: ReadonlySet<string> = new Set(['promoted', 'rolled-back']);

/** What people are told of a line of the ledger; undefined for one that is only kept. */
export function eventOfLine({
  kind,
  why,
  evidence,
}: Pick<LedgerLine, 'kind' | 'why' | 'evidence'>): NotificationEvent | undefined {
  switch (kind) {
    case 'first':
    case 'promoted':
    case 'operator-promoted':
      return 'promoted';
    case 'rolled-back':
    case 'spec-refused':
    case 'retrain-refused':
    case 'check-failed':
    case 'unservable':
    case 'lost':
      return kind;
    case 'rollout-ended': {
      const outcome = rolloutOutcomeSchema.safeParse(wordOf(why)).data;
      return outcome === undefined || TOLD_BEFORE.has(outcome) ? undefined : 'rollout-ended';
    }
    case 'retrain-ended':
      return noCandidateSchema.safeParse(wordOf(why)).success ? 'no-candidate' : undefined;
    case 'check':
      return Object.values(evidence?.summary ?? {}).includes('fired') ? 'alert' : undefined;
    default:
      return undefined;
  }
}
