import { z } from 'zod';
import { modelInputSchema } from '../domain/manifest.js';
import { pluginRefSchema } from '../domain/plugins.js';
import { artifactRefSchema, sha256Schema } from '../domain/references.js';

/** What is stored of a model that a program or a plug-in made, in place of weights: the file that it wrote, and what is known of it. */
export const commandModelSchema = z.strictObject({
  format: z.literal('perennial-command/1'),
  program: z.strictObject({ name: z.string(), version: z.string(), plugin: pluginRefSchema.optional() }),
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

/** What is stored of a model that was imported, in place of weights. */
export const importedWeightsSchema = commandModelSchema
  .pick({ onnx: true, inputs: true, classes: true, parity: true })
  .extend({ format: z.literal('perennial-imported/1') });
/** What is stored of a model that was imported. */
export type ImportedWeights = z.infer<typeof importedWeightsSchema>;

/** Reads a stored model of a program; undefined for bytes that are none. */
export const parseCommandModel = (bytes: Uint8Array): CommandModel | undefined =>
  commandModelSchema.safeParse(parsedJson(bytes)).data;

/** Reads a stored model of another's making, a program's or an imported one; undefined for bytes that are none. */
export const parseForeignModel = (bytes: Uint8Array): CommandModel | ImportedWeights | undefined =>
  z.discriminatedUnion('format', [commandModelSchema, importedWeightsSchema]).safeParse(parsedJson(bytes))
    .data;

function parsedJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
