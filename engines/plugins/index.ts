/** Plug-ins: trainers, metrics, gates and triggers of a team's own, loaded by the worker and run in threads of their own. */
export { callPlugin, type CallOptions, type PluginThread, runUnchanged } from './call.js';
export { noPlugins, openPlugins, type OpenPlugin, type Plugins, requirePinned } from './catalog.js';
export type {
  GateAnswer,
  GateFacts,
  Said,
  TrainedFile,
  TrainingJob,
  TriggerAnswer,
  TriggerFacts,
} from './define.js';
export { badAnswer, changedPlugin, failedPlugin, tooLong } from './errors.js';
export { loadPlugin } from './load.js';
export { ownMetric } from './own-metric.js';
export type { PluginPart } from './part.js';
export { LOADED } from './plugin-thread.js';
