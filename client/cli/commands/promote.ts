import { versionNumber } from '../arguments.js';
import type { Cli } from '../cli.js';
import { badInput, EXIT } from '../exit-codes.js';

interface PromoteFlags {
  readonly override?: boolean;
  readonly reason?: string;
  readonly by?: string;
}

/** `perennial promote <model> <version>` */
export function addPromote(cli: Cli): void {
  cli.add<PromoteFlags>({
    usage: 'promote <model> <version>',
    summary: "promote a version by an operator's word",
    details: 'Skips gates, shadow and approval, never the bake.',
    example: 'perennial promote bike-demand 4 --override --reason "hot fix, see INC-12"',
    flags: (command) =>
      command
        .option('--override', 'say that the gates are to be skipped (needed)')
        .option('--reason <text>', 'why; kept in the ledger (needed)')
        .option('--by <name>', 'who asks (default: PERENNIAL_BY, else the system user)'),
    action: ({ withClient, print }, [model = '', version = ''], { override, reason = '', by }) =>
      withClient(async (perennial) => {
        const number = versionNumber(version);
        if (override !== true) {
          throw badInput(
            'promote',
            'without --override',
            '--override',
            'Add it to skip the gates, or let a retrain propose the version.',
          );
        }
        if (reason.trim() === '')
          throw badInput('--reason', reason, 'a reason', 'Say why: it is kept in the ledger.');
        const answer = await perennial.promote(model, number, { reason, by });
        print(answer, () => [
          answer.outcome === 'started'
            ? `${model} v${number} is being promoted (${answer.run}); its bake can still roll it back`
            : `refused: ${answer.because}`,
        ]);
        return answer.outcome === 'started' ? EXIT.ok : EXIT.refused;
      }),
  });
}
