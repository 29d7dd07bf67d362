import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { durationSchema, millis } from '../../domain/duration.js';
import { plainNameSchema } from '../../domain/plugins.js';
import { defaultOf } from '../threads/default-export.js';
import { allowTypeScript } from '../threads/typescript.js';
import type { OptionsParser, PluginGate, PluginMetric, PluginTrainer, PluginTrigger } from './define.js';
import { textOf, unusablePlugin } from './errors.js';

/** Names of the files that a plug-in may be in. */
const EXTENSIONS = ['.ts', '.mts', '.js', '.mjs'];

const fn = <T>(what: string) =>
  z.custom<T>((value) => typeof value === 'function', { message: `expected a function, ${what}` });
const parser = z
  .custom<OptionsParser<unknown>>(
    (value) =>
      typeof value === 'object' && value !== null && 'parse' in value && typeof value.parse === 'function',
    { message: 'expected something with a function `parse`, such as a zod schema' },
  )
  .optional();
const limit = (fallback: string, most: string) =>
  durationSchema
    .refine((text) => millis(text) <= millis(most), { message: `expected a duration of at most ${most}` })
    .default(fallback);
const tasks = z
  .array(z.enum(['regression', 'binary', 'multiclass']))
  .min(1)
  .optional();
const named = <Schema extends z.ZodType>(schema: Schema) => z.record(plainNameSchema, schema).default({});

const pluginSchema = z.strictObject({
  name: plainNameSchema,
  version: z.string().trim().min(1).max(100),
  trainers: named(
    z.strictObject({
      ...{ tasks, options: parser, timeout: limit('1 hour', '23 hours') },
      train: fn<PluginTrainer['train']>('train(job, run)'),
    }),
  ),
  metrics: named(
    z.strictObject({
      ...{ tasks, direction: z.enum(['lower', 'higher']), timeout: limit('10 minutes', '1 hour') },
      value: fn<PluginMetric['value']>('value(rows)'),
    }),
  ),
  gates: named(
    z.strictObject({
      ...{ options: parser, timeout: limit('1 minute', '1 hour') },
      judge: fn<PluginGate['judge']>('judge(facts)'),
    }),
  ),
  triggers: named(
    z.strictObject({
      ...{ options: parser, timeout: limit('1 minute', '10 minutes') },
      check: fn<PluginTrigger['check']>('check(facts)'),
    }),
  ),
});

/** A plug-in that was loaded: its shape is checked, its defaults are filled in. */
export type LoadedPlugin = z.output<typeof pluginSchema>;

/**
 * Loads a plug-in into this thread; its code runs here, so this is for a thread of its own. Throws `plugin-unusable` for a file that
 * cannot be imported or whose default export is no plug-in.
 */
export async function loadPlugin(file: string): Promise<LoadedPlugin> {
  requireExtension(file);
  let module: unknown;
  try {
    if (/\.m?ts$/i.test(file)) await allowTypeScript();
    module = await import(pathToFileURL(file).href);
  } catch (error) {
    throw unusablePlugin(file, `importing it failed: ${textOf(error)}`, error);
  }
  const parsed = pluginSchema.safeParse(defaultOf(module));
  if (parsed.success) return parsed.data;
  throw unusablePlugin(file, textOf(parsed.error));
}

/** Refuses a file of another kind. Throws `plugin-unusable`. */
export function requireExtension(file: string): void {
  if (EXTENSIONS.includes(extname(file).toLowerCase())) return;
  throw unusablePlugin(file, `expected a file named ${EXTENSIONS.join(', ')}`);
}
