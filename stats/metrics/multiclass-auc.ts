import { type Outcome, value } from '../outcome.js';
import { rocAuc } from './ranking.js';
import type { MulticlassRows } from './rows.js';

/** ROC AUC of `scores` for telling `positive` from the other labels, over the rows that `keep` takes. */
function aucOf(rows: MulticlassRows, positive: number, keep: (label: number) => boolean): Outcome {
  const kept: number[] = [];
  for (let i = 0; i < rows.n; i++) if (keep(rows.labels[i] ?? 0)) kept.push(i);
  const scores = Float64Array.from(kept, (i) => rows.probabilities?.[i * rows.classes + positive] ?? 0);
  const labels = Uint8Array.from(kept, (i) => (rows.labels[i] === positive ? 1 : 0));
  return rocAuc({
    n: kept.length,
    labels,
    predictions: labels,
    scores,
    weight: (k) => rows.weight(kept[k] ?? 0),
  });
}

/**
 * Mean ROC AUC over classes. `ovr`: each class against the rest, averaged plainly (`macro`) or by the weight of the
 * class. `ovo`: each pair of classes both ways, averaged plainly (Hand & Till 2001). Absent where a class has no rows.
 */
export function macroRocAuc(
  rows: MulticlassRows,
  pairs: 'ovr' | 'ovo',
  average: 'macro' | 'weighted',
): Outcome {
  const weightOfClass = new Float64Array(rows.classes);
  for (let i = 0; i < rows.n; i++) {
    const c = rows.labels[i] ?? 0;
    weightOfClass[c] = (weightOfClass[c] ?? 0) + rows.weight(i);
  }
  let total = 0;
  let weights = 0;
  for (let a = 0; a < rows.classes; a++) {
    for (let b = pairs === 'ovr' ? a : 0; b < (pairs === 'ovr' ? a + 1 : rows.classes); b++) {
      if (pairs === 'ovo' && a === b) continue;
      const auc = aucOf(rows, a, (label) => pairs === 'ovr' || label === a || label === b);
      if (auc.kind === 'absent') return auc;
      const w = average === 'macro' ? 1 : (weightOfClass[a] ?? 0);
      total += w * auc.value;
      weights += w;
    }
  }
  return value(total / weights);
}
