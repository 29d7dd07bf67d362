import { z } from 'zod';
import { retrainRequestSchema } from '../../domain/messages.js';
import { instantSchema, modelNameSchema, sha256Schema, versionRefSchema } from '../../domain/references.js';

const MOST_PATIENCE_MS = 86_400_000;

/** Argument of the `retrain` workflow. Only the lifecycle starts one. */
export const retrainInputSchema = z.strictObject({
  model: modelNameSchema,
  n: z.number().int().min(1),
  specDigest: sha256Schema,
  asOf: instantSchema,
  champion: versionRefSchema.nullable(),
  /** ONNX digests that may not come back. */
  ruledOut: z.array(z.string()),
  /** False trains, judges, registers and ends. */
  rollout: z.boolean(),
  fromSource: z.boolean(),
  staged: retrainRequestSchema.shape.staged,
  imported: retrainRequestSchema.shape.imported,
  /** How long the steps wait for a store that is away, in all. @format milliseconds */
  storePatienceMs: z.number().int().min(0).max(MOST_PATIENCE_MS).default(MOST_PATIENCE_MS),
});
/** Argument of the `retrain` workflow. */
export type RetrainInput = z.infer<typeof retrainInputSchema>;
