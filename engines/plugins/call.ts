import { pluginOf } from '../../domain/plugins.js';
import { runInOwnThread, ThreadLost } from '../threads/one-thread.js';
import { pluginDigest } from './digest.js';
import { pluginEnvironment } from './environment.js';
import { changedPlugin, failedPlugin } from './errors.js';
import type { PluginPart } from './part.js';
import { LOADED, type PluginAsk, type PluginThreadTask } from './plugin-thread.js';
import { progressIn, type ShownProgress } from './progress.js';

/** How a call of a plug-in is told of, and ended. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** @format mebibytes */
  readonly memoryMb?: number | undefined;
  /** How long it may go on when it was told to stop. @format milliseconds */
  readonly graceMs?: number;
  /** Hears how far a training is, a few times a second at most. */
  readonly onProgress?: (progress: ShownProgress) => void;
  /** Longest time. @format milliseconds @default that of the part */
  readonly timeoutMs?: number;
}

/**
 * Asks a plug-in one question, in a thread of its own that is gone afterwards. Throws a PerennialError: `plugin-failed` (it threw, ended its
 * thread, or gave no answer in time), `plugin-changed` (the files are not what the worker loaded), `plugin-options`, `plugin-unusable`,
 * `out-of-memory`; and the signal's reason when it is aborted.
 */
export async function callPlugin(
  part: PluginPart,
  ask: PluginAsk,
  options: CallOptions = {},
): Promise<unknown> {
  const task: PluginThreadTask = { file: part.file, ask };
  const module = new URL(
    import.meta.url.endsWith('.ts') ? './plugin-thread.ts' : './plugin-thread.js',
    import.meta.url,
  );
  return runUnchanged(part, { ...options, module: module.href, task });
}

/** A thread of a plug-in's: the module that it runs, and what that is asked. */
export interface PluginThread extends CallOptions {
  readonly module: string;
  readonly task: unknown;
}

/** Runs a thread that loads the plug-in and says {@link LOADED}; its files must be what the worker loaded, before and after that. */
export async function runUnchanged(part: PluginPart, thread: PluginThread): Promise<unknown> {
  await requireUnchanged(part);
  let loaded: Promise<void> | undefined;
  const { module, task, signal, memoryMb, graceMs, onProgress, timeoutMs = part.timeoutMs } = thread;
  try {
    const answer = await runInOwnThread({
      ...{ module, task, signal, memoryMb, graceMs, timeoutMs },
      env: pluginEnvironment(process.env),
      onSaid: (said) => {
        const progress = progressIn(said);
        if (progress !== undefined) return onProgress?.(progress);
        if (said !== LOADED) return;
        loaded = requireUnchanged(part);
        loaded.catch(() => undefined);
      },
    });
    await loaded;
    return answer;
  } catch (error) {
    if (signal?.aborted === true) throw error;
    if (error instanceof ThreadLost) throw failedPlugin(part.ref.name, error);
    throw error;
  }
}

async function requireUnchanged({ code, ref: { name, sha256 } }: PluginPart): Promise<void> {
  const now = await pluginDigest(code);
  if (now !== sha256) throw changedPlugin(pluginOf(name), sha256, now, 'this worker started');
}
