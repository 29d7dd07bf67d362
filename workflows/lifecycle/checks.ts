import type { CheckReport } from '../../domain/reports.js';
import { epoch } from '../../domain/references.js';
import { asksRetrain } from '../../policy/triggers.js';
import { later } from './aliases.js';
import type { ModelLine } from './model-line.js';
import { askRetrain } from './retrains.js';

/** Takes what a monitor found: one ledger line, and a request for each trigger that asks. */
export async function takeCheck(line: ModelLine, report: CheckReport): Promise<void> {
  const { state } = line;
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
      summary: Object.fromEntries(report.triggers.map((verdict) => [verdict.kind, verdict.outcome])),
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
      requestId: `${report.run}/${verdict.kind}`,
      rollout: true,
      evidence: {
        ...(report.evidence === null ? {} : { artifact: report.evidence }),
        summary: verdict.numbers,
      },
    });
  }
}
