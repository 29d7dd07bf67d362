import type { CheckReport, TriggerVerdict } from '../../domain/reports.js';
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
  const historical = state.newestSlot !== null && epoch(report.asOf) <= epoch(state.newestSlot);
  const old = state.highWater !== null && epoch(report.asOf) < epoch(state.highWater);
  if (!historical) state.newestSlot = report.asOf;
  const findings = report.triggers.map((verdict) => `${verdict.kind} ${verdict.outcome}: ${verdict.because}`);
  line.record({
    kind: historical || old ? 'historical' : 'check',
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
  if (historical || old) return;
  state.highWater = later(state.highWater, report.asOf);
  for (const verdict of asksRetrain(report.triggers)) {
    await askRetrain(line, {
      trigger: verdict.kind,
      asOf: report.asOf,
      by: 'monitor',
      reason: verdict.because,
      requestId: `${report.run}/${nameOf(verdict)}`,
      rollout: true,
      evidence: {
        ...(report.evidence === null ? {} : { artifact: report.evidence }),
        summary: verdict.numbers,
      },
    });
  }
}

/** One ledger line, and nothing else: a check of the same day may follow once the cause is gone. */
function noteUnmeasured(line: ModelLine, { asOf, champion, run }: CheckReport, cause: string): void {
  line.record({
    kind: 'check-failed',
    who: 'monitor',
    why: `not measured: ${cause}`,
    asOf,
    version: champion,
    run,
  });
}

/** A trigger by its kind; two performance triggers of one spec differ by their labels. */
const nameOf = ({ kind, labels }: TriggerVerdict): string =>
  labels === undefined ? kind : `${kind}-${labels}`;

/** Outcome by trigger; of an estimate also its numbers, for the status. */
function summaryOf(verdict: TriggerVerdict): Evidence['summary'] {
  const outcome = { [nameOf(verdict)]: verdict.outcome };
  return verdict.labels === undefined ? outcome : { ...outcome, ...verdict.numbers };
}
