import { z } from 'zod';
import { durationSchema } from '../duration.js';

/** Name of a program in a worker's configuration. */
export const commandNameSchema = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, {
  message:
    "a name such as 'lightgbm': a lower-case letter, then up to 62 lower-case letters, digits or hyphens",
});

const plain = z.union([z.number(), z.string().max(1000), z.boolean()]);

/** `trainer` of kind `command`: a program of the team's own, which the worker's configuration holds under a name. */
export const commandTrainerSchema = z.strictObject({
  kind: z
    .literal('command')
    .describe('A program of your own that writes ONNX, in any language, for every task.'),
  name: commandNameSchema.describe(
    'Name of the program in the configuration of the workers (`PERENNIAL_COMMANDS`); a spec never holds a path.',
  ),
  params: z
    .record(z.string().min(1).max(100), z.union([plain, z.array(plain).max(1000)]))
    .default({})
    .describe('Handed to the program as they are: numbers, texts, true, false, and lists of these.'),
  timeout: durationSchema
    .optional()
    .describe(
      'Longest time that one training may take; absent: as long as the worker’s configuration allows.',
    ),
  seed: z
    .number()
    .int()
    .min(0)
    .max(4_294_967_295)
    .default(0)
    .describe('Handed to the program; what it makes of it is its own affair.'),
});
