import type { Cli } from '../cli.js';
import { badInput } from '../exit-codes.js';
import { readRowsFile } from '../rows-file.js';
import { saying } from '../waiting.js';

const SHOWN = 20;

/** `perennial predict <model>` */
export function addPredict(cli: Cli): void {
  cli.add<{ input?: string }>({
    usage: 'predict <model>',
    summary: 'score a file with the champion',
    details: 'By serving when one is known, else with the stored model.',
    example: 'perennial predict bike-demand --input rows.csv',
    flags: (command) =>
      command.option('--input <file>', 'CSV, JSON or JSON lines with one column per input (needed)'),
    action: ({ withClient, print, io, paint }, [model = ''], { input }) =>
      withClient(async (perennial) => {
        if (input === undefined) throw badInput('--input', input ?? '', 'a file', 'Name the file to score.');
        const rows = readRowsFile(input);
        const answer = await saying(io, `scoring ${rows.length} rows`, perennial.predict(model, rows));
        print(answer, () => [
          paint('dim', `${model} v${answer.version}, scored by ${answer.from}`),
          ...answer.predictions.slice(0, SHOWN).map(String),
          ...(rows.length > SHOWN ? [paint('dim', `… ${rows.length - SHOWN} more (all with --json)`)] : []),
        ]);
        return undefined;
      }),
  });
}
