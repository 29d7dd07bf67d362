import { readSpecFile } from '../../spec-file.js';
import type { Perennial } from '../../sdk/perennial.js';
import type { Cli } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import { newestLine, outcomeOf, untilQuiet } from '../first-decision.js';
import type { Io } from '../io.js';
import { openProgress } from '../progress-line.js';
import { saying } from '../waiting.js';

interface ApplyFlags {
  readonly dryRun?: boolean;
  readonly wait?: boolean;
  readonly by?: string;
  readonly reason?: string;
  readonly approvedBy?: string;
}

/** `perennial apply <spec>` */
export function addApply(cli: Cli): void {
  cli.add<ApplyFlags>({
    usage: 'apply <spec>',
    summary: 'create or update a model from its spec',
    details: 'Takes JSON, YAML or TypeScript, and prints what changed.',
    example: 'perennial apply examples/bike-demand/model.ts --dry-run',
    flags: (command) =>
      command
        .option('--dry-run', 'check the spec and print it with its defaults; changes nothing')
        .option('--wait', 'wait until it has trained; exit code 4 when nothing came of it')
        .option('--by <name>', 'who applies (default: PERENNIAL_BY, else the system user)')
        .option('--reason <text>', 'why; kept in the ledger')
        .option('--approved-by <name>', 'an approver other than you, for a spec that loosens a live model'),
    action: async ({ withClient, io, print }, [file = ''], { dryRun, wait, ...asker }) => {
      const spec = await readSpecFile(file);
      if (dryRun === true) {
        print(spec, () => [JSON.stringify(spec, null, 2)]);
        return EXIT.ok;
      }
      return withClient(async (perennial) => {
        const since = wait === true ? await newestLine(perennial, spec.model) : 0;
        const answer = await saying(io, `applying ${file}`, perennial.apply(spec, asker));
        const accepted = answer.outcome === 'applied' || answer.outcome === 'unchanged';
        const trained =
          accepted && wait === true ? await waitFor(perennial, spec.model, since, io) : undefined;
        const result = trained === undefined ? {} : { result: trained.result };
        print({ model: spec.model, ...answer, ...result }, () => [
          `${spec.model}: ${answer.outcome}${answer.because === undefined ? '' : ` – ${answer.because}`}`,
          ...answer.changes.map((change) => `  ${change}`),
          ...(trained?.lines ?? []),
          ...(accepted && wait !== true ? [`Next: perennial status ${spec.model}   says what it does`] : []),
        ]);
        return accepted ? (trained?.code ?? EXIT.ok) : EXIT.refused;
      });
    },
  });
}

async function waitFor(perennial: Perennial, model: string, since: number, io: Io) {
  const quiet = untilQuiet(perennial, model);
  const told = await saying(io, `training ${model}`, quiet, () => openProgress(perennial, model));
  return outcomeOf(perennial, told, since);
}
