import { z } from 'zod';
import { durationSchema } from '../duration.js';
import { pluginNameSchema, type PluginRole } from '../plugins.js';
import { programTimeoutSchema } from './command-section.js';
import { seedSchema } from './seed.js';
import type { ModelSpec } from './spec.js';

const name = pluginNameSchema.describe(
  'Plug-in and name in it, as `ours/ridge`; the workers load the plug-in (`PERENNIAL_PLUGINS`), a spec never holds code.',
);
const options = z
  .record(z.string().min(1).max(100), z.json())
  .default({})
  .describe('Handed over as plain JSON; the plug-in may check it, and `apply` is refused where it says no.');

/** `trainer` of kind `plugin`: a trainer of the team's own, in a module that the workers load. */
export const pluginTrainerSchema = z.strictObject({
  kind: z
    .literal('plugin')
    .describe('A trainer of your own in TypeScript, in a module that the workers load.'),
  name,
  options,
  timeout: programTimeoutSchema
    .optional()
    .describe(
      'Longest time that one training may take, 23 hours at most; absent: as long as the plug-in allows.',
    ),
  seed: seedSchema.describe('Handed to the plug-in; what it makes of it is its own affair.'),
});

/** A member of `gates` of kind `plugin`. */
export const pluginGateSchema = z.strictObject({
  kind: z.literal('plugin').describe('A gate of your own, in a module that the workers load.'),
  name,
  options,
});

/** A member of `triggers` of kind `plugin`. */
export const pluginTriggerSchema = z.strictObject({
  kind: z.literal('plugin').describe('A trigger of your own, in a module that the workers load.'),
  name,
  options,
  over: durationSchema
    .default('7 days')
    .describe(
      'Which rows it sees: matured rows with event time in (as-of − label delay − over, as-of − label delay], and requests in (as-of − over, as-of].',
    ),
  action: z
    .enum(['alert', 'retrain'])
    .default('retrain')
    .describe('`alert` records that it fired; `retrain` also asks for a retrain.'),
});

/** How `task.metric` names a metric of a plug-in. */
export const PLUGIN_METRIC = 'plugin:';

/** The plug-in's metric that a spec judges by, as `ours/cost`; undefined for a metric of ours. */
export const pluginMetricOf = ({ metric }: Pick<ModelSpec['task'], 'metric'>): string | undefined =>
  metric.startsWith(PLUGIN_METRIC) ? metric.slice(PLUGIN_METRIC.length) : undefined;

/** One thing of a plug-in that a spec names. */
export interface PluginUse {
  readonly role: PluginRole;
  readonly name: string;
  /** Where in the spec, for messages: `gates.1`. */
  readonly path: string;
  /** Undefined for a metric, which has none. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** Everything of plug-ins that a spec names, in its order. Pure: runs inside workflows. */
export function pluginsNamed({ task, trainer, gates, triggers }: ModelSpec): PluginUse[] {
  const metric = pluginMetricOf(task);
  return [
    ...(metric === undefined ? [] : [{ role: 'metric' as const, name: metric, path: 'task.metric' }]),
    ...(trainer.kind === 'plugin' ? [use('trainer', trainer, 'trainer')] : []),
    ...gates.flatMap((gate, i) => (gate.kind === 'plugin' ? [use('gate', gate, `gates.${i}`)] : [])),
    ...triggers.flatMap((each, i) => (each.kind === 'plugin' ? [use('trigger', each, `triggers.${i}`)] : [])),
  ];
}

const use = (
  role: PluginRole,
  { name: named, options: given }: Pick<PluginUse, 'name'> & { readonly options: PluginUse['options'] },
  path: string,
): PluginUse => ({ role, name: named, path, ...(given !== undefined && { options: given }) });
