import { type Outcome, absent, value } from '../outcome.js';
import { weightedMean } from './binary.js';
import {
  type ClassScores,
  accuracy,
  balancedAccuracy,
  classScores,
  cohenKappa,
  confusionOf,
  matthews,
} from './confusion.js';
import { lossOf } from './losses.js';
import { macroRocAuc } from './multiclass-auc.js';
import { type MulticlassRows, multiclassRows } from './rows.js';
import type { Metric } from './types.js';

function onClasses(name: string, compute: (rows: MulticlassRows) => Outcome): Metric {
  return {
    name,
    task: 'multiclass',
    higherIsBetter: true,
    needs: 'predictions',
    compute: (input) => {
      const rows = multiclassRows(input);
      return 'kind' in rows ? rows : compute(rows);
    },
  };
}

function onProbabilities(name: string, compute: (rows: MulticlassRows) => Outcome): Metric {
  return {
    ...onClasses(name, (rows) => (rows.probabilities ? compute(rows) : absent('there are no probabilities'))),
    needs: 'probabilities',
  };
}

type Score = 'precision' | 'recall' | 'f1';
type Average = 'macro' | 'weighted';

// Classes that occur neither among labels nor predictions are left out, as scikit-learn does.
function averaged(key: Score, average: Average): Metric {
  return onClasses(`${key}_${average}`, (rows) => {
    const seen = classScores(confusionOf(rows, rows.classes)).filter((c) => c.seen);
    const weight = (c: ClassScores): number => (average === 'macro' ? 1 : c.support);
    const total = seen.reduce((all, c) => all + weight(c), 0);
    return value(seen.reduce((all, c) => all + weight(c) * c[key], 0) / total);
  });
}

// Over all classes together every wrong row is one false positive and one false negative, so all three are accuracy.
function micro(key: Score): Metric {
  return onClasses(`${key}_micro`, (rows) => accuracy(confusionOf(rows, rows.classes)));
}

function meanLoss(name: string): Metric {
  const loss = lossOf('multiclass', name);
  if (!loss) throw new RangeError(`No loss per row is named ${name}.`);
  return {
    name,
    task: 'multiclass',
    higherIsBetter: false,
    needs: 'probabilities',
    compute: (input) => {
      const rows = multiclassRows(input);
      if ('kind' in rows) return rows;
      const losses = loss.rows(input);
      return 'kind' in losses ? losses : weightedMean(rows.n, rows.weight, (i) => losses[i] ?? 0);
    },
  };
}

/** Metrics of any number of classes, given as indices 0…classes−1. */
export const multiclassMetrics: readonly Metric[] = [
  onClasses('accuracy', (rows) => accuracy(confusionOf(rows, rows.classes))),
  onClasses('balanced_accuracy', (rows) => balancedAccuracy(confusionOf(rows, rows.classes))),
  onClasses('mcc', (rows) => matthews(confusionOf(rows, rows.classes))),
  onClasses('cohen_kappa', (rows) => cohenKappa(confusionOf(rows, rows.classes))),
  averaged('precision', 'macro'),
  averaged('recall', 'macro'),
  averaged('f1', 'macro'),
  micro('precision'),
  micro('recall'),
  micro('f1'),
  averaged('precision', 'weighted'),
  averaged('recall', 'weighted'),
  averaged('f1', 'weighted'),
  meanLoss('log_loss'),
  meanLoss('brier_multiclass_sum'),
  onProbabilities('roc_auc_ovr_macro', (rows) => macroRocAuc(rows, 'ovr', 'macro')),
  onProbabilities('roc_auc_ovr_weighted', (rows) => macroRocAuc(rows, 'ovr', 'weighted')),
  onProbabilities('roc_auc_ovo_macro', (rows) => macroRocAuc(rows, 'ovo', 'macro')),
];
