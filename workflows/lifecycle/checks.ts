import { patched } from '@temporalio/workflow';
import type { CheckReport, TriggerVerdict } from '../../domain/reports.js';
import { pluginCode } from '../../domain/plugins.js';
import type { Evidence } from '../../domain/verdict.js';
import { epoch } from '../../domain/references.js';
import { asksRetrain } from '../../policy/triggers.js';
import { later } from './aliases.js';
import type { ModelLine } from './model-line.js';
import { askRetrain } from './retrains.js';

/** Takes what a monitor found: one ledger line, and a request for each trigger that asks. */
export async function takeCheck(line: ModelLine, report: CheckReport): Promise<void> {
  const { state } = line;
  if (report.unmeasured !== undefined) {
    noteUnmeasured(line, report, report.unmeasured);
    return;
  }
  state.watermark = later(state.watermark, report.watermark);
  const { seen, past } = slotOf(line, report);
  if (!seen) state.newestSlot = report.asOf;
  const findings = report.triggers.map(
    (verdict) => `${titleOf(verdict)} ${verdict.outcome}: ${verdict.because}`,
  );
  line.record({
    kind: past ? 'historical' : 'check',
    who: 'monitor',
    why: findings.join('; ') || 'no trigger looks at data',
    asOf: report.asOf,
    version: report.champion,
    run: report.run,
    evidence: {
      ...(report.evidence === null ? {} : { artifact: report.evidence }),
      summary: Object.fromEntries(report.triggers.flatMap((verdict) => Object.entries(summaryOf(verdict)))),
    },
  });
  if (past) return;
  state.highWater = later(state.highWater, report.asOf);
  for (const verdict of asksRetrain(report.triggers)) {
    await askRetrain(line, {
      trigger: verdict.kind,
      asOf: report.asOf,
      by: 'monitor',
      reason: verdict.name === undefined ? verdict.because : `${verdict.name}: ${verdict.because}`,
      requestId: `${report.run}/${nameOf(verdict)}`,
      rollout: true,
      evidence: {
        ...(report.evidence === null ? {} : { artifact: report.evidence }),
        summary: {
          ...verdict.numbers,
          ...(verdict.plugin === undefined ? {} : pluginCode(verdict.plugin)),
        },
      },
    });
  }
}

/** Whether a check of this slot, or a newer one, was taken already, and whether it looks from before what was decided on. */
function slotOf({ state }: ModelLine, { asOf }: CheckReport): { seen: boolean; past: boolean } {
  const seen = state.newestSlot !== null && epoch(asOf) <= epoch(state.newestSlot);
  const old = state.highWater !== null && epoch(asOf) < epoch(state.highWater);
  return { seen, past: seen || old };
}

/** One ledger line, and nothing else: a check of the same day may follow once the cause is gone. */
function noteUnmeasured(line: ModelLine, report: CheckReport, cause: string): void {
  const { asOf, champion, run } = report;
  line.record({
    kind: slotOf(line, report).past && patched('unmeasured-historical') ? 'historical' : 'check-failed',
    who: 'monitor',
    why: `not measured: ${cause}`,
    asOf,
    version: champion,
    run,
  });
}

/** A trigger by its kind; two performance triggers of one spec differ by their labels, those of plug-ins by their name. */
function nameOf({ kind, labels, name }: TriggerVerdict): string {
  if (name !== undefined) return `${kind}-${name}`;
  return labels === undefined ? kind : `${kind}-${labels}`;
}

const titleOf = ({ kind, name }: TriggerVerdict): string => (name === undefined ? kind : `${kind} ${name}`);

/** Outcome by trigger; of an estimate also its numbers, for the status; of a plug-in's the code that said so. */
function summaryOf(verdict: TriggerVerdict): Evidence['summary'] {
  const outcome = { [nameOf(verdict)]: verdict.outcome };
  if (verdict.plugin !== undefined) return { ...outcome, ...pluginCode(verdict.plugin) };
  return verdict.labels === undefined ? outcome : { ...outcome, ...verdict.numbers };
}
