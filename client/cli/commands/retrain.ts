import type { RetrainReport } from '../../../domain/reports.js';
import type { RetrainResult } from '../../sdk/requests.js';
import { instantText } from '../arguments.js';
import type { Cli } from '../cli.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { gateLines, shortTime } from '../format.js';
import { openProgress } from '../progress-line.js';
import { saying } from '../waiting.js';

interface RetrainFlags {
  readonly asOf?: string;
  readonly by?: string;
  readonly reason?: string;
  readonly wait?: boolean;
  readonly rollout: boolean;
}

/** `perennial retrain <model>` */
export function addRetrain(cli: Cli): void {
  cli.add<RetrainFlags>({
    usage: 'retrain <model>',
    summary: 'ask for a retrain',
    details: 'The lifecycle decides whether and when it starts.',
    example: 'perennial retrain bike-demand --wait --reason "new price list"',
    flags: (command) =>
      command
        .option('--as-of <time>', "event time to look from (default: the model's now)", instantText)
        .option('--wait', 'wait until it has ended; exit code 4 when there is no candidate')
        .option('--no-rollout', 'train, judge and register only')
        .option('--by <name>', 'who asks (default: PERENNIAL_BY, else the system user)')
        .option('--reason <text>', 'why; kept in the ledger'),
    action: ({ withClient, io, print }, [model = ''], flags) =>
      withClient(async (perennial) => {
        const retrain = perennial.retrain(model, flags);
        const result = await saying(io, `retrain of ${model}`, retrain, () => openProgress(perennial, model));
        print(result, () => retrainLines(result));
        return retrainExit(result);
      }),
  });
}

/** What became of a request for a retrain, in lines. */
export function retrainLines(result: RetrainResult): string[] {
  if ('because' in result) return [`${result.outcome}: ${result.because}`];
  if (result.report !== undefined) return reportLines(result.report);
  return [`${result.outcome}: ${result.run}, looking from ${shortTime(result.asOf)}`];
}

function reportLines(report: RetrainReport): string[] {
  const version = report.version === null ? '' : ` v${report.version.version}`;
  const outcome = report.reason ?? report.outcome;
  return [`${report.run}: ${outcome}${version} – ${report.because}`, ...gateLines(report.verdicts)];
}

/** The exit code of a request for a retrain. */
export function retrainExit(result: RetrainResult): ExitCode {
  if ('because' in result) return EXIT.refused;
  return result.report?.outcome === 'no-candidate' ? EXIT.withoutResult : EXIT.ok;
}
