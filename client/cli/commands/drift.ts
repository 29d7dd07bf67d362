import { type TableColumn, type TableFile, withTable } from '../../../engines/tables/read-columns.js';
import { readAhead } from '../../../engines/tables/read-ahead.js';
import {
  type CategoryCounts,
  type DriftColumnReport,
  type DriftOptions,
  type DriftReport,
  type MeasuredColumn,
  driftTestNames,
  inEqualWidths,
  judgeColumns,
  measureColumn,
  sampleInPlace,
} from '../../../stats/index.js';
import type { Cli } from '../cli.js';
import { badInput } from '../exit-codes.js';
import { bars, brief, foundCode, withGoodInput } from '../statistics.js';
import { table } from '../table.js';

interface Flags {
  columns?: string;
  tests?: string;
  failOnDrift?: boolean;
}

/** One column with its picture: where the current rows have more or fewer values than the reference. */
type Drawn = DriftColumnReport & { readonly picture: string };

/** `perennial drift <reference> <current>` */
export function addDrift(cli: Cli): void {
  cli.add<Flags>({
    usage: 'drift <reference> <current>',
    summary: 'compare two files, column by column',
    details: `Reads CSV and Parquet, also many files by a glob. Needs no server. Tests: ${driftTestNames.join(' ')}.`,
    example:
      'perennial drift examples/car-loan/reference.parquet \\\n    examples/car-loan/monitoring.parquet',
    connects: false,
    flags: (command) =>
      command
        .option('--columns <names>', 'comma-separated; default: all that both files have, but times')
        .option('--tests <names>', 'comma-separated, or all; default: three that suit the kind of a column')
        .option('--fail-on-drift', 'exit with 10 when drift is found'),
    action: ({ print, io, paint }, [reference = '', current = ''], flags) =>
      withGoodInput(async () => {
        const { report, pictures } = await compareFiles(reference, current, flags);
        print(report, () => {
          const rows = report.columns.map((column, i): Drawn => ({ ...column, picture: pictures[i] ?? '' }));
          const verdict = `${rows.filter((r) => r.drifted).length} of ${rows.length} columns drifted`;
          return [...listing(rows, io.width), '', paint(report.drifted ? 'bad' : 'good', verdict)];
        });
        return foundCode(report.drifted, flags.failOnDrift);
      }),
  });
}

async function compareFiles(
  reference: string,
  current: string,
  flags: Flags,
): Promise<{ report: DriftReport; pictures: string[] }> {
  const options: DriftOptions = {
    tests: flags.tests === 'all' ? 'all' : flags.tests?.split(',').map((t) => t.trim()),
  };
  return withTable(reference, (ours) =>
    withTable(current, async (theirs) => {
      const measured: MeasuredColumn[] = [];
      const pictures: string[] = [];
      const names = flags.columns?.split(',').map((c) => c.trim());
      const read = ([a, b]: [TableColumn, TableColumn]) => readSides([ours, a], [theirs, b]);
      // Column by column, so that a thousand of them need the memory of two.
      for await (const sides of readAhead(pairs(ours, theirs, names), read)) {
        const { column, picture } = measure(sides, options);
        measured.push(column);
        pictures.push(picture);
      }
      return { report: judgeColumns(measured, options), pictures };
    }),
  );
}

function pairs(
  ours: TableFile,
  theirs: TableFile,
  names: readonly string[] | undefined,
): [TableColumn, TableColumn][] {
  const both = ours.columns.flatMap((a): [TableColumn, TableColumn][] => {
    const b = theirs.columns.find((c) => c.name === a.name);
    return b ? [[a, b]] : [];
  });
  const chosen = names
    ? both.filter(([a]) => names.includes(a.name))
    : both.filter(([a, b]) => a.kind !== 'time' && b.kind !== 'time');
  const lost = names?.find((name) => !both.some(([a]) => a.name === name));
  if (lost !== undefined)
    throw badInput(
      '--columns',
      lost,
      `columns of both files: ${both.map(([a]) => a.name).join(', ')}`,
      'Name columns that both files have.',
    );
  if (chosen.length === 0)
    throw badInput(
      'files',
      'no common column',
      'two files with a column in common',
      'Compare files of the same table.',
    );
  return chosen;
}

type Side = readonly [TableFile, TableColumn];

/** Both samples of a column, as read. */
type Sides =
  | {
      readonly kind: 'category';
      readonly name: string;
      readonly reference: CategoryCounts;
      readonly current: CategoryCounts;
    }
  | {
      readonly kind: 'number';
      readonly name: string;
      readonly reference: Float64Array;
      readonly current: Float64Array;
    };

async function readSides([ours, a]: Side, [theirs, b]: Side): Promise<Sides> {
  const { name } = a;
  if (a.kind === 'category' || b.kind === 'category') {
    const [reference, current] = await Promise.all([ours.counts(name), theirs.counts(name)]);
    return { kind: 'category', name, reference, current };
  }
  const [reference, current] = await Promise.all([ours.numbers(name), theirs.numbers(name)]);
  return { kind: 'number', name, reference, current };
}

function measure(sides: Sides, options: DriftOptions): { column: MeasuredColumn; picture: string } {
  const { name } = sides;
  if (sides.kind === 'category') {
    const { reference, current } = sides;
    const common = [...reference.counts]
      .sort(([, x], [, y]) => y - x)
      .slice(0, 10)
      .map(([category]) => category);
    const picture = bars(common.map((c) => current.counts.get(c) ?? 0));
    return { column: measureColumn({ name, reference, current }, options), picture };
  }
  const reference = sampleInPlace(sides.reference);
  const current = sampleInPlace(sides.current);
  const counts = inEqualWidths(reference.sorted, current.sorted);
  const picture = `${bars(Array.from(counts.reference))} ${bars(Array.from(counts.current))}`;
  return { column: measureColumn({ name, reference, current }, options), picture };
}

function listing(rows: readonly Drawn[], width: number): string[] {
  return table<Drawn>(
    [
      { title: 'column', of: (r) => r.name, cut: true },
      { title: 'kind', of: (r) => r.kind },
      { title: 'reference / current', of: (r) => r.picture },
      {
        title: 'tests (p)',
        of: (r) =>
          r.tests
            .map((t) => `${t.name} ${brief(t.statistic)}${t.pValue === null ? '' : ` (${brief(t.pValue)})`}`)
            .join(', '),
      },
      { title: 'drift', of: (r) => (r.drifted ? 'yes' : 'no') },
    ],
    rows,
    Math.max(width, 120),
  );
}
