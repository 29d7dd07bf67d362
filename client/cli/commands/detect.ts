import { withTable } from '../../../engines/tables/read-columns.js';
import { type Detection, type Parameters, detect, detectors } from '../../../stats/index.js';
import type { Cli } from '../cli.js';
import { badInput } from '../exit-codes.js';
import { bars, foundCode, needed, withGoodInput } from '../statistics.js';

interface Flags {
  column?: string;
  detector?: string;
  params?: string;
  failOnDrift?: boolean;
}

const SHOWN = 60;

/** `perennial detect <file>` */
export function addDetect(cli: Cli): void {
  cli.add<Flags>({
    usage: 'detect <file>',
    summary: 'run a change detector over a column',
    details: `Reads CSV and Parquet, also many files by a glob. Needs no server. Detectors: ${detectors.map((d) => d.name).join(' ')}. Row numbers count from 0.`,
    example: 'perennial detect examples/bike-sharing/bike-sharing.parquet --column cnt --detector adwin',
    connects: false,
    flags: (command) =>
      command
        .option('--column <name>', 'the column, in the order of the rows (needed)')
        .option('--detector <name>', 'which detector', 'adwin')
        .option('--params <json>', 'parameters by River’s names, such as {"delta":0.002}')
        .option('--fail-on-drift', 'exit with 10 when there is an alarm'),
    action: ({ print, paint }, [file = ''], flags) =>
      withGoodInput(async () => {
        const column = needed(flags.column, '--column', 'the name of a column');
        const params = parametersOf(flags.params);
        const values = await withTable(file, (table) => table.numbers(column));
        const found = detect(values, flags.detector ?? 'adwin', params);
        const { detector, params: used, alarms, warnings } = found;
        print({ detector, params: used, alarms, warnings }, () => [
          paint(
            'dim',
            `${detector} ${JSON.stringify(used)}, ${values.length} rows${found.skipped > 0 ? `, ${found.skipped} missing left out` : ''}`,
          ),
          ...picture(values, found),
          `alarms: ${alarms.length === 0 ? 'none' : alarms.join(', ')}`,
          `rows with a warning: ${warnings.length}`,
        ]);
        return foundCode(alarms.length > 0, flags.failOnDrift);
      }),
  });
}

function parametersOf(text: string | undefined): Parameters {
  if (text === undefined) return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw badInput('--params', text, 'an object in JSON', 'Write it such as --params \'{"delta":0.002}\'.');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw badInput('--params', text, 'an object in JSON', 'Write it such as --params \'{"delta":0.002}\'.');
  const params: Record<string, number | string | boolean> = {};
  for (const [name, value] of Object.entries(parsed)) {
    if (typeof value !== 'number' && typeof value !== 'string' && typeof value !== 'boolean')
      throw badInput(`--params ${name}`, value, 'a number, text, true or false', 'Correct the value.');
    params[name] = value;
  }
  return params;
}

/** The column's mean course, and below it where the alarms are. */
function picture(values: Float64Array, { alarms }: Detection): string[] {
  const size = Math.max(1, Math.ceil(values.length / SHOWN));
  const means: (number | null)[] = [];
  const marks: string[] = [];
  for (let start = 0; start < values.length; start += size) {
    const part = values.subarray(start, start + size).filter(Number.isFinite);
    means.push(part.length > 0 ? part.reduce((a, v) => a + v, 0) / part.length : null);
    marks.push(alarms.some((at) => at >= start && at < start + size) ? '▲' : ' ');
  }
  return values.length === 0 ? [] : [bars(means), marks.join('').trimEnd()];
}
