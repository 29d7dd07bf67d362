import { z } from 'zod';
import type { ModelSpec } from '../domain/spec/spec.js';
import type { Table } from '../engines/features/table.js';
import { knownClassRows, takeSaid, takeTable } from './known-classes.js';
import { metricInput, type Predicted } from './metric-rows.js';
import type { MetricInput } from '../stats/index.js';

/** Newest holdout rows that are kept: enough to calibrate, few enough to resample within a heartbeat. */
const KEPT = 5000;

const cells = z.array(z.union([z.number(), z.string(), z.null()]));

/**
 * Rows that the version was not trained on, with their labels: what its scores or errors are worth, and its loss at release. Written
 * once with the version, so that a check estimates without reading its snapshot again.
 */
export const performanceReferenceSchema = z.strictObject({
  format: z.literal('perennial-performance-reference/1'),
  classes: z.array(z.string()).nullable(),
  /** Epoch milliseconds, in order. */
  eventTimes: z.array(z.number()),
  /** Values for regression, class names otherwise. */
  labels: z.union([z.array(z.number()), z.array(z.string())]),
  predictions: z.array(z.union([z.number(), z.string(), z.null()])),
  /** Rows × classes in row-major order; null for regression. */
  scores: z.array(z.number()).nullable(),
  /** Inputs by feature name, null where missing; only for regression, whose errors are learned from them. */
  inputs: z.record(z.string(), cells),
});
/** Labelled rows that the version was not trained on. */
export type PerformanceReference = z.infer<typeof performanceReferenceSchema>;

/** Whether the spec asks for performance without labels. */
export const asksForEstimates = (spec: ModelSpec): boolean =>
  spec.triggers.some((trigger) => trigger.kind === 'performance' && trigger.labels === 'estimated');

/** The newest rows of the holdout as reference of a version. */
export function performanceReference(
  spec: ModelSpec,
  every: Table,
  { classes, said: all }: { readonly classes: readonly string[] | null; readonly said: Predicted },
): PerformanceReference {
  const known = knownClassRows(every.label, classes);
  const holdout = known === undefined ? every : takeTable(every, known);
  const said = known === undefined ? all : takeSaid(all, known, classes?.length ?? 0);
  const from = Math.max(0, holdout.rows - KEPT);
  const label = holdout.label.slice(from);
  const width = classes?.length ?? 0;
  const inputs = Object.entries(spec.features).map(
    ([name, { type }]): [string, (number | string | null)[]] => [
      name,
      type === 'number'
        ? Array.from(holdout.numbers[name] ?? [], (v) => (Number.isFinite(v) ? v : null)).slice(from)
        : (holdout.categories[name] ?? []).slice(from),
    ],
  );
  return {
    format: 'perennial-performance-reference/1',
    classes: classes === null ? null : [...classes],
    eventTimes: Array.from(holdout.eventTimes.subarray(from)),
    labels: label instanceof Float64Array ? Array.from(label) : label,
    predictions: said.predictions.slice(from),
    scores: said.scores === null ? null : Array.from(said.scores.subarray(from * width)),
    inputs: spec.task.kind === 'regression' ? Object.fromEntries(inputs) : {},
  };
}

/** The reference rows in the form that metrics read. */
export function referenceInput(spec: ModelSpec, reference: PerformanceReference): MetricInput {
  const { classes, predictions, scores } = reference;
  const labels = textsOnly(reference.labels) ?? Float64Array.from(reference.labels, Number);
  const said = { predictions, scores: scores === null ? null : Float64Array.from(scores) };
  return metricInput({ task: spec.task.kind, classes, labels }, said);
}

function textsOnly(labels: PerformanceReference['labels']): string[] | undefined {
  const texts = labels.filter((label) => typeof label === 'string');
  return texts.length === labels.length && labels.length > 0 ? texts : undefined;
}
