import { activityInfo } from '@temporalio/activity';
import { formatMillis } from '../domain/duration.js';
import { PerennialError } from '../domain/errors.js';
import type { PluginPart } from '../engines/plugins/index.js';
import type { ThreadOptions } from '../engines/threads/thread-pool.js';

/** How what a plug-in does is ended. */
export interface PluginWork extends Pick<ThreadOptions, 'signal' | 'memoryMb'> {
  /** Wall clock at which every call must have ended, whatever its own timeout. @format epoch milliseconds @default never */
  readonly until?: number;
}

/** Share of an activity's time that its plug-ins may take: the rest of it must be done, too. */
const SHARE = 0.75;

/** When the plug-ins of this attempt of an activity must have ended. @format epoch milliseconds */
export const endOfPlugins = (): number => Date.now() + SHARE * activityInfo().startToCloseTimeoutMs;

/**
 * How long one call may take, in milliseconds: as the plug-in says, and no longer than there is time. Throws `plugin-failed` when those before it
 * took all of it.
 */
export function timeFor(part: PluginPart, { until = Infinity }: PluginWork): number {
  const left = until - Date.now();
  if (left > 0) return Math.min(part.timeoutMs, left);
  throw new PerennialError({
    type: 'plugin-failed',
    thing: `time of '${part.ref.name}'`,
    value: 'none',
    allowed: `up to ${formatMillis(part.timeoutMs)}, and the plug-ins before it in this check took what there was`,
    next: 'Make them quicker, or lower their `timeout` in the plug-in.',
  });
}
