import type { ModelSpec, TaskSpec, TrainerSpec } from '../../domain/spec/spec.js';
import type { TreesModel } from './trees/model.js';
import type { ModelInput } from '../../domain/manifest.js';

/** What kind of label is predicted. */
export type TaskKind = TaskSpec['kind'];
/** The part of a spec that is trained here, and not by a program or a plug-in of the team's own. */
export type OwnTrainerSpec = Exclude<TrainerSpec, { kind: 'command' | 'plugin' }>;
/** The part of a spec that names a program of the team's own. */
export type CommandTrainerSpec = Extract<TrainerSpec, { kind: 'command' }>;
/** The part of a spec that names a trainer of a plug-in. */
export type PluginTrainerSpec = Extract<TrainerSpec, { kind: 'plugin' }>;
/** The part of a spec that trains by gradient descent. */
export type NetworkTrainerSpec = Exclude<OwnTrainerSpec, { kind: 'trees' }>;
/** The part of a spec that grows trees. */
export type TreesTrainerSpec = Extract<TrainerSpec, { kind: 'trees' }>;
/** Name of a trainer. */
export type TrainerKind = OwnTrainerSpec['kind'];
/** The sections of a spec that training reads. */
export type TrainingSpec = Pick<ModelSpec, 'task' | 'trainer' | 'features'>;
/** The same, of a spec that is trained here. */
export type OwnTrainingSpec = TrainingSpec & { readonly trainer: OwnTrainerSpec };

/**
 * How a number becomes one column: a missing value becomes `impute`, then `(x − mean) · scale` in double precision, rounded to float32.
 * `scale` is 1 / standard deviation, and 0 for a column that was constant in training, which therefore cannot move a prediction.
 */
export interface NumberPreparation {
  readonly name: string;
  readonly type: 'number';
  readonly impute: number;
  readonly mean: number;
  readonly scale: number;
}

/** How a category becomes `levels.length + 1` columns of 0 and 1: one per level, and a last one for missing and unknown values. */
export interface CategoryPreparation {
  readonly name: string;
  readonly type: 'category';
  readonly levels: readonly string[];
}

/** Constants fitted on the training block. Numbers come first, then categories, each sorted by name: the order of a spec's keys changes nothing. */
export interface Preprocessing {
  readonly inputs: readonly (NumberPreparation | CategoryPreparation)[];
  /** Columns of the encoded matrix. */
  readonly width: number;
}

/** A dense layer: `weights` is row-major [in, out]. Every layer but the last is followed by ReLU. */
export interface DenseLayer {
  readonly in: number;
  readonly out: number;
  readonly weights: Float32Array;
  readonly bias: Float32Array;
}

/** What every trained model knows of itself. All of it is reproducible. */
export interface FittedCommon {
  readonly preprocessing: Preprocessing;
  readonly task: TaskKind;
  /** Classes in the order of the score columns (binary: the positive one is last); null for regression. */
  readonly classes: readonly string[] | null;
  /** Regression: a prediction is the model's output · sd + mean; null for classification. */
  readonly labelScale: { readonly mean: number; readonly sd: number } | null;
  /** Epochs that ran. */
  readonly epochs: number;
  /** The epoch whose weights were kept (1-based): the best on the validation block, or the last when patience is 0. */
  readonly keptEpoch: number;
  /** Mean loss of the kept epoch on the training block, in units of the scaled label or nats; null where it is not measured. */
  readonly loss: number | null;
  /** The same on the validation block; null without one. */
  readonly validationLoss: number | null;
  /** True when it started from an earlier model, false when cold or when that model did not fit. */
  readonly warm: boolean;
  /** What computed it, e.g. `tfjs-wasm-simd/4.22.0`. Another backend gives other bits. */
  readonly backend: string;
}

/** A linear, logistic or softmax model (one layer) or a multilayer perceptron. */
export interface NetworkModel extends FittedCommon {
  readonly kind: 'linear' | 'logistic' | 'softmax' | 'mlp';
  /** Binary: one output, the logit of the positive class; multiclass: one logit per class. */
  readonly layers: readonly DenseLayer[];
}

/** Boosted trees. They bin and encode their inputs themselves; epochs are rounds. */
export interface TreesFitted extends Omit<FittedCommon, 'preprocessing'> {
  readonly kind: 'trees';
  readonly trees: TreesModel;
  /** What was odd about the training rows and what was done about it; not kept in the weights. */
  readonly notices: readonly string[];
}

/** A trained model, before it is exported. */
export type FittedModel = NetworkModel | TreesFitted;

/** The sections, known to be trained here. Throws a TypeError for a trainer of the team's own: whoever calls it chose the trainer. */
export function ownSpecOf({ trainer, task, features }: TrainingSpec): OwnTrainingSpec {
  if (trainer.kind === 'command' || trainer.kind === 'plugin')
    throw new TypeError(`trainer is '${trainer.kind}'; expected one that is trained here`);
  return { trainer, task, features };
}

/** The model, known to be a network. Throws a TypeError for trees: whoever calls it chose the trainer. */
export function networkOf(model: FittedModel): NetworkModel {
  if (model.kind === 'trees') throw new TypeError("model is 'trees'; expected a network");
  return model;
}

/** The inputs of the model's ONNX graph, in order. */
export function modelInputs(model: FittedModel): ModelInput[] {
  const inputs = model.kind === 'trees' ? model.trees.inputs : model.preprocessing.inputs;
  return inputs.map(({ name, type }) => ({ name, type }));
}

/** Score columns of a model's predictions: one for regression, else one per class. */
export const scoreWidth = (model: Pick<FittedModel, 'classes'>): number => model.classes?.length ?? 1;
