import { pluginOf, type PluginPin, type PluginRole } from '../../domain/plugins.js';
import type { PluginUse } from '../../domain/spec/plugin-section.js';
import type { TaskSpec } from '../../domain/spec/spec.js';
import { PerennialError } from '../../domain/errors.js';
import { callPlugin } from './call.js';
import { pluginDescriptionSchema, type PluginDescription } from './describe.js';
import { findCode, type PluginCode, pluginDigest } from './digest.js';
import { badOptions, changedPlugin, textOf, twicePlugin, unknownPlugin, unusablePlugin } from './errors.js';
import { requireExtension } from './load.js';
import type { PluginPart } from './part.js';
import type { OptionsAsked } from './plugin-thread.js';

/** A plug-in that a worker has loaded. */
export interface OpenPlugin extends PluginDescription {
  readonly file: string;
  readonly code: PluginCode;
  readonly sha256: string;
}

/** The plug-ins of a worker. */
export interface Plugins {
  readonly list: readonly OpenPlugin[];
  /** Throws `unknown-plugin` for what is not loaded, `plugin-task` for what cannot do the task. */
  find(use: PluginUse, task: TaskSpec['kind']): PluginPart;
  /** The code of every plug-in that is named. */
  pins(uses: readonly PluginUse[]): PluginPin[];
  /**
   * Throws what {@link Plugins.find} does, and `plugin-options` for options that a plug-in does not take, or has no answer to within ten
   * seconds; all of them together have 25.
   */
  require(uses: readonly PluginUse[], task: TaskSpec['kind'], signal?: AbortSignal): Promise<void>;
}

/** How long a plug-in may take to load when the worker starts. @format milliseconds */
const LOAD_MS = 60_000;

/** How long plug-ins may take to load and to look at the options of a spec: somebody waits for the answer. @format milliseconds */
export interface OptionLimits {
  /** One plug-in. */
  readonly eachMs: number;
  /** All that a spec names: well within the minute of the step that asks. */
  readonly allMs: number;
}
const OPTION_LIMITS: OptionLimits = { eachMs: 10_000, allMs: 25_000 };

/**
 * Loads every plug-in once, each in a thread that ends again, to learn what it brings. Throws `plugin-unusable` for a file that is none and
 * `plugin-twice` for two of one name.
 */
export async function openPlugins(
  files: readonly string[],
  limits: OptionLimits = OPTION_LIMITS,
): Promise<Plugins> {
  const list: OpenPlugin[] = [];
  for (const file of files) {
    const open = await openPlugin(file);
    const other = list.find(({ name }) => name === open.name);
    if (other !== undefined) throw twicePlugin(open.name, [other.file, file]);
    list.push(open);
  }
  return pluginsOf(list, limits);
}

/** No plug-ins. */
export const noPlugins: Plugins = pluginsOf([], OPTION_LIMITS);

async function openPlugin(file: string): Promise<OpenPlugin> {
  requireExtension(file);
  const code = await findCode(file);
  const sha256 = await pluginDigest(code);
  const part = { ref: { name: file, version: '', sha256 }, file, code, own: '', timeoutMs: LOAD_MS };
  const said = await callPlugin(part, { what: 'describe' }).catch((error: unknown) => {
    const lost = error instanceof PerennialError && error.type === 'plugin-failed';
    throw lost ? unusablePlugin(file, textOf(error.cause), error) : error;
  });
  return { ...pluginDescriptionSchema.parse(said), file, code, sha256 };
}

function pluginsOf(list: readonly OpenPlugin[], { eachMs, allMs }: OptionLimits): Plugins {
  const find: Plugins['find'] = (use, task) => findPart(list, use, task);
  return {
    list,
    find,
    pins: (uses) =>
      [...new Set(uses.map(({ name }) => pluginOf(name)))].flatMap((plugin) => {
        const open = list.find(({ name }) => name === plugin);
        return open === undefined ? [] : [{ plugin, sha256: open.sha256 }];
      }),
    require: async (uses, task, signal) => {
      for (const use of uses) find(use, task);
      const until = performance.now() + allMs;
      for (const open of list) {
        const of = uses.filter(({ name }) => pluginOf(name) === open.name).flatMap(optionsAsked);
        const timeoutMs = Math.min(eachMs, until - performance.now());
        if (of.length > 0) await askOptions(open, of, { signal, timeoutMs });
      }
    },
  };
}

async function askOptions(
  open: OpenPlugin,
  of: readonly OptionsAsked[],
  { signal, timeoutMs }: { readonly signal: AbortSignal | undefined; readonly timeoutMs: number },
): Promise<void> {
  const { name, version, sha256, file, code } = open;
  const part = { ref: { name, version, sha256 }, file, code, own: '', timeoutMs: Math.max(1, timeoutMs) };
  await callPlugin(part, { what: 'options', of }, { signal }).catch((error: unknown) => {
    const lost = error instanceof PerennialError && error.type === 'plugin-failed';
    throw lost ? badOptions(of.map((each) => `${name}/${each.name}`).join(', '), error.cause) : error;
  });
}

const optionsAsked = ({ role, name, options }: PluginUse): OptionsAsked[] =>
  options === undefined ? [] : [{ role, name: ownName(name), options }];

const ownName = (name: string): string => name.slice(pluginOf(name).length + 1);

function findPart(list: readonly OpenPlugin[], use: PluginUse, task: TaskSpec['kind']): PluginPart {
  const open = list.find(({ name }) => name === pluginOf(use.name));
  const own = ownName(use.name);
  const known = open?.[use.role];
  const part = known !== undefined && Object.hasOwn(known, own) ? known[own] : undefined;
  if (open === undefined || part === undefined) throw unknownPlugin(use, namesOf(list, use.role));
  if (part.tasks !== null && !part.tasks.includes(task)) throw otherTask(use, task, part.tasks);
  const { version, sha256, file, code } = open;
  return { ref: { name: use.name, version, sha256 }, file, code, own, timeoutMs: part.timeoutMs };
}

const namesOf = (list: readonly OpenPlugin[], role: PluginRole): string[] =>
  list.flatMap((open) => Object.keys(open[role]).map((own) => `${open.name}/${own}`));

function otherTask({ name, path }: PluginUse, task: string, tasks: readonly string[]): PerennialError {
  return new PerennialError({
    type: 'plugin-task',
    thing: path,
    value: name,
    allowed: `something for a ${task} task (it is for ${tasks.join(', ')})`,
    next: 'Name another one in the spec.',
  });
}

/** Refuses to go on with other code than a decision began with. Throws `plugin-changed`. */
export function requirePinned(part: PluginPart, pins: readonly PluginPin[] | undefined): void {
  const plugin = pluginOf(part.ref.name);
  const pin = pins?.find((each) => each.plugin === plugin);
  if (pin === undefined || pin.sha256 === part.ref.sha256) return;
  throw changedPlugin(plugin, pin.sha256, part.ref.sha256, 'this retrain began');
}
