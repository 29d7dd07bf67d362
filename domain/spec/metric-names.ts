import type { TaskSpec } from './spec.js';

/** Metrics that may judge a model, by task; the names of `stats/`. Reports show all that exist. */
export const METRICS: Readonly<Record<TaskSpec['kind'], readonly string[]>> = {
  regression: [
    'mae',
    'mse',
    'rmse',
    'r2',
    'mape',
    'smape',
    'wape',
    'rmsle',
    'median_absolute_error',
    'pinball_01',
    'pinball_09',
  ],
  binary: [
    'accuracy',
    'balanced_accuracy',
    'precision',
    'recall',
    'f1',
    'f2',
    'mcc',
    'roc_auc',
    'average_precision',
    'log_loss',
    'brier',
  ],
  multiclass: [
    'accuracy',
    'balanced_accuracy',
    'mcc',
    'precision_macro',
    'recall_macro',
    'f1_macro',
    'f1_micro',
    'f1_weighted',
    'log_loss',
    'brier_multiclass_sum',
    'roc_auc_ovr_macro',
  ],
};

/** Metrics that can be estimated before labels come, by task. */
export const ESTIMABLE_METRICS: Readonly<Record<TaskSpec['kind'], readonly string[]>> = {
  regression: ['mae', 'mse', 'rmse'],
  binary: ['accuracy', 'precision', 'recall', 'f1', 'roc_auc', 'average_precision'],
  multiclass: ['accuracy', 'precision_macro', 'recall_macro', 'f1_macro', 'roc_auc_ovr_macro'],
};
