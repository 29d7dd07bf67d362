import { clipBytes, jsonBytes } from '../domain/bounds.js';
import { pluginCode } from '../domain/plugins.js';
import type { TriggerVerdict } from '../domain/reports.js';
import type { Evidence } from '../domain/verdict.js';

/** Of all findings in the ledger line of a check; its evidence artifact has them whole. @format bytes of JSON */
const MOST_FINDINGS = 1200;
/** Of one finding where all of them are too long. @format bytes of JSON */
const MOST_FINDING = 150;
/** Of the digests of plug-ins in that line. @format bytes of JSON */
const MOST_CODE = 1024;

/** A trigger by its kind; two performance triggers of one spec differ by their labels, those of plug-ins by their name. */
export function nameOf({ kind, labels, name }: TriggerVerdict): string {
  if (name !== undefined) return `${kind}-${name}`;
  return labels === undefined ? kind : `${kind}-${labels}`;
}

/**
 * What each trigger found, in one line for people. A long text of one of them never crowds out what the check sets off: findings lose
 * their ends first, then the last ones are left out.
 */
export function findingsOf(triggers: readonly TriggerVerdict[]): string {
  const findings = triggers.map((verdict) => `${titleOf(verdict)} ${verdict.outcome}: ${verdict.because}`);
  const whole = findings.join('; ');
  if (jsonBytes(whole) <= MOST_FINDINGS) return whole || 'no trigger looks at data';
  return clipBytes(findings.map((finding) => clipBytes(finding, MOST_FINDING)).join('; '), MOST_FINDINGS);
}

const titleOf = ({ kind, name }: TriggerVerdict): string => (name === undefined ? kind : `${kind} ${name}`);

/**
 * Outcome by trigger; of estimates also their numbers, for the status; of plug-ins the code that said so, of as many as fit (the artifact
 * names each).
 */
export function summaryOf(triggers: readonly TriggerVerdict[]): Evidence['summary'] {
  const summary: Evidence['summary'] = {};
  const code: Record<string, string> = {};
  for (const verdict of triggers) {
    summary[nameOf(verdict)] = verdict.outcome;
    if (verdict.labels !== undefined) Object.assign(summary, verdict.numbers);
    const named = verdict.plugin === undefined ? {} : pluginCode(verdict.plugin);
    if (jsonBytes({ ...code, ...named }) <= MOST_CODE) Object.assign(code, named);
  }
  return { ...summary, ...code };
}
