import type { PluginRef } from '../../domain/plugins.js';

/** One thing of a plug-in, found by its name. */
export interface PluginPart {
  readonly ref: PluginRef;
  readonly file: string;
  /** Within the plug-in. */
  readonly own: string;
  readonly timeoutMs: number;
}
