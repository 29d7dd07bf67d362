import { z } from 'zod';
import { importedOriginSchema } from './imported.js';
import { pluginRefSchema } from './plugins.js';
import { artifactRefSchema, modelNameSchema, sha256Schema, versionRefSchema } from './references.js';
import { labelCountsSchema } from './source.js';
import { evaluationSchema } from './verdict.js';

/** One block of the window: rows with from ≤ event time < to. */
export const blockSchema = z.strictObject({
  from: z.string(),
  to: z.string(),
  rows: z.number().int().min(0),
});

/** The exact rows of one run. */
export const snapshotSchema = z.strictObject({
  /** Digest of the logical rows in order, independent of the file format. */
  rows: sha256Schema,
  file: artifactRefSchema,
  asOf: z.string(),
  train: blockSchema,
  validation: blockSchema,
  holdout: blockSchema,
  columns: z.array(z.string()),
  /** What became of the labels; only where they have a source of their own. */
  labels: labelCountsSchema.optional(),
});
/** The exact rows of one run. */
export type Snapshot = z.infer<typeof snapshotSchema>;

/** An input of the ONNX graph. */
export const modelInputSchema = z.strictObject({ name: z.string(), type: z.enum(['number', 'category']) });
/** An input of the ONNX graph. */
export type ModelInput = z.infer<typeof modelInputSchema>;

/**
 * Everything that makes a version, and only what is reproducible: no wall time, place, latency, trigger or run id. Its canonical
 * JSON's sha256 is the version's digest.
 */
export const manifestSchema = z.strictObject({
  format: z.literal('perennial-manifest/1'),
  model: modelNameSchema,
  specDigest: sha256Schema,
  code: z.string(),
  task: z.enum(['regression', 'binary', 'multiclass']),
  /** Classes in the order of the score columns; null for regression. */
  classes: z.array(z.string()).nullable(),
  inputs: z.array(modelInputSchema),
  snapshot: snapshotSchema,
  sourceManifest: artifactRefSchema,
  trainer: z.strictObject({
    kind: z.string(),
    seed: z.number().int(),
    backend: z.string(),
    epochs: z.number().int(),
    /** The version whose weights this one started from; null when cold. */
    warmFrom: versionRefSchema.nullable(),
    /** What the trainer noticed about the rows, and what it did about it; at most 21 lines. */
    notices: z.array(z.string()).optional(),
    /** The team's own program that trained it, and what it calls its version; only with a trainer of kind `command` or `plugin`. */
    program: z
      .strictObject({ name: z.string(), version: z.string(), plugin: pluginRefSchema.optional() })
      .optional(),
    /** Where somebody else trained it; only with kind `imported`. */
    imported: importedOriginSchema.optional(),
  }),
  onnx: artifactRefSchema,
  weights: artifactRefSchema,
  golden: artifactRefSchema,
  profile: artifactRefSchema,
  /** Holdout rows with their labels and what the model said, for estimates without labels; only where the spec asks for them. */
  reference: artifactRefSchema.optional(),
  /** What moves its scores; only where the trainer can tell (trees). */
  explanation: artifactRefSchema.optional(),
  evaluation: evaluationSchema,
  parity: z.strictObject({ maxDifference: z.number(), tolerance: z.number(), rows: z.number().int() }),
  /** The champion it was judged against. */
  judgedAgainst: versionRefSchema.nullable(),
});
/** A version's manifest. */
export type Manifest = z.infer<typeof manifestSchema>;
