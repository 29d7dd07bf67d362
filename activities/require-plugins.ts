import { PerennialError } from '../domain/errors.js';
import { pluginsNamed } from '../domain/spec/plugin-section.js';
import type { ModelSpec } from '../domain/spec/spec.js';
import { noPlugins, type Plugins } from '../engines/plugins/index.js';
import type { FrozenSource } from './retrain-activities.js';
import { namedPluginFailure } from './training-failure.js';
import { isPluginSpec, trainerPart } from './train-plugin.js';

interface Ports {
  readonly plugins?: Plugins | undefined;
}

interface Asked {
  /** True for a retrain that takes a model from elsewhere: the trainer is not needed. */
  readonly imports: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Ends a retrain as `plugin-failed` before it reads anything when this worker lacks a plug-in that the spec names, or one does not take
 * its options (any more); else the code of each, which the later steps must find again. Nothing for a spec that names none.
 */
export async function requirePlugins(
  { plugins = noPlugins }: Ports,
  spec: ModelSpec,
  { imports, signal }: Asked,
): Promise<Pick<FrozenSource, 'plugins'>> {
  const uses = pluginsNamed(spec).filter(({ role }) => !imports || role !== 'trainer');
  if (uses.length === 0) return {};
  try {
    if (isPluginSpec(spec) && !imports) trainerPart({ plugins }, spec);
    await plugins.require(uses, spec.task.kind, signal);
  } catch (error) {
    throw namedPluginFailure(error);
  }
  return { plugins: plugins.pins(uses) };
}

/** Why a spec cannot be applied here: a plug-in that this worker has not loaded, or options that it does not take. */
export async function pluginProblem(
  { plugins = noPlugins }: Ports,
  spec: ModelSpec,
  signal?: AbortSignal,
): Promise<{ problem: string | null }> {
  try {
    if (isPluginSpec(spec)) trainerPart({ plugins }, spec);
    await plugins.require(pluginsNamed(spec), spec.task.kind, signal);
    return { problem: null };
  } catch (error) {
    if (error instanceof PerennialError) return { problem: error.message };
    throw error;
  }
}
