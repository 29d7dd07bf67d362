import type { BenchSet } from './trees-sets.js';

/** Scores of the judged rows, row by row: predictions, probabilities of class 1, or one probability per class. */
export type Scores = Float64Array;

/** Area under the ROC curve by ranks, ties shared. */
function areaUnder(labels: Float64Array, scores: Scores): number {
  const order = Uint32Array.from(scores.keys()).sort((a, b) => (scores[a] ?? 0) - (scores[b] ?? 0));
  let rankSum = 0;
  let positives = 0;
  for (let i = 0; i < order.length;) {
    let j = i;
    while (j < order.length && scores[order[j] ?? 0] === scores[order[i] ?? 0]) j++;
    for (let k = i; k < j; k++) {
      if (labels[order[k] ?? 0] !== 1) continue;
      rankSum += (i + j + 1) / 2;
      positives++;
    }
    i = j;
  }
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * (order.length - positives));
}

/** The set's error of `scores` on its judged rows; lower is better. */
export function errorOf({ data, trainRows, metric }: BenchSet, scores: Scores): number {
  const labels = data.label.subarray(trainRows);
  const mean = (of: (label: number, row: number) => number): number =>
    labels.reduce((sum, label, row) => sum + of(label, row), 0) / labels.length;
  switch (metric) {
    case 'RMSE':
      return Math.sqrt(mean((y, row) => (y - (scores[row] ?? 0)) ** 2));
    case 'MAE':
      return mean((y, row) => Math.abs(y - (scores[row] ?? 0)));
    case '1 - AUC':
      return 1 - areaUnder(labels, scores);
    case 'log loss': {
      const classes = scores.length / labels.length;
      return mean((y, row) => -Math.log(Math.max(1e-15, scores[row * classes + y] ?? 0)));
    }
  }
}
