import { PerennialError } from '../../domain/errors.js';
import type { Table } from '../features/table.js';
import type { CategoryPreparation, NumberPreparation, Preprocessing, TrainingSpec } from './fitted-model.js';

/**
 * Fits the constants of every input on the training block: per number the mean (also what a missing value becomes) and the standard
 * deviation, per category its levels in sort order (those that the spec names, else those seen; an empty text is missing, since ONNX has no null strings). Sums run in row order, so equal rows
 * give equal bits. Throws a PerennialError `missing-column` or `not-finite`.
 */
export function fitPreprocessing(features: TrainingSpec['features'], table: Table): Preprocessing {
  const names = Object.keys(features).sort(byCodeUnit);
  const numbers = names.filter((name) => features[name]?.type === 'number');
  const inputs = [
    ...numbers.map((name) => fitNumber(name, table)),
    ...names.flatMap((name) => {
      const feature = features[name];
      return feature?.type === 'category' ? [fitCategory(name, feature.values, table)] : [];
    }),
  ];
  const width = inputs.reduce((sum, input) => sum + inputWidth(input), 0);
  return { inputs, width };
}

/** Columns that one input takes in the encoded matrix. */
export const inputWidth = (input: NumberPreparation | CategoryPreparation): number =>
  input.type === 'number' ? 1 : input.levels.length + 1;

/** Names of the encoded columns in order: `temp`, `season=winter`, …, and `season?` for missing or unknown. */
export function columnNames(preprocessing: Preprocessing): string[] {
  return preprocessing.inputs.flatMap((input) =>
    input.type === 'number'
      ? [input.name]
      : [...input.levels.map((level) => `${input.name}=${level}`), `${input.name}?`],
  );
}

/** A numeric column of a table. Throws `missing-column` when it is not there. */
export function numberColumn(table: Table, name: string): Float64Array {
  return table.numbers[name] ?? refuseMissing(name, 'numbers', table);
}

/** A category column of a table. Throws `missing-column` when it is not there. */
export function categoryColumn(table: Table, name: string): readonly (string | null)[] {
  return table.categories[name] ?? refuseMissing(name, 'categories', table);
}

function fitNumber(name: string, table: Table): NumberPreparation {
  const values = numberColumn(table, name);
  let present = 0;
  let mean = 0;
  let squares = 0;
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    present++;
    const step = value - mean;
    mean += step / present;
    squares += step * (value - mean);
  }
  const sd = present === 0 ? 0 : Math.sqrt(squares / present);
  if (!Number.isFinite(mean) || !Number.isFinite(sd)) refuseInfinite(name, values);
  const negligible = sd <= Math.abs(mean) * 1e-12;
  return { name, type: 'number', impute: mean, mean, scale: negligible ? 0 : 1 / sd };
}

function fitCategory(
  name: string,
  named: readonly (string | number)[] | undefined,
  table: Table,
): CategoryPreparation {
  const column = categoryColumn(table, name);
  const levels = new Set<string>();
  for (const value of named ?? column) if (value !== null && value !== '') levels.add(String(value));
  return { name, type: 'category', levels: [...levels].sort(byCodeUnit) };
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function refuseInfinite(name: string, values: Float64Array): never {
  const value = values.find((v) => !Number.isFinite(v) && !Number.isNaN(v)) ?? 'too large to square';
  throw new PerennialError({
    type: 'not-finite',
    thing: `feature '${name}' in the training block`,
    value: String(value),
    allowed: 'finite numbers (a missing value is null)',
    next: 'Correct the source, or bound the feature with min and max in the spec.',
  });
}

function refuseMissing(name: string, among: 'numbers' | 'categories', table: Table): never {
  throw new PerennialError({
    type: 'missing-column',
    thing: `column '${name}'`,
    value: 'absent',
    allowed: `one of the ${among} ${Object.keys(table[among]).join(', ') || '(none)'}`,
    next: 'Add the column to the rows, or take the feature out of the spec.',
  });
}
