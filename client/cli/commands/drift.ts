import { compareTables } from '../../../engines/tables/compare-tables.js';
import type { ComparedColumn } from '../../../engines/tables/compare-sides.js';
import { type TableColumn, type TableFile, withTable } from '../../../engines/tables/read-columns.js';
import {
  type DriftColumnReport,
  type DriftOptions,
  type DriftReport,
  driftTestNames,
  judgeColumns,
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
  const names = flags.columns?.split(',').map((c) => c.trim());
  return withTable(reference, (ours) =>
    withTable(current, async (theirs) => {
      const compared = await compareTables(ours, theirs, pairs(ours, theirs, names), options);
      const measured = compared.map((column) => column.measured);
      return { report: judgeColumns(measured, options), pictures: compared.map(picture) };
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

/** Numbers as the shapes of both sides, categories as that of the current one. */
function picture({ measured, shape }: ComparedColumn): string {
  const current = bars(shape.current);
  return measured.report.kind === 'categorical' ? current : `${bars(shape.reference)} ${current}`;
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
