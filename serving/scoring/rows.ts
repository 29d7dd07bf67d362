import type { Rows, Scored } from './protocol.js';

/** Puts rows of several requests under each other. All have the same columns. */
export function joinRows(parts: readonly Rows[]): Rows {
  const [first] = parts;
  // Copied also when single: the lane gives the buffer away, and the shadow may need the same rows.
  if (first !== undefined && parts.length === 1) return { ...first, numbers: first.numbers.slice() };
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  const columns = first === undefined || first.count === 0 ? 0 : first.numbers.length / first.count;
  const numbers = new Float64Array(columns * count);
  const categories: (string | null)[][] = (first?.categories ?? []).map(() => []);
  let at = 0;
  for (const part of parts) {
    for (let column = 0; column < columns; column++) {
      const from = column * part.count;
      for (let row = 0; row < part.count; row++)
        numbers[column * count + at + row] = part.numbers[from + row] ?? NaN;
    }
    categories.forEach((column, i) => {
      for (const value of part.categories[i] ?? []) column.push(value);
    });
    at += part.count;
  }
  return { count, numbers, categories };
}

/** The scores of `count` rows from row `from` on, of a batch of `of` rows. */
export function sliceScored(batch: Scored, from: number, count: number, of: number): Scored {
  if (from === 0 && count === of) return batch;
  const width = batch.scores === null ? 0 : batch.scores.length / of;
  return {
    predictions: batch.predictions.slice(from, from + count),
    scores: batch.scores?.slice(from * width, (from + count) * width) ?? null,
  };
}

/** Something that carries rows. */
interface Carrier {
  readonly rows: Rows;
}

/** Rows of all requests together. */
export const countRows = (requests: readonly Carrier[]): number =>
  requests.reduce((sum, { rows }) => sum + rows.count, 0);

/** As many requests from the front as fit into `limit` rows, at least one: a request larger than that goes alone. */
export function firstBatch<T extends Carrier>(waiting: readonly T[], limit: number): readonly T[] {
  let rows = 0;
  const over = waiting.findIndex((one) => (rows += one.rows.count) > limit);
  return over < 0 ? waiting : waiting.slice(0, Math.max(1, over));
}
