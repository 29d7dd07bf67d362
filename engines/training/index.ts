/**
 * Training: fits preprocessing, trains in a worker thread, keeps checkpoints, and writes the weights artifact. Deterministic: equal
 * requests give equal bytes.
 */
export type { CheckpointPort } from './checkpoints.js';
export { encodeTable } from './encode.js';
export {
  type CommandTrainerSpec,
  type DenseLayer,
  type FittedModel,
  modelInputs,
  type NetworkModel,
  type PluginTrainerSpec,
  type Preprocessing,
  scoreWidth,
  type TaskKind,
  type TrainingSpec,
} from './fitted-model.js';
export { fitLabels, type LabelFit } from './labels.js';
export { columnNames, fitPreprocessing } from './preprocessing.js';
export { deserializeModel, serializeModel } from './serialize.js';
export { explainModel, type ModelWork, predictModel, trainModel, type TrainRequest } from './train.js';
export type { TrainProgress } from './trainer.js';
export { trainerOf, trainers } from './trainers.js';
