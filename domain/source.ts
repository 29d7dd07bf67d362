import { z } from 'zod';
import { artifactRefSchema, instantSchema, sha256Schema } from './references.js';

/** One file of a frozen source. `path` is relative to the data root that holds it, with forward slashes. */
export const sourceFileSchema = z.strictObject({
  path: z.string().min(1),
  bytes: z.number().int().min(0),
  sha256: sha256Schema,
  rows: z.number().int().min(0),
});
/** One file of a frozen source. */
export type SourceFile = z.infer<typeof sourceFileSchema>;

/** Labels that a run reads beside the rows: files, none where none had come yet; or what had come by feedback, as one kept table. */
const labelFilesSchema = z.strictObject({
  files: z.array(sourceFileSchema),
  feedback: artifactRefSchema.optional(),
});

/** What a run reads: exactly these bytes, at every attempt. `digest` is the sha256 of the other members as canonical JSON. */
export const sourceManifestSchema = z.strictObject({
  format: z.literal('perennial-source/1'),
  asOf: instantSchema,
  files: z.array(sourceFileSchema).min(1),
  /** Only where the spec names a source for labels. */
  labels: labelFilesSchema.optional(),
  digest: sha256Schema,
});
/** What a run reads. */
export type SourceManifest = z.infer<typeof sourceManifestSchema>;

/** Event times from ≤ t < to. */
export const spanSchema = z.strictObject({ from: instantSchema, to: instantSchema });
/** Event times from ≤ t < to. */
export type Span = z.infer<typeof spanSchema>;

/** The blocks of a window in time order, with unused gaps between them. */
export const windowPlanSchema = z.strictObject({
  asOf: instantSchema,
  train: spanSchema,
  validation: spanSchema,
  holdout: spanSchema,
});
/** The blocks of a window. */
export type WindowPlan = z.infer<typeof windowPlanSchema>;

/** Ways in which data can break the contract that the spec states. */
export const violationKindSchema = z.enum([
  'missing-column',
  'duplicate-column',
  'wrong-type',
  'not-finite',
  'range',
  'missing-share',
  'unknown-category',
  'missing-label',
  'event-time',
  'missing-key',
  'duplicates',
  'minimum-rows',
  'stale',
]);
/** A way in which data can break the contract. */
export type ViolationKind = z.infer<typeof violationKindSchema>;

/** One broken promise of the data: what was found, what the spec allows, and in how many rows. Holds no text of a row. */
export const violationSchema = z.strictObject({
  kind: violationKindSchema,
  column: z.string().optional(),
  found: z.string(),
  allowed: z.string(),
  rows: z.number().int().min(0).optional(),
});
/** One broken promise of the data. */
export type Violation = z.infer<typeof violationSchema>;

/**
 * What became of the labels of a source of their own, and of the rows that wait for one. Each is a normal outcome: nothing here
 * stops a run, but only labels that stand are used.
 */
export const labelCountsSchema = z.strictObject({
  /** Rows of the label files. */
  rows: z.number().int().min(0),
  /** Different keys (or prediction ids) with a label that had arrived at as-of. */
  keys: z.number().int().min(0),
  /** Rows that say again what is known already. */
  repeated: z.number().int().min(0),
  /** Keys whose label a later arrival changed: the newest counts. */
  corrected: z.number().int().min(0),
  /** Keys whose newest arrival brings different labels: none of them is used. */
  conflicting: z.number().int().min(0),
  /** Keys that no row of the source has. */
  withoutRow: z.number().int().min(0),
  /** Rows that name nothing; by feedback: a prediction that the log does not have. */
  withoutKey: z.number().int().min(0),
  withoutLabel: z.number().int().min(0),
  /** Posts of feedback whose label no model can learn: no number where one belongs, or one that is out of range. Only where labels come by feedback. */
  unusable: z.number().int().min(0).optional(),
  /** Rows whose arrival is missing or no time. */
  withoutArrival: z.number().int().min(0),
  /** Rows that arrived after as-of. */
  notYet: z.number().int().min(0),
  /** Keys with feedback whose rows have a label of their own: that one counts. Only where labels come by feedback. */
  inRows: z.number().int().min(0).optional(),
  /** Rows of the window that have no label at as-of: not mature, left out. */
  unlabelled: z.number().int().min(0),
});
/** What became of the labels of a source of their own. */
export type LabelCounts = z.infer<typeof labelCountsSchema>;

/** All that is wrong with the data at once; no violation means that it may be trained on. Warnings stop nothing. */
export const contractReportSchema = z.strictObject({
  violations: z.array(violationSchema),
  warnings: z.array(z.string()),
  /** Rows that were looked at: those of the window that are visible at as-of. */
  rows: z.number().int().min(0),
  /** Only where labels have a source of their own. */
  labels: labelCountsSchema.optional(),
});
/** All that is wrong with the data at once. */
export type ContractReport = z.infer<typeof contractReportSchema>;

/** A violation in one line for people. */
export function describeViolation(violation: Violation): string {
  const column = violation.column === undefined ? '' : ` ${violation.column}`;
  return `${violation.kind}${column}: found ${violation.found}, allowed ${violation.allowed}`;
}
