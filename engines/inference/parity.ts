import type { Table } from '../features/table.js';
import type { FittedModel } from '../training/fitted-model.js';
import { predictModel, type ModelWork } from '../training/train.js';
import type { Scorer } from './scorer.js';
import { PARITY_TOLERANCE } from './tolerance.js';

/** How far the exported model is from the one that was trained. */
export interface Parity {
  /** Largest |a − b| / max(|a|, unit) over all scores: unit is the label's standard deviation for regression, 1 for class scores. */
  readonly maxDifference: number;
  readonly tolerance: number;
  /** Rows whose class changed although their two best scores are further apart than the tolerance. */
  readonly flips: number;
  readonly rows: number;
  /** Within the tolerance, no flip, and at least one row. */
  readonly pass: boolean;
}

/** Scores a table by the training code and by ONNX Runtime, and compares. */
export async function checkParity({
  model,
  scorer,
  table,
  work,
}: {
  readonly model: FittedModel;
  readonly scorer: Scorer;
  readonly table: Table;
  /** How the scoring by the training code is run; the scorer knows its own. */
  readonly work?: ModelWork;
}): Promise<Parity> {
  const [trained, exported] = await Promise.all([predictModel(model, table, work), scorer.score(table)]);
  const scored = exported.scores ?? Float64Array.from(exported.predictions, Number);
  const shape = { unit: model.labelScale?.sd ?? 1, width: model.classes?.length ?? 1, rows: table.rows };
  return compareScores(trained, scored, shape);
}

/** Compares the scores of a model by two programs: row-major [rows, width]. `unit` is what a difference is measured in at least. */
export function compareScores(
  trained: Float64Array,
  scored: Float64Array,
  { unit, width, rows }: { readonly unit: number; readonly width: number; readonly rows: number },
): Parity {
  let maxDifference = trained.length === scored.length ? 0 : Infinity;
  trained.forEach((a, i) => {
    const difference = Math.abs(a - (scored[i] ?? NaN)) / Math.max(Math.abs(a), unit);
    if (!(difference <= maxDifference)) maxDifference = Number.isNaN(difference) ? Infinity : difference;
  });
  const flips = countFlips(trained, scored, width);
  const pass = maxDifference <= PARITY_TOLERANCE && flips === 0 && rows > 0;
  return { maxDifference, tolerance: PARITY_TOLERANCE, flips, rows, pass };
}

function countFlips(trained: Float64Array, scored: Float64Array, width: number): number {
  let flips = 0;
  for (let start = 0; width > 1 && start < trained.length; start += width) {
    const a = trained.subarray(start, start + width);
    const b = scored.subarray(start, start + width);
    const [first = 0, second = 0] = [...a].sort((x, y) => y - x);
    if (argmax(a) !== argmax(b) && first - second > 2 * PARITY_TOLERANCE) flips++;
  }
  return flips;
}

function argmax(values: Float64Array): number {
  return values.reduce((best, value, i) => (value > (values[best] ?? -Infinity) ? i : best), 0);
}
