import type { TrainedFile, TrainingJob, GateFacts, TriggerFacts } from './define.js';
import { PerennialError } from '../../domain/errors.js';
import type { PluginRole } from '../../domain/plugins.js';
import { packAnswer, type ThreadAnswer } from '../threads/answers.js';
import type { OneThreadHooks } from '../threads/one-thread.js';
import { describeLoaded } from './describe.js';
import { badOptions, failedPlugin } from './errors.js';
import { loadPlugin, type LoadedPlugin } from './load.js';
import { tellProgress } from './progress.js';

/** Options of one thing of a plug-in, to be checked. */
export interface OptionsAsked {
  readonly role: PluginRole;
  /** Within the plug-in. */
  readonly name: string;
  readonly options: unknown;
}

/** What the thread of a plug-in is asked; `name` is the name within the plug-in. */
export type PluginAsk =
  | { readonly what: 'describe' }
  | { readonly what: 'options'; readonly of: readonly OptionsAsked[] }
  | { readonly what: 'train'; readonly name: string; readonly of: TrainingJob }
  | { readonly what: 'judge'; readonly name: string; readonly of: GateFacts }
  | { readonly what: 'check'; readonly name: string; readonly of: TriggerFacts };

/** One question to the plug-in in a file. */
export interface PluginThreadTask {
  readonly file: string;
  readonly ask: PluginAsk;
}

/** What the thread says once the module is loaded. */
export const LOADED = 'loaded';

/** Entry of the thread in which a plug-in runs: it loads the module, answers one question, and is gone. */
export function run({ file, ask }: PluginThreadTask, hooks: OneThreadHooks): Promise<ThreadAnswer<unknown>> {
  return packAnswer(async () => {
    const plugin = await loadPlugin(file);
    hooks.say(LOADED);
    return answer(plugin, ask, hooks);
  });
}

function answer(plugin: LoadedPlugin, ask: PluginAsk, hooks: OneThreadHooks): unknown {
  switch (ask.what) {
    case 'describe':
      return describeLoaded(plugin);
    case 'options':
      for (const asked of ask.of) parsed(plugin, asked);
      return null;
    case 'train':
      return called(plugin, ask.name, () => train(plugin, ask.name, ask.of, hooks));
    case 'judge':
      return called(plugin, ask.name, () => {
        const options = parsed(plugin, { role: 'gate', name: ask.name, options: ask.of.options });
        return plugin.gates[ask.name]?.judge({ ...ask.of, options });
      });
    case 'check':
      return called(plugin, ask.name, () => {
        const options = parsed(plugin, { role: 'trigger', name: ask.name, options: ask.of.options });
        return plugin.triggers[ask.name]?.check({ ...ask.of, options });
      });
  }
}

async function train(
  plugin: LoadedPlugin,
  name: string,
  job: TrainingJob,
  { signal, say }: OneThreadHooks,
): Promise<TrainedFile | undefined> {
  const options = parsed(plugin, { role: 'trainer', name, options: job.options });
  const { progress, flush } = tellProgress(say);
  try {
    return await plugin.trainers[name]?.train({ ...job, options }, { signal, progress });
  } finally {
    flush();
  }
}

/** The options as the plug-in takes them. */
function parsed(plugin: LoadedPlugin, { role, name, options }: OptionsAsked): unknown {
  const own = role === 'metric' ? undefined : plugin[`${role}s`][name]?.options;
  if (own === undefined) return options;
  try {
    return own.parse(options);
  } catch (error) {
    throw badOptions(`${plugin.name}/${name}`, error);
  }
}

async function called(plugin: LoadedPlugin, name: string, work: () => unknown): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof PerennialError ? error : failedPlugin(`${plugin.name}/${name}`, error);
  }
}
