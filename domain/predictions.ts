import { z } from 'zod';

/** In what role a version scored a request. */
export const roleSchema = z.enum(['champion', 'shadow', 'reverse-shadow']);
/** In what role a version scored a request. */
export type Role = z.infer<typeof roleSchema>;

/**
 * One row of the prediction log (one JSON line). A request scored in several roles gives one row per role with the same
 * `prediction_id`. Names are snake_case: they are columns for DuckDB and for people who query the log.
 */
export const predictionRowSchema = z.strictObject({
  prediction_id: z.string(),
  model: z.string(),
  version: z.number().int(),
  role: roleSchema,
  /** Identifies the row; request, label and source join by it. */
  key: z.string(),
  event_time: z.string(),
  received_at: z.string(),
  /** True when event_time is later than receipt + skew, which only the stepped clock allows. */
  ahead_of_clock: z.boolean(),
  /** Regression: the value. Classification: the class name. */
  prediction: z.union([z.number(), z.string()]),
  /** Class scores in the order of the manifest's classes; null for regression. */
  scores: z.array(z.number()).nullable(),
  /** Raw inputs by feature name, null where missing. */
  inputs: z.record(z.string(), z.union([z.number(), z.string(), z.null()])),
});
/** One row of the prediction log. */
export type PredictionRow = z.infer<typeof predictionRowSchema>;

/** One label that arrived by feedback. Labels that say again what is known are harmless. */
export const outcomeRowSchema = z.strictObject({
  prediction_id: z.string().nullable(),
  key: z.string(),
  label: z.union([z.number(), z.string(), z.boolean()]),
  event_time: z.string(),
  arrived_at: z.string(),
  source: z.string(),
});
/** One label that arrived by feedback. */
export type OutcomeRow = z.infer<typeof outcomeRowSchema>;

/** What a serving replica says of one model. */
export const servingStatusSchema = z.strictObject({
  replica: z.string(),
  model: z.string(),
  generation: z.number().int(),
  champion: z.number().int().nullable(),
  shadow: z.number().int().nullable(),
  reverseShadow: z.number().int().nullable(),
  /** The replica's clock: wall, or T under the stepped clock. Every request received before it is in the log (flushed). */
  clock: z.string(),
  stepped: z.boolean(),
  /** Newest logged event time; null when the log is empty. */
  newestEvent: z.string().nullable(),
  lost: z.number().int(),
  /** Rows that a shadow or reverse shadow did not score: queue full, scorer crashed or hung, breaker open. */
  shadowDropped: z.number().int().optional(),
  /** `open`: the shadow failed repeatedly and is left alone for a while. */
  shadowBreaker: z.enum(['closed', 'open']).optional(),
  /** The newest aliases that were not obeyed because something they name could not be loaded and verified; null when none. */
  refused: z.strictObject({ generation: z.number().int(), reason: z.string() }).nullable().optional(),
});
/** What a serving replica says of one model. */
export type ServingStatus = z.infer<typeof servingStatusSchema>;
