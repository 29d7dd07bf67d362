import type { TableFile } from '../../engines/tables/read-columns.js';
import { PerennialError } from '../../domain/errors.js';
import { EXIT, type ExitCode, badInput } from './exit-codes.js';

/** Runs a computation; a RangeError of `stats/` (a wrong parameter, size or name) becomes an error of the command line. */
export async function withGoodInput<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
    throw new PerennialError(
      {
        type: 'bad-input',
        thing: 'input',
        allowed: error.message.replace(/\.$/, ''),
        next: 'Correct it and run the command again.',
      },
      { cause: error },
    );
  }
}

/** The exit code of a check: 10 when something was found and the flag asks for it. */
export const foundCode = (found: boolean, failOnDrift: boolean | undefined): ExitCode =>
  found && failOnDrift === true ? EXIT.drift : EXIT.ok;

/** A needed flag. */
export function needed(value: string | undefined, flag: string, what: string): string {
  if (value === undefined || value === '') throw badInput(flag, value ?? '', what, `Add ${flag}.`);
  return value;
}

/** A column of numbers without holes, such as scores and predictions. */
export async function fullColumn(table: TableFile, name: string, flag: string): Promise<Float64Array> {
  const values = await table.numbers(name);
  const hole = values.findIndex((v) => !Number.isFinite(v));
  if (hole >= 0)
    throw badInput(
      `${flag} ${name}`,
      `row ${hole}`,
      'a number in every row',
      'Drop or fill rows without one.',
    );
  return values;
}

const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** A line of bars, one for each number, between the least and the largest; null gives a gap. */
export function bars(values: readonly (number | null)[]): string {
  const known = values.filter((v) => v !== null);
  const low = Math.min(...known);
  const width = Math.max(...known) - low;
  return values
    .map((v) => (v === null ? ' ' : (BARS[width > 0 ? Math.round((7 * (v - low)) / width) : 3] ?? '')))
    .join('');
}

/** A number in at most five digits; `–` for none. */
export function brief(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  if (value !== 0 && Math.abs(value) < 1e-4) return value.toExponential(1);
  return String(Number(value.toPrecision(5)));
}
