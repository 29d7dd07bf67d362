import { z } from 'zod';
import { commandNameSchema, programTimeoutSchema } from '../../../domain/spec/command-section.js';

const text = z.string().min(1).max(4096);
const variable = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { message: 'the name of an environment variable' });

/** One program that specs may name as their trainer, as a worker's configuration holds it. */
export const programSchema = z
  .strictObject({
    /** The program: an absolute path, or a name that is looked up in PATH. */
    command: text.refine((path) => path.startsWith('/') || !path.includes('/'), {
      message: 'an absolute path, or a name that is found in PATH',
    }),
    /** Arguments before the last one, which is the folder of the run. */
    args: z.array(text).max(100).default([]),
    /** Working directory. @default the folder of the run */
    cwd: text.refine((path) => path.startsWith('/'), { message: 'an absolute path' }).optional(),
    /** What the manifest of a version calls this program; give it or `versionArgs`. */
    version: z.string().min(1).max(200).optional(),
    /** Arguments with which the program prints its version, in place of `args`. It is asked before each training. */
    versionArgs: z.array(text).min(1).max(100).optional(),
    /** Longest time of one training, 23 hours at most; a spec may ask for less. */
    timeout: programTimeoutSchema.default('1 hour'),
    /** Memory of the program and its children together; more ends it. Linux only. @format mebibytes @default no limit */
    memoryMb: z.number().int().min(16).optional(),
    /** Variables of its environment, beside PATH, the language and the time zone. */
    env: z.record(variable, z.string()).default({}),
    /** Names of variables that it gets from the worker's environment. */
    inherit: z.array(variable).default([]),
  })
  .refine(({ version, versionArgs }) => (version === undefined) !== (versionArgs === undefined), {
    message: "either 'version' or 'versionArgs'",
  });
/** A configured program. */
export type Program = z.output<typeof programSchema>;

/** The programs of a worker, by the name that specs give. */
export const programsSchema = z.record(commandNameSchema, programSchema);
/** The programs of a worker. */
export type Programs = Readonly<z.output<typeof programsSchema>>;
