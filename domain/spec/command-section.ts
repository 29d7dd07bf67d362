import { z } from 'zod';
import { durationSchema, millis } from '../duration.js';
import { seedSchema } from './seed.js';

/** Name of a program in a worker's configuration. */
export const commandNameSchema = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, {
  message:
    "a name such as 'lightgbm': a lower-case letter, then up to 62 lower-case letters, digits or hyphens",
});

const MOST_TIMEOUT = '23 hours';

/** Longest time of one training: less than the day after which the step around it counts as lost and is begun again. */
export const programTimeoutSchema = durationSchema.refine((text) => millis(text) <= millis(MOST_TIMEOUT), {
  message: `a duration of at most ${MOST_TIMEOUT}`,
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
  timeout: programTimeoutSchema
    .optional()
    .describe(
      'Longest time that one training may take, 23 hours at most; absent: as long as the worker’s configuration allows.',
    ),
  seed: seedSchema.describe('Handed to the program; what it makes of it is its own affair.'),
});
