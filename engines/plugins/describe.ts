import { z } from 'zod';
import { millis } from '../../domain/duration.js';
import type { LoadedPlugin } from './load.js';

const task = z.enum(['regression', 'binary', 'multiclass']);
const part = z.object({
  timeoutMs: z.number(),
  /** Null: every task. */
  tasks: z.array(task).nullable(),
});

/** What a plug-in brings: all that the worker knows of it outside of its thread. */
export const pluginDescriptionSchema = z.object({
  name: z.string(),
  version: z.string(),
  trainer: z.record(z.string(), part),
  metric: z.record(z.string(), part),
  gate: z.record(z.string(), part),
  trigger: z.record(z.string(), part),
});
/** What a plug-in brings. */
export type PluginDescription = z.infer<typeof pluginDescriptionSchema>;

/** Describes a plug-in that is loaded in this thread. */
export function describeLoaded(plugin: LoadedPlugin): PluginDescription {
  const { name, version, trainers, metrics, gates, triggers } = plugin;
  return {
    ...{ name, version },
    ...{ trainer: parts(trainers), metric: parts(metrics), gate: parts(gates), trigger: parts(triggers) },
  };
}

interface Part {
  readonly timeout: string;
  readonly tasks?: z.infer<typeof task>[] | undefined;
}

const parts = (named: Readonly<Record<string, Part>>): PluginDescription['gate'] =>
  Object.fromEntries(
    Object.entries(named).map(([name, { timeout, tasks }]) => [
      name,
      { timeoutMs: millis(timeout), tasks: tasks ?? null },
    ]),
  );
