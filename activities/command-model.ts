import { z } from 'zod';
import { modelInputSchema } from '../domain/manifest.js';
import { artifactRefSchema, sha256Schema } from '../domain/references.js';

/** What is stored of a model that a program made, in place of weights: the file that it wrote, and what is known of it. */
export const commandModelSchema = z.strictObject({
  format: z.literal('perennial-command/1'),
  program: z.strictObject({ name: z.string(), version: z.string() }),
  /** Equal where rows, spec and program were equal. */
  fingerprint: sha256Schema,
  onnx: artifactRefSchema,
  inputs: z.array(modelInputSchema),
  classes: z.array(z.string()).nullable(),
  /** What the program said of its model; nothing is decided by it. */
  metrics: z.record(z.string(), z.number()),
  /** The file's scores against those that the program gave, or against its own one row at a time. */
  parity: z.strictObject({
    maxDifference: z.number(),
    tolerance: z.number(),
    flips: z.number().int(),
    rows: z.number().int(),
    against: z.enum(['program', 'single-rows']),
  }),
});
/** A model that a program made. */
export type CommandModel = z.infer<typeof commandModelSchema>;

/** Reads a stored model; undefined for bytes that are none. */
export function parseCommandModel(bytes: Uint8Array): CommandModel | undefined {
  try {
    return commandModelSchema.safeParse(JSON.parse(new TextDecoder().decode(bytes))).data;
  } catch {
    return undefined;
  }
}
