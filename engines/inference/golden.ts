import { z } from 'zod';
import { PerennialError } from '../../domain/errors.js';
import { createRandom } from '../../stats/random.js';
import { type Columns, type InputRow, rowOf } from './columns.js';
import { PARITY_TOLERANCE } from './tolerance.js';
import type { Scored, Scorer } from './scorer.js';

const valueSchema = z.union([z.number(), z.string(), z.null()]);

/** Rows with known answers, stored with a version and scored again whenever it is loaded. */
export const goldenSchema = z.strictObject({
  format: z.literal('perennial-golden/1'),
  rows: z.array(z.record(z.string(), valueSchema)).min(1),
  /** Per row: the prediction (regression), or the score of each class. */
  scores: z.array(z.array(z.number())),
});
/** Rows with known answers. */
export type Golden = z.infer<typeof goldenSchema>;

/**
 * Chooses rows by the seed (in table order), adds one in which everything is missing, and scores them. Throws a PerennialError
 * `not-finite` when an answer is no finite number.
 */
export async function makeGolden(request: {
  readonly scorer: Scorer;
  readonly table: Columns;
  /** @default 16 */
  readonly rows?: number;
  readonly seed: number;
}): Promise<Golden> {
  const { scorer, table, rows: wanted = 16, seed } = request;
  const chosen = [...createRandom(seed).permutation(table.rows).subarray(0, wanted)].sort((a, b) => a - b);
  const missing = Object.fromEntries(scorer.inputs.map(({ name }) => [name, null]));
  const rows = [...chosen.map((row) => rowOf(scorer.inputs, table, row)), missing].map(plain);
  const scores = answers(await scorer.score(rows), rows.length);
  if (scores.some((row) => !row.every(Number.isFinite))) throw notFinite();
  return { format: 'perennial-golden/1', rows, scores };
}

/** Scores the golden rows again. Throws a PerennialError `golden-mismatch` when an answer is off by more than the parity tolerance. */
export async function checkGolden(scorer: Scorer, golden: Golden): Promise<void> {
  const scored = answers(await scorer.score(golden.rows), golden.rows.length);
  const unit = Math.max(1, ...golden.scores.flat().map(Math.abs));
  golden.scores.forEach((expected, row) => {
    const found = scored[row] ?? [];
    const equal =
      expected.length === found.length && expected.every((a, j) => near(a, found[j] ?? NaN, unit));
    if (!equal) throw mismatch(row, expected, found);
  });
}

function near(a: number, b: number, unit: number): boolean {
  return Math.abs(a - b) <= PARITY_TOLERANCE * Math.max(Math.abs(a), unit);
}

function answers({ predictions, scores }: Scored, rows: number): number[][] {
  if (scores === null) return predictions.map((value) => [Number(value)]);
  const width = scores.length / rows;
  return predictions.map((_, row) => [...scores.subarray(row * width, (row + 1) * width)]);
}

function plain(row: InputRow): Record<string, number | string | null> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value ?? null]));
}

function mismatch(row: number, expected: readonly number[], found: readonly number[]): PerennialError {
  return new PerennialError({
    type: 'golden-mismatch',
    thing: `score of golden row ${row}`,
    value: found.join(', '),
    allowed: `${expected.join(', ')} (stored with the version)`,
    next: 'This model does not compute what it computed when it was trained: do not serve it; restore the artifact.',
  });
}

function notFinite(): PerennialError {
  return new PerennialError({
    type: 'not-finite',
    thing: 'score of a golden row',
    value: 'NaN or Infinity',
    allowed: 'finite scores',
    next: 'Lower trainer.learningRate, or bound the features with min and max in the spec.',
  });
}
