import { z } from 'zod';
import { modelNameSchema, versionRefSchema } from './references.js';

/**
 * What serves, what is being tried, what to fall back to. One object per model, changed by compare-and-swap; `generation` only
 * grows, and serving obeys the highest generation it has seen.
 */
export const aliasesSchema = z.strictObject({
  model: modelNameSchema,
  generation: z.number().int().min(0),
  champion: versionRefSchema.nullable(),
  /** Being rolled out: scored as shadow until it is promoted or ends. */
  challenger: versionRefSchema.nullable(),
  /** To fall back to. While `baking`, it is scored on every request as reverse shadow. */
  previous: versionRefSchema.nullable(),
  baking: z.boolean(),
});
/** What serves, what is being tried, what to fall back to. */
export type Aliases = z.infer<typeof aliasesSchema>;

/** The aliases of a model that has no version. */
export const noAliases = (model: string): Aliases => ({
  model,
  generation: 0,
  champion: null,
  challenger: null,
  previous: null,
  baking: false,
});
