import { PerennialError } from '../../../domain/errors.js';
import type { Objective } from './parameters.js';

/** Names and types of a model's inputs, in the order of the columns. */
export interface InputNames {
  readonly name: string;
  readonly type: 'number' | 'category';
}

/** Columns by name. Numbers hold NaN where missing (infinities are values); categories null or ''. */
export interface TreesColumns {
  readonly rows: number;
  readonly numbers: Readonly<Record<string, Float64Array>>;
  readonly categories: Readonly<Record<string, readonly (string | null)[]>>;
}

/** Rows to learn from. */
export interface TreesData extends TreesColumns {
  /** A number, or the class index 0 … K − 1 (logistic: 0 or 1). */
  readonly label: Float64Array;
  /** Weight of each row, ≥ 0; a row of weight 0 is left out. Absent: all 1. */
  readonly weight?: Float64Array;
}

/** A named peculiarity of the rows, and what was done about it. Training went on. */
export interface TreesNotice {
  readonly kind:
    | 'constant-label'
    | 'label-outlier'
    | 'unused-input'
    | 'levels-left-out'
    | 'zero-weight-rows'
    | 'few-rows'
    | 'infinite-values';
  /** Input or label the notice is about. */
  readonly about: string;
  /** What was found and what was done. */
  readonly detail: string;
}

function refuse(
  type: string,
  thing: string,
  value: unknown,
  { allowed, next }: { allowed: string; next: string },
): never {
  throw new PerennialError({ type, thing, value, allowed, next });
}

/** The column of an input, of the right type and length; else `column-missing` or `column-length`. */
export function numberColumn(columns: TreesColumns, name: string): Float64Array {
  return checked(columns.numbers[name], columns, name);
}

/** Like {@link numberColumn}, for texts. */
export function categoryColumn(columns: TreesColumns, name: string): readonly (string | null)[] {
  return checked(columns.categories[name], columns, name);
}

function checked<T extends { readonly length: number }>(
  column: T | undefined,
  { rows }: TreesColumns,
  name: string,
): T {
  if (column === undefined) {
    refuse('column-missing', `input '${name}'`, undefined, {
      allowed: 'a column of its type',
      next: 'Add the column.',
    });
  }
  if (column.length !== rows) {
    const allowed = `${rows} values`;
    refuse('column-length', `length of input '${name}'`, column.length, {
      allowed,
      next: 'Cut the columns to one length.',
    });
  }
  return column;
}

/** Largest |label| that the trees accept: squares and sums of such labels stay far from overflow. */
const MOST_LABEL = 1e100;
const MOST_WEIGHT = 1e30;

const labelRules: Record<Objective, { holds: (label: number) => boolean; allowed: string }> = {
  squared: { holds: (y) => Math.abs(y) <= MOST_LABEL, allowed: `a finite number up to ±${MOST_LABEL}` },
  absolute: { holds: (y) => Math.abs(y) <= MOST_LABEL, allowed: `a finite number up to ±${MOST_LABEL}` },
  quantile: { holds: (y) => Math.abs(y) <= MOST_LABEL, allowed: `a finite number up to ±${MOST_LABEL}` },
  poisson: { holds: (y) => y >= 0 && y <= MOST_LABEL, allowed: `a number from 0 to ${MOST_LABEL}` },
  logistic: { holds: (y) => y === 0 || y === 1, allowed: '0 or 1' },
  softmax: {
    holds: (y) => Number.isInteger(y) && y >= 0 && y < 4096,
    allowed: 'a class index from 0 to 4095',
  },
};

/** Refuses rows that cannot train: none, wrong lengths, labels or weights out of range, all weights 0. */
export function checkData({ rows, label, weight }: TreesData, objective: Objective): void {
  if (rows < 1)
    refuse('no-rows', 'training rows', rows, { allowed: 'at least 1', next: 'Widen the window.' });
  const rule = labelRules[objective];
  if (label.length !== rows) {
    refuse('column-length', 'length of the label', label.length, {
      allowed: `${rows} values`,
      next: 'Match the rows.',
    });
  }
  const wrong = label.findIndex((y) => !rule.holds(y));
  if (wrong >= 0) {
    const next = `Repair or leave out the row, or choose another objective than '${objective}'.`;
    refuse('label-invalid', `label of row ${wrong}`, String(label[wrong]), { allowed: rule.allowed, next });
  }
  if (weight !== undefined) checkWeights(weight, rows);
}

function checkWeights(weight: Float64Array, rows: number): void {
  if (weight.length !== rows) {
    refuse('column-length', 'length of the weights', weight.length, {
      allowed: `${rows} values`,
      next: 'Match the rows.',
    });
  }
  const wrong = weight.findIndex((w) => !(w >= 0 && w <= MOST_WEIGHT));
  if (wrong >= 0) {
    const allowed = `a number from 0 to ${MOST_WEIGHT}`;
    refuse('weight-invalid', `weight of row ${wrong}`, String(weight[wrong]), {
      allowed,
      next: 'Repair the weights.',
    });
  }
  if (!weight.some((w) => w > 0)) {
    refuse('no-weight', 'sum of the weights', 0, {
      allowed: 'at least one weight over 0',
      next: 'Repair the weights.',
    });
  }
}

/** The rows at `kept` of all columns, in that order. */
export function takeRows(data: TreesData, inputs: readonly InputNames[], kept: Uint32Array): TreesData {
  const numbers: Record<string, Float64Array> = {};
  const categories: Record<string, (string | null)[]> = {};
  for (const { name, type } of inputs) {
    if (type === 'number') numbers[name] = pick(numberColumn(data, name), kept);
    else {
      const column = categoryColumn(data, name);
      categories[name] = Array.from(kept, (row) => column[row] ?? null);
    }
  }
  const weight = data.weight === undefined ? {} : { weight: pick(data.weight, kept) };
  return { rows: kept.length, numbers, categories, label: pick(data.label, kept), ...weight };
}

function pick(column: Float64Array, kept: Uint32Array): Float64Array {
  return Float64Array.from(kept, (row) => column[row] ?? NaN);
}
