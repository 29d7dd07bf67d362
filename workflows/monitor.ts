import { ApplicationFailure, isCancellation, workflowInfo } from '@temporalio/workflow';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { z } from 'zod';
import type { CheckMeasured } from '../activities/watch-activities.js';
import { aliasesSchema } from '../domain/aliases.js';
import { instantSchema, modelNameSchema } from '../domain/references.js';
import type { CheckReport, RetrainAnswer, TriggerVerdict } from '../domain/reports.js';
import type { ModelSpec, TriggerSpec } from '../domain/spec/spec.js';
import { judgeEstimate } from '../policy/judge-estimate.js';
import { judgeDrift, judgeNewData, judgePerformance, judgePlugin } from '../policy/triggers.js';
import { parseStart } from './parse-input.js';
import { plainCause } from './plain-cause.js';
import { control, measure } from './proxies.js';

const scheduledStart = defineSearchAttributeKey('TemporalScheduledStartTime', SearchAttributeType.DATETIME);

/** Argument of `monitor` and `scheduledRetrain`. `asOf` absent: the Schedule's nominal time. */
const scheduledInputSchema = z.strictObject({ model: modelNameSchema, asOf: instantSchema.optional() });

/** The event time a run looks from: what it was given, else its nominal time. Never "now". */
function asOfOf(given: string | undefined): string {
  if (given !== undefined) return new Date(given).toISOString();
  const nominal = workflowInfo().typedSearchAttributes.get(scheduledStart);
  if (nominal !== undefined) return nominal.toISOString();
  throw ApplicationFailure.nonRetryable(
    'no as-of: start it with {"model":"bike-demand","asOf":"2011-04-01T00:00:00Z"}, or by its Schedule',
    'unusable-argument',
  );
}

/**
 * Measures drift and performance of what is serving, judges every trigger of the spec, and reports to the lifecycle. A check that
 * cannot be measured (its data is gone, too little memory) is reported with its cause, and then fails.
 */
export async function monitor(input: unknown): Promise<CheckReport> {
  const ask = parseStart(
    'monitor',
    scheduledInputSchema,
    input,
    '{"model":"bike-demand","asOf":"2011-04-01T00:00:00Z"}',
  );
  const asOf = asOfOf(ask.asOf);
  const run = workflowInfo().workflowId;
  const state = servingSchema.parse(await control.readServing({ model: ask.model }));
  const spec = await control.loadSpec({ model: ask.model, digest: state.specDigest });
  const { champion } = state.aliases;
  const about = { model: ask.model, specDigest: state.specDigest, asOf, champion };
  const measured = await measure.measureCheck(about).catch(async (error: unknown): Promise<never> => {
    if (isCancellation(error)) throw error;
    const nothing = { watermark: null, champion: champion?.version ?? null, triggers: [], evidence: null };
    const report = { run, asOf, ...nothing, unmeasured: plainCause(error) };
    await control.reportCheck({ model: ask.model, updateId: `${run}/unmeasured`, report });
    throw error;
  });
  const report: CheckReport = {
    run,
    asOf,
    watermark: measured.watermark,
    champion: measured.champion,
    triggers: judgeTriggers(spec, measured),
    evidence: measured.evidence,
    ...(measured.warnings !== undefined && { warnings: [...measured.warnings] }),
  };
  await control.reportCheck({ model: ask.model, updateId: run, report });
  return report;
}

const servingSchema = z.strictObject({ aliases: aliasesSchema, specDigest: z.string() });

function judgeTriggers(spec: ModelSpec, measured: CheckMeasured): TriggerVerdict[] {
  return spec.triggers.flatMap((trigger, index) => judgeTrigger(trigger, index, measured));
}

function judgeTrigger(trigger: TriggerSpec, index: number, measured: CheckMeasured): TriggerVerdict[] {
  switch (trigger.kind) {
    case 'schedule':
      return [];
    case 'performance': {
      if (trigger.labels === 'estimated') {
        const none = { rows: 0, loss: null, lower: null, atRelease: null, reconciled: null };
        return [judgeEstimate(trigger, measured.estimated?.[index] ?? none)];
      }
      const nothing = { rows: 0, ratio: null, lower: null, baseline: null };
      return [judgePerformance(trigger, measured.performance[index] ?? nothing)];
    }
    case 'data-drift':
      return [judgeDrift(trigger, measured.drift[index] ?? [])];
    case 'new-data':
      return [judgeNewData(trigger, measured.newRows)];
    case 'plugin':
      return [judgePlugin(trigger, measured.plugins?.[index] ?? null)];
  }
}

/** What a Schedule starts: it only asks the lifecycle, which rules on it like on any other request. */
export async function scheduledRetrain(input: unknown): Promise<RetrainAnswer> {
  const ask = parseStart('scheduledRetrain', scheduledInputSchema, input, '{"model":"bike-demand"}');
  const run = workflowInfo().workflowId;
  const request = {
    trigger: 'schedule' as const,
    asOf: asOfOf(ask.asOf),
    by: 'schedule',
    reason: 'its time has come',
    requestId: run,
    rollout: true,
  };
  return control.askRetrain({ model: ask.model, updateId: run, request });
}
