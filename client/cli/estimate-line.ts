import type { LedgerLine } from '../../domain/ledger.js';
import { brief } from './statistics.js';

/**
 * The performance that the check estimated without labels, and what labels said of an earlier estimate, in one line; undefined where
 * the spec did not ask for it or there was no estimate.
 */
export function estimateLine(check: LedgerLine | undefined): string | undefined {
  const summary = check?.evidence?.summary ?? {};
  const number = (name: string): string | undefined => {
    const value = summary[name];
    return typeof value === 'number' ? brief(value) : undefined;
  };
  const [loss, atRelease, limit] = [number('loss'), number('atRelease'), number('limit')];
  if (summary['performance-estimated'] === undefined || loss === undefined) return undefined;
  const [said, found] = [number('maturedEstimate'), number('maturedLoss')];
  const earlier =
    said === undefined || found === undefined ? '' : `; earlier estimate ${said}, its labels ${found}`;
  return `loss ${loss} without labels, ${atRelease ?? 'unknown'} at release, limit ${limit ?? 'unknown'}${earlier}`;
}
