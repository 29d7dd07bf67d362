import type { PluginRef } from '../../domain/plugins.js';
import type { PluginCode } from './digest.js';

/** One thing of a plug-in, found by its name. */
export interface PluginPart {
  readonly ref: PluginRef;
  readonly file: string;
  /** Its files when the worker loaded it. */
  readonly code: PluginCode;
  /** Within the plug-in. */
  readonly own: string;
  readonly timeoutMs: number;
}
