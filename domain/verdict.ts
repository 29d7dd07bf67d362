import { z } from 'zod';
import { pluginRefSchema } from './plugins.js';
import { artifactRefSchema } from './references.js';

/** A gate's outcome is total: there is always one of these. */
export const gateOutcomeSchema = z.enum(['pass', 'fail', 'no-baseline', 'inconclusive']);
/** A gate's outcome. */
export type GateOutcome = z.infer<typeof gateOutcomeSchema>;

/** What one gate said, with the numbers it looked at. */
export const gateVerdictSchema = z.strictObject({
  gate: z.string(),
  outcome: gateOutcomeSchema,
  /** One line for people: what was measured, what was allowed. */
  because: z.string(),
  /** The numbers behind it (estimate, bounds, thresholds, rows). Machine-dependent ones (latency) stay out of the manifest. */
  numbers: z.record(z.string(), z.number()),
  /** The code that said so; of a bake, that compared. Only where it is a plug-in's. */
  plugin: pluginRefSchema.optional(),
});
/** What one gate said. */
export type GateVerdict = z.infer<typeof gateVerdictSchema>;

/** An interval of a paired comparison: relative difference of losses, candidate − champion over champion. */
export const comparisonSchema = z.strictObject({
  estimate: z.number(),
  lower: z.number(),
  upper: z.number(),
  rows: z.number().int(),
  blockLength: z.number().int(),
  confidence: z.number(),
});
/** An interval of a paired comparison. */
export type Comparison = z.infer<typeof comparisonSchema>;

/** A metric is a number or a named absence. */
export const metricValueSchema = z.union([z.number(), z.strictObject({ absent: z.string() })]);
/** A metric is a number or a named absence. */
export type MetricValue = z.infer<typeof metricValueSchema>;

/** What was measured on the holdout. */
export const evaluationSchema = z.strictObject({
  rows: z.number().int(),
  /** Rows beside these whose label is a class that no training row had: they cannot be judged. Absent: none. */
  unknownClass: z.number().int().positive().optional(),
  from: z.string(),
  to: z.string(),
  metric: z.string(),
  /** The code of the metric; only where it is a plug-in's. */
  measuredBy: pluginRefSchema.optional(),
  candidate: z.record(z.string(), metricValueSchema),
  champion: z.record(z.string(), metricValueSchema).nullable(),
  naive: z.record(z.string(), metricValueSchema),
  /** r₀: loss(candidate) / loss(naive) on the holdout; null with its reason in `skillAbsent`. */
  skillRatio: z.number().nullable(),
  skillAbsent: z.string().optional(),
  /** Candidate against champion; null when there is no champion. */
  comparison: comparisonSchema.nullable(),
  /** Candidate against the trivial baseline. */
  againstNaive: comparisonSchema.nullable(),
  slices: z.array(
    z.strictObject({
      by: z.string(),
      value: z.string(),
      rows: z.number().int(),
      comparison: comparisonSchema.nullable(),
    }),
  ),
  /** True when the champion's own training window overlaps these rows. */
  championTrainedOnHoldout: z.boolean(),
});
/** What was measured on the holdout. */
export type Evaluation = z.infer<typeof evaluationSchema>;

/** Frozen numbers behind a decision: where they are and a few of them for people. */
export const evidenceSchema = z.strictObject({
  artifact: artifactRefSchema.optional(),
  summary: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});
/** Frozen numbers behind a decision. */
export type Evidence = z.infer<typeof evidenceSchema>;
