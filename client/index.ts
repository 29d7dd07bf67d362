/**
 * The client of Perennial: what a program imports in order to run models.
 *
 * ```ts
 * const perennial = await Perennial.connect();
 * await perennial.apply(defineModel({ model: 'bike-demand', … }));
 * ```
 */
export { Perennial } from './sdk/perennial.js';
export type {
  ApplyOptions,
  Asker,
  DecisionOptions,
  ModelStatus,
  RetrainOptions,
  RetrainResult,
} from './sdk/requests.js';
export type { ApplyAnswer, PromoteAnswer, RollbackAnswer, RolloutEvidence } from './sdk/answers.js';
export type { InputRow, PredictionAnswer } from './sdk/infer.js';
export type { PerennialOptions } from './sdk/settings.js';
export { explainVersion } from './sdk/explanation.js';
export type { Explanation } from '../domain/explanation.js';
export { importModel, type ImportOptions } from './sdk/import-model.js';
export {
  importPredictions,
  type ImportPredictionsOptions,
  type ImportedPredictions,
} from './sdk/import-predictions.js';
export { notifications, testNotifications, type Notified } from './sdk/notifications.js';
export { notificationSchema, type Notification } from '../domain/notification.js';
export { pruneStore, type PruneRequest } from './sdk/prune.js';
export type { PruneReport } from '../storage/registry/prune.js';
export { RefusedError } from './sdk/errors.js';
export { PerennialError } from '../domain/errors.js';
export { defineModel, type ModelSpec, type ModelSpecInput } from '../domain/spec/spec.js';
export { parseSpec } from '../domain/spec/parse-spec.js';
export { readSpecFile } from './spec-file.js';
export {
  definePlugin,
  type GateAnswer,
  type GateFacts,
  type MetricRows,
  type PluginDefinition,
  type PluginGate,
  type PluginMetric,
  type PluginTrainer,
  type PluginTrigger,
  type TrainedFile,
  type TrainingJob,
  type TrainingRun,
  type TriggerAnswer,
  type TriggerFacts,
} from '../engines/plugins/define.js';
export {
  createGraph as createOnnxGraph,
  type GraphBuilder as OnnxGraphBuilder,
} from '../engines/inference/graph-builder.js';
