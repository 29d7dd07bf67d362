import { importPredictions, type ImportedPredictions } from '../../sdk/import-predictions.js';
import { nameList, versionNumber } from '../arguments.js';
import type { Cli } from '../cli.js';
import { badInput } from '../exit-codes.js';
import { shortTime } from '../format.js';
import { saying } from '../waiting.js';

interface ImportFlags {
  readonly model?: string;
  readonly servedBy?: number;
  readonly id?: string;
  readonly time?: string;
  readonly key?: string;
  readonly prediction?: string;
  readonly score?: string[];
  readonly label?: string;
  readonly labelTime?: string;
  readonly skipRefused?: boolean;
  readonly by?: string;
  readonly reason?: string;
}

/** `perennial import-predictions <file>` */
export function addImportPredictions(cli: Cli): void {
  cli.add<ImportFlags>({
    usage: 'import-predictions <file>',
    summary: "another system's prediction log as history",
    details:
      'Takes CSV, Parquet or JSON lines with one row per prediction: its id, event time, key, every feature, what was predicted and, if you have it, the label. The same rows twice are history once.',
    example: 'perennial import-predictions log.parquet --model bike-demand --served-by 1 --label cnt',
    flags: (command) =>
      command
        .requiredOption('--model <name>', 'the model')
        .requiredOption('--served-by <version>', 'the version that predicted it', versionNumber)
        .option('--id <column>', 'what identifies a prediction (default: prediction_id)')
        .option('--time <column>', "event time (default: the spec's)")
        .option('--key <column>', "key of the row (default: the spec's)")
        .option('--prediction <column>', 'what was predicted (default: prediction)')
        .option('--score <columns>', "scores of the classes in the version's order", nameList)
        .option('--label <column>', 'what turned out to be true, empty where not known')
        .option('--label-time <column>', 'when the label became known (default: with the event)')
        .option('--skip-refused', 'load the rest when rows cannot be used')
        .option('--by <name>', 'who imports (default: PERENNIAL_BY, else the system user)')
        .option('--reason <text>', 'why; kept in the ledger'),
    action: ({ withClient, io, print }, [file = ''], flags) =>
      withClient(async (perennial) => {
        const { model, servedBy: version, skipRefused, by, reason, score: scores, ...named } = flags;
        const columns = { ...named, scores };
        if (model === undefined || version === undefined)
          throw badInput('--model and --served-by', 'missing', 'both', 'Name them.');
        const options = { version, columns, skipRefused, by, reason };
        const work = importPredictions(perennial, model, file, options);
        const result = await saying(io, `import of ${file}`, work);
        print(result, () => lines(model, result));
        return undefined;
      }),
  });
}

function lines(model: string, result: ImportedPredictions): string[] {
  const { outcome, predictions, labels, version, from, to, refused } = result;
  const what = outcome === 'repeated' ? 'loaded before, nothing changed' : 'loaded';
  return [
    `${model}: ${predictions} predictions of v${version} with ${labels} labels ${what}`,
    `  event times ${shortTime(from)} to ${shortTime(to)}`,
    ...refused.map(
      ({ because, rows, first }) => `  left out: ${rows} × ${because} (row ${first.join(', ')})`,
    ),
  ];
}
