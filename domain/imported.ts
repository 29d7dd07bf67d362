import { z } from 'zod';
import { artifactRefSchema, instantSchema, sha256Schema } from './references.js';

/** A model that somebody else trained, to become a version in place of a training. */
export const importedModelSchema = z.strictObject({
  onnx: artifactRefSchema.describe('The ONNX file, in the object store.'),
  trainedTo: instantSchema
    .optional()
    .describe('Event time up to which its training rows reach, as far as the asker knows.'),
  classes: z
    .array(z.string())
    .max(1000)
    .optional()
    .describe(
      'Classes in the order of its scores; default: the order of the spec’s task (binary: the positive class last).',
    ),
});
/** A model that somebody else trained. */
export type ImportedModel = z.infer<typeof importedModelSchema>;

/** What a manifest says of a model that was imported. Who did it and why is in the ledger. */
export const importedOriginSchema = z.strictObject({
  /** Digest of the file as it was given. */
  sha256: sha256Schema,
  /** Event time up to which its training rows reach, as was claimed; null when nobody said. */
  trainedTo: z.string().nullable(),
});
/** What a manifest says of a model that was imported. */
export type ImportedOrigin = z.infer<typeof importedOriginSchema>;
