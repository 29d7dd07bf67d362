import { type TableFile, withTable } from '../../../engines/tables/read-columns.js';
import {
  type ChunkEstimate,
  type EstimableMetric,
  type PerformanceEstimate,
  estimatePerformance,
} from '../../../stats/index.js';
import type { Cli } from '../cli.js';
import { badInput } from '../exit-codes.js';
import { bars, brief, foundCode, fullColumn, needed, withGoodInput } from '../statistics.js';
import { table } from '../table.js';

interface Flags {
  score?: string;
  prediction?: string;
  label?: string;
  chunk?: string;
  failOnDrift?: boolean;
}

/** `perennial estimate <reference> <current>` */
export function addEstimate(cli: Cli): void {
  cli.add<Flags>({
    usage: 'estimate <reference> <current>',
    summary: 'performance of a binary model without labels',
    details:
      'The reference needs labels, the current rows do not. Reads CSV and Parquet, also many files by a glob. Needs no server.',
    example:
      'perennial estimate examples/car-loan/reference.parquet \\\n    examples/car-loan/monitoring.parquet --score y_pred_proba --prediction y_pred --label repaid',
    connects: false,
    flags: (command) =>
      command
        .option('--score <columns>', 'probability of class 1 (needed)')
        .option('--prediction <column>', 'predicted class, 0 or 1; default: score of at least 0.5')
        .option('--label <column>', 'the truth, 0 or 1 (needed in the reference)')
        .option('--chunk <rows>', 'rows of a chunk', '5000')
        .option('--fail-on-drift', 'exit with 10 when a chunk has an alert'),
    action: ({ print, io }, [reference = '', current = ''], flags) =>
      withGoodInput(async () => {
        const [known, newest] = await Promise.all([
          withTable(reference, (rows) => readLabelled(rows, flags)),
          withTable(current, (rows) => readScored(rows, flags)),
        ]);
        const estimate = estimatePerformance({
          reference: known,
          current: newest,
          chunkSize: Number(flags.chunk),
        });
        if (estimate.kind === 'absent')
          throw badInput('files', reference, estimate.reason, 'Correct the rows and run the command again.');
        const found = estimate.chunks.some((c) => Object.values(c.metrics).some((m) => m.alert));
        print(asJson(estimate), () => listing(estimate, io.width));
        return foundCode(found, flags.failOnDrift);
      }),
  });
}

async function readLabelled(rows: TableFile, flags: Flags) {
  const { scores, predictions } = await readScored(rows, { ...flags, label: undefined });
  return {
    scores,
    predictions,
    labels: await fullColumn(rows, needed(flags.label, '--label', 'the column of the truth'), '--label'),
  };
}

async function readScored(rows: TableFile, flags: Omit<Flags, 'label'> & { label?: string | undefined }) {
  const scores = await fullColumn(
    rows,
    needed(flags.score, '--score', 'the column of probabilities'),
    '--score',
  );
  const predictions =
    flags.prediction === undefined
      ? scores.map((s) => (s >= 0.5 ? 1 : 0))
      : await fullColumn(rows, flags.prediction, '--prediction');
  const known = flags.label !== undefined && rows.columns.some((c) => c.name === flags.label);
  if (!known || flags.label === undefined) return { scores, predictions };
  const labels = Array.from(await rows.numbers(flags.label), (v) => (Number.isFinite(v) ? v : null));
  return { scores, predictions, labels };
}

function asJson(estimate: PerformanceEstimate): object {
  return {
    thresholds: estimate.thresholds,
    calibration: estimate.calibration,
    chunks: estimate.chunks.map(({ start, end, metrics }) => ({ start, end, ...metrics })),
  };
}

const NAMES: readonly EstimableMetric[] = ['roc_auc', 'accuracy', 'f1', 'precision', 'recall'];

function listing({ thresholds, chunks, calibration }: PerformanceEstimate, width: number): string[] {
  const cell = (c: ChunkEstimate, name: EstimableMetric): string => {
    const m = c.metrics[name];
    return m ? `${brief(m.estimated)}${m.alert ? '!' : ' '}` : '–';
  };
  const rows = table<ChunkEstimate>(
    [
      { title: 'rows', of: (c) => `${c.start}–${c.end}` },
      ...NAMES.map((name) => ({
        title: name,
        of: (c: ChunkEstimate) => cell(c, name),
        align: 'right' as const,
      })),
      { title: 'realised roc_auc', of: (c) => brief(c.metrics.roc_auc?.realized), align: 'right' },
    ],
    chunks,
    Math.max(width, 90),
  );
  const courses = NAMES.map((name) => {
    const { lower = null, upper = null } = thresholds[name] ?? {};
    return `${name.padEnd(9)} ${bars(chunks.map((c) => c.metrics[name]?.estimated ?? null))}  limits ${brief(lower)} … ${brief(upper)}`;
  });
  return [
    `estimated from scores, calibration: ${calibration}; ! marks an estimate outside its limits`,
    ...rows,
    '',
    ...courses,
  ];
}
