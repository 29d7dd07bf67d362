import { z } from 'zod';
import { judgedSchema } from '../../domain/lifecycle-state.js';
import { modelNameSchema, sha256Schema, versionRefSchema } from '../../domain/references.js';

/** Argument of the `rollout` workflow. Only the lifecycle starts one. */
export const rolloutInputSchema = z.strictObject({
  model: modelNameSchema,
  version: versionRefSchema,
  onnxSha256: sha256Schema,
  specDigest: sha256Schema,
  /** Champion at the start; null for a first version. */
  champion: versionRefSchema.nullable(),
  override: z.strictObject({ by: z.string(), reason: z.string() }).nullable(),
  /** What the retrain measured and judged; absent for a version that an operator named. */
  judged: judgedSchema.optional(),
});
/** Argument of the `rollout` workflow. */
export type RolloutInput = z.infer<typeof rolloutInputSchema>;

/** Signal `supersede`: the lifecycle ends this rollout. */
export const supersedeSchema = z.strictObject({
  outcome: z.enum(['superseded', 'rolled-back']),
  because: z.string(),
  who: z.string(),
});
/** Why the lifecycle ends a rollout. */
export type Supersede = z.infer<typeof supersedeSchema>;
