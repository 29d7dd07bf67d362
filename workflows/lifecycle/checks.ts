import { patched } from '@temporalio/workflow';
import type { CheckReport } from '../../domain/reports.js';
import { pluginCode } from '../../domain/plugins.js';
import { epoch } from '../../domain/references.js';
import { findingsOf, nameOf, summaryOf } from '../../policy/check-line.js';
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
  line.record({
    kind: past ? 'historical' : 'check',
    who: 'monitor',
    why: findingsOf(report.triggers),
    asOf: report.asOf,
    version: report.champion,
    run: report.run,
    evidence: {
      ...(report.evidence === null ? {} : { artifact: report.evidence }),
      summary: summaryOf(report.triggers),
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
