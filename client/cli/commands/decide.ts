import type { DecideAnswer } from '../../../domain/reports.js';
import { versionNumber } from '../arguments.js';
import type { Cli } from '../cli.js';
import { shortTime } from '../format.js';
import { saying } from '../waiting.js';

interface DecideFlags {
  readonly candidate?: number;
  readonly by?: string;
  readonly reason?: string;
}

/** `perennial approve <model>` */
export const addApprove = (cli: Cli): void => addDecision(cli, 'approve');

/** `perennial reject <model>` */
export const addReject = (cli: Cli): void => addDecision(cli, 'reject');

function addDecision(cli: Cli, decision: 'approve' | 'reject'): void {
  cli.add<DecideFlags>({
    usage: `${decision} <model>`,
    summary: `${decision} the waiting candidate`,
    details: decision === 'approve' ? 'Answers when it serves.' : 'The same model is never proposed again.',
    example: `perennial ${decision} bike-demand --by ada --reason "better on all slices"`,
    flags: (command) =>
      command
        .option('--candidate <version>', 'version to decide on (default: the one that waits)', versionNumber)
        .option('--by <name>', 'who decides (default: PERENNIAL_BY, else the system user)')
        .option('--reason <text>', 'why; kept in the ledger'),
    action: ({ withClient, io, print }, [model = ''], { candidate, ...asker }) =>
      withClient(async (perennial) => {
        const work = perennial.decide(model, decision, { ...asker, version: candidate });
        const answer = await saying(io, 'waiting until the decision took effect', work);
        print(answer, () => [sentence(model, answer)]);
        return undefined;
      }),
  });
}

function sentence(model: string, answer: DecideAnswer): string {
  switch (answer.outcome) {
    case 'promoted':
      return `${model} v${answer.version} is promoted; serving obeys from ${shortTime(answer.effectiveFrom)} on`;
    case 'rejected':
      return `${model} v${answer.version} is rejected`;
    case 'repeated':
      return `${model} v${answer.version} was already decided: ${answer.decision}`;
  }
}
