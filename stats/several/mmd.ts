import { sorted } from '../numeric/radix.js';
import type { NumericTable } from '../numeric/table.js';
import { type Random, createRandom } from '../random.js';
import { type TestResult, finiteResult } from '../two-sample/types.js';
import { type ColumnsPair, drawRows, standardisedPair } from './pair.js';

/** Settings of the MMD test. */
export interface MmdOptions {
  /** Random relabellings behind the p-value. Default 199. */
  readonly permutations?: number;
  /** Rows of each sample that are used at most: time and memory grow with the square. Default 500. */
  readonly maxRows?: number;
  /** Seed of the drawing of rows and of the relabellings. Default 1. */
  readonly seed?: number;
}

/**
 * Maximum mean discrepancy (Gretton et al. 2012) of one or several columns together: the unbiased estimate of MMD² with the
 * Gaussian kernel exp(−‖a−b‖² / (2h²)), h² the median squared distance of the standardised rows, and the p-value of a
 * seeded permutation test. `details`: rows used of each sample, and `bandwidth` h.
 */
export function mmd(
  pair: ColumnsPair,
  { permutations = 199, maxRows = 500, seed = 1 }: MmdOptions = {},
): TestResult {
  const both = standardisedPair(pair, 'pooled', 2);
  if ('kind' in both) return both;
  const x = drawRows(both.x, maxRows, seed);
  const y = drawRows(both.y, maxRows, seed + 1);
  const { kernel, bandwidth } = kernelOf(x, y);
  const size = x.rows + y.rows;
  const order = Uint32Array.from({ length: size }, (_, i) => i);
  const statistic = discrepancy(kernel, order, x.rows);
  const random: Random = createRandom(seed + 2);
  let atLeast = 1;
  for (let r = 0; r < permutations; r++)
    if (discrepancy(kernel, random.permutation(size), x.rows) >= statistic - 1e-12) atLeast++;
  const details = { referenceRows: x.rows, currentRows: y.rows, bandwidth };
  return finiteResult({ kind: 'value', statistic, pValue: atLeast / (permutations + 1), details });
}

function kernelOf(x: NumericTable, y: NumericTable): { kernel: Float64Array; bandwidth: number } {
  const { columns } = x;
  const rows = Float64Array.from([...x.values, ...y.values]);
  const size = x.rows + y.rows;
  const kernel = new Float64Array(size * size);
  const distances = new Float64Array((size * (size - 1)) / 2);
  let at = 0;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) {
      let square = 0;
      for (let c = 0; c < columns; c++)
        square += ((rows[i * columns + c] ?? 0) - (rows[j * columns + c] ?? 0)) ** 2;
      distances[at++] = square;
      kernel[i * size + j] = square;
    }
  }
  const median = sorted(distances)[distances.length >>> 1] ?? 0;
  const width = median > 0 ? median : 1;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) {
      const k = Math.exp(-(kernel[i * size + j] ?? 0) / (2 * width));
      kernel[i * size + j] = k;
      kernel[j * size + i] = k;
    }
  }
  return { kernel, bandwidth: Math.sqrt(width) };
}

/** Unbiased MMD² where the first n rows of `order` are the reference; the diagonal of the kernel is left out. */
function discrepancy(kernel: Float64Array, order: Uint32Array, n: number): number {
  const size = order.length;
  const first = new Uint8Array(size);
  for (let i = 0; i < n; i++) first[order[i] ?? 0] = 1;
  let same1 = 0;
  let same2 = 0;
  let across = 0;
  for (let i = 0; i < size; i++) {
    const mine = first[i];
    for (let j = 0; j < i; j++) {
      const k = kernel[i * size + j] ?? 0;
      if (mine !== first[j]) across += k;
      else if (mine === 1) same1 += k;
      else same2 += k;
    }
  }
  const m = size - n;
  return (2 * same1) / (n * (n - 1)) + (2 * same2) / (m * (m - 1)) - (2 * across) / (n * m);
}
