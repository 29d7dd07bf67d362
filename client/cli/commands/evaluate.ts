import { type TableFile, withTable } from '../../../engines/tables/read-columns.js';
import { type MetricInput, type Outcome, type Task, evaluate } from '../../../stats/index.js';
import type { Cli } from '../cli.js';
import { badInput } from '../exit-codes.js';
import { brief, fullColumn, needed, withGoodInput } from '../statistics.js';
import { table } from '../table.js';

interface Flags {
  label?: string;
  score?: string;
  prediction?: string;
  weight?: string;
  task?: string;
  threshold?: string;
}

/** `perennial evaluate <file>` */
export function addEvaluate(cli: Cli): void {
  cli.add<Flags>({
    usage: 'evaluate <file>',
    summary: 'metrics of a file of labels and predictions',
    details:
      'Reads CSV and Parquet, also many files by a glob. Needs no server. Rows without a label are left out.',
    example:
      'perennial evaluate examples/car-loan/monitoring.parquet \\\n    --label repaid --score y_pred_proba --task binary',
    connects: false,
    flags: (command) =>
      command
        .option('--label <column>', 'the truth (needed)')
        .option(
          '--score <columns>',
          'probability of class 1; for several classes one column each, in the order of the sorted labels',
        )
        .option('--prediction <column>', 'the predicted value or class')
        .option('--weight <column>', 'weight of each row')
        .option('--threshold <number>', 'score from which 1 is predicted', '0.5')
        .option('--task <task>', 'binary, multiclass or regression', 'binary'),
    action: ({ print, io }, [file = ''], flags) =>
      withGoodInput(async () => {
        const task = taskOf(flags.task);
        const input = await withTable(file, (rows) => readInput(rows, task, flags));
        const metrics = evaluate(task, input);
        const rows = input.labels.length;
        const reasons = Object.fromEntries(
          Object.entries(metrics).flatMap(([name, o]) => (o.kind === 'absent' ? [[name, o.reason]] : [])),
        );
        const numbers = Object.fromEntries(
          Object.entries(metrics).map(([name, o]) => [name, o.kind === 'value' ? o.value : null]),
        );
        const result = { metrics: numbers, rows, ...(Object.keys(reasons).length > 0 ? { reasons } : {}) };
        print(result, () => [`${task}, ${rows} rows`, ...listing(metrics, io.width)]);
        return undefined;
      }),
  });
}

function taskOf(text: string | undefined): Task {
  if (text === 'binary' || text === 'multiclass' || text === 'regression') return text;
  throw badInput('--task', text, 'binary, multiclass or regression', 'Name the task.');
}

async function readInput(rows: TableFile, task: Task, flags: Flags): Promise<MetricInput> {
  const label = needed(flags.label, '--label', 'the column of the truth');
  if (flags.score === undefined && flags.prediction === undefined)
    throw badInput('--score', '', '--score, --prediction or both', 'Name a column of scores or predictions.');
  const weights = flags.weight === undefined ? undefined : await fullColumn(rows, flags.weight, '--weight');
  if (task === 'multiclass') return readClasses(rows, label, flags, weights);
  const labels = await rows.numbers(label);
  const predictions =
    flags.prediction === undefined ? undefined : await fullColumn(rows, flags.prediction, '--prediction');
  const scores =
    flags.score === undefined || task === 'regression'
      ? undefined
      : await fullColumn(rows, flags.score, '--score');
  const threshold = Number(flags.threshold);
  if (!Number.isFinite(threshold))
    throw badInput('--threshold', flags.threshold, 'a number', 'Give one such as 0.5.');
  const kept = labels.map((v, i) => (Number.isFinite(v) ? i : -1)).filter((i) => i >= 0);
  const pick = (column: Float64Array | undefined) => (column ? kept.map((i) => column[i] ?? 0) : undefined);
  return {
    labels: pick(labels) ?? kept,
    predictions: pick(predictions),
    scores: pick(scores),
    weights: pick(weights),
    threshold,
  };
}

/** Classes by the sorted texts of labels and predictions (numbers by their size). */
async function readClasses(
  rows: TableFile,
  label: string,
  flags: Flags,
  weights: Float64Array | undefined,
): Promise<MetricInput> {
  const truth = await rows.texts(label);
  const named = flags.prediction === undefined ? undefined : await rows.texts(flags.prediction);
  const classes = [...new Set([...truth, ...(named ?? [])].filter((c) => c !== null))].sort(
    (a, b) => Number(a) - Number(b) || (a < b ? -1 : a > b ? 1 : 0),
  );
  const index = new Map(classes.map((c, i) => [c, i]));
  const kept = truth.flatMap((c, i) => (c === null ? [] : [i]));
  const codes = (column: readonly (string | null)[]) => kept.map((i) => index.get(column[i] ?? '') ?? -1);
  const probabilities =
    flags.score === undefined ? undefined : await readProbabilities(rows, flags.score.split(','), kept);
  return {
    labels: codes(truth),
    predictions: named && codes(named),
    probabilities,
    weights: weights && kept.map((i) => weights[i] ?? 0),
  };
}

async function readProbabilities(
  rows: TableFile,
  names: readonly string[],
  kept: readonly number[],
): Promise<Float64Array> {
  const columns: Float64Array[] = [];
  for (const name of names) columns.push(await fullColumn(rows, name.trim(), '--score'));
  return Float64Array.from(
    { length: kept.length * columns.length },
    (_, i) => columns[i % columns.length]?.[kept[Math.floor(i / columns.length)] ?? 0] ?? 0,
  );
}

function listing(metrics: Readonly<Record<string, Outcome>>, width: number): string[] {
  return table<[string, Outcome]>(
    [
      { title: 'metric', of: ([name]) => name },
      { title: 'value', of: ([, o]) => (o.kind === 'value' ? brief(o.value) : '–'), align: 'right' },
      { title: '', of: ([, o]) => (o.kind === 'absent' ? o.reason : ''), cut: true },
    ],
    Object.entries(metrics),
    width,
  );
}
