import { PerennialError } from '../../domain/errors.js';
import { rowOf, type Columns } from './columns.js';
import { compareScores, type Parity } from './parity.js';
import { createWorkerScorer, type WorkerScorerOptions } from './score-in-worker.js';
import type { Scored, ScorerSource } from './scorer.js';

/** A model of another's making, and rows to try it on. */
export interface ProgramModelRequest {
  readonly source: ScorerSource;
  readonly table: Columns;
  /** What its maker says of these rows, row-major; null when it does not say. */
  readonly said: Float64Array | null;
  /** What a difference is measured in at least: the label's standard deviation, or 1. */
  readonly unit: number;
  readonly work?: WorkerScorerOptions | undefined;
}

/** Rows that are scored one by one as well. */
const SINGLE_ROWS = 32;

/**
 * Tries a model that this program did not export, as serving will use it: it has the inputs and the output of the spec, every score is finite
 * (also of a row in which everything is missing), classes have shares that add up to 1, and a row's score does not depend on the rows
 * beside it. The answer compares its scores with those of its maker, or one row at a time with all at once when the maker gave none.
 *
 * Throws a PerennialError `model-mismatch`, `model-unreadable` or `not-finite`.
 */
export async function checkProgramModel(request: ProgramModelRequest): Promise<Parity> {
  const { source, table, said, unit, work } = request;
  const width = source.classes?.length ?? 1;
  const all = scoresOf(await runnable(work, () => createWorkerScorer(source, work).score(table)));
  requireScores(all, width);
  const rows = Math.min(SINGLE_ROWS, table.rows);
  const singles = await runnable(work, () => oneByOne(request, rows));
  requireScores(singles, width);
  const alone = compareScores(all.slice(0, rows * width), singles.slice(0, rows * width), {
    unit,
    width,
    rows,
  });
  if (!alone.pass) {
    throw mismatch(
      'score of a row',
      `off by ${alone.maxDifference} when the row is scored alone`,
      'the same whatever rows are scored with it',
    );
  }
  if (said === null) return alone;
  if (said.length === all.length) return compareScores(said, all, { unit, width, rows: table.rows });
  throw mismatch(
    'number of scores of the validation rows',
    said.length,
    `${all.length}: ${width} for each of ${table.rows} rows`,
  );
}

/** The scores of the first rows, each by itself, and of a row in which everything is missing. */
async function oneByOne({ source, table, work }: ProgramModelRequest, rows: number): Promise<Float64Array> {
  const scorer = createWorkerScorer({ ...source, chunkRows: 1 }, work);
  const first = Array.from({ length: rows }, (_, row) => rowOf(source.inputs, table, row));
  return scoresOf(await scorer.score([...first, {}]));
}

const scoresOf = ({ scores, predictions }: Scored): Float64Array =>
  scores ?? Float64Array.from(predictions, Number);

/** How far the shares of a row may be from 1 in all: single precision over many classes. */
const SUM_TOLERANCE = 1e-3;

function requireScores(scores: Float64Array, width: number): void {
  const wrong = scores.findIndex((score) => !Number.isFinite(score));
  if (wrong >= 0) throw notFinite(Math.floor(wrong / width), scores[wrong]);
  for (let start = 0; width > 1 && start < scores.length; start += width) {
    const shares = scores.subarray(start, start + width);
    const sum = shares.reduce((total, share) => total + share, 0);
    if (Math.abs(sum - 1) <= SUM_TOLERANCE && shares.every((share) => share >= -1e-6)) continue;
    throw mismatch('scores of a row', [...shares].join(', '), 'shares from 0 to 1 that add up to 1');
  }
}

/** ONNX Runtime's own complaint, by name. Cancelled, it rejects with the signal's reason. */
async function runnable<T>(options: WorkerScorerOptions | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof PerennialError || options?.signal?.aborted === true) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw mismatch('ONNX model', reason, 'a model that scores any number of rows', error);
  }
}

const NEXT = 'Mend what writes the model.';

function mismatch(thing: string, value: unknown, allowed: string, cause?: unknown): PerennialError {
  return new PerennialError({ type: 'model-mismatch', thing, value, allowed, next: NEXT }, { cause });
}

function notFinite(row: number, value: number | undefined): PerennialError {
  return new PerennialError({
    type: 'not-finite',
    thing: `score of row ${row}`,
    value: String(value),
    allowed: 'finite scores, also where inputs are missing (NaN, and an empty text)',
    next: NEXT,
  });
}
