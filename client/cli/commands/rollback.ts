import { versionNumber } from '../arguments.js';
import type { Cli } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import { shortTime } from '../format.js';

/** `perennial rollback <model>` */
export function addRollback(cli: Cli): void {
  cli.add<{ to?: number; by?: string; reason?: string }>({
    usage: 'rollback <model>',
    summary: 'back to the previous champion, or to a version',
    example: 'perennial rollback bike-demand --to 3 --reason "complaints from Boston"',
    flags: (command) =>
      command
        .option('--to <version>', 'version to go back to (default: the previous champion)', versionNumber)
        .option('--by <name>', 'who asks (default: PERENNIAL_BY, else the system user)')
        .option('--reason <text>', 'why; kept in the ledger'),
    action: ({ withClient, print, paint }, [model = ''], flags) =>
      withClient(async (perennial) => {
        const answer = await perennial.rollback(model, flags);
        print(answer, () =>
          answer.outcome === 'refused'
            ? [`refused: ${answer.because}`]
            : [
                ...(answer.instead === undefined ? [] : [paint('bad', answer.instead)]),
                `${model} serves v${answer.version} again, from ${shortTime(answer.effectiveFrom)} on`,
              ],
        );
        return answer.outcome === 'rolled-back' ? EXIT.ok : EXIT.refused;
      }),
  });
}
