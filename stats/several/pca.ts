import { eigenOfSymmetric } from '../numeric/symmetric.js';
import type { NumericTable } from '../numeric/table.js';
import { mean } from '../numeric/sums.js';
import { absent } from '../outcome.js';
import { welchT } from '../two-sample/location.js';
import type { TestResult } from '../two-sample/types.js';
import { type ColumnsPair, standardisedPair } from './pair.js';

/** Settings of the reconstruction test. */
export interface PcaOptions {
  /** Share of the reference's variance that the kept components explain, in (0, 1]. Default 0.65, as NannyML. */
  readonly variance?: number;
}

/**
 * Reconstruction by principal components: rows are standardised by the reference, projected on its leading components and
 * back; the error of a row is its Euclidean distance to its image. When the relations between columns change, the mean
 * error moves. The statistic is mean error of current rows over that of the reference (1: no change), the p-value that of
 * Welch's t on the errors. `details`: both means and the number of components kept.
 */
export function pcaReconstruction(pair: ColumnsPair, { variance = 0.65 }: PcaOptions = {}): TestResult {
  const both = standardisedPair(pair, 'reference', 3);
  if ('kind' in both) return both;
  const { x, y } = both;
  const { values, vectors } = eigenOfSymmetric(covarianceOf(x), x.columns);
  const total = values.reduce((all, v) => all + Math.max(0, v), 0);
  let kept = 0;
  for (let covered = 0; kept < x.columns && covered < variance * total - 1e-12; kept++)
    covered += Math.max(0, values[kept] ?? 0);
  if (kept === x.columns)
    return absent(`all ${kept} components are kept, so that nothing is lost in reconstruction`);
  const reference = errorsOf(x, vectors, kept);
  const current = errorsOf(y, vectors, kept);
  const referenceMean = mean(reference);
  const currentMean = mean(current);
  const test = welchT(reference, current);
  if (test.kind === 'absent') return test;
  if (!(referenceMean > 0)) return absent('the reference is reconstructed without error');
  return {
    kind: 'value',
    statistic: currentMean / referenceMean,
    pValue: test.pValue,
    details: { referenceMean, currentMean, components: kept },
  };
}

function covarianceOf({ values, rows, columns }: NumericTable): Float64Array {
  const covariance = new Float64Array(columns * columns);
  for (let r = 0; r < rows; r++) {
    for (let i = 0; i < columns; i++) {
      const a = values[r * columns + i] ?? 0;
      for (let j = 0; j < columns; j++)
        covariance[i * columns + j] =
          (covariance[i * columns + j] ?? 0) + (a * (values[r * columns + j] ?? 0)) / rows;
    }
  }
  return covariance;
}

/** Distance of each row to its projection: √(‖row‖² − Σ scores²) taken on the left-out components, which does not cancel. */
function errorsOf(
  { values, rows, columns }: NumericTable,
  vectors: Float64Array,
  kept: number,
): Float64Array {
  const errors = new Float64Array(rows);
  for (let r = 0; r < rows; r++) {
    let square = 0;
    for (let k = kept; k < columns; k++) {
      let score = 0;
      for (let c = 0; c < columns; c++)
        score += (values[r * columns + c] ?? 0) * (vectors[c * columns + k] ?? 0);
      square += score * score;
    }
    errors[r] = Math.sqrt(square);
  }
  return errors;
}
