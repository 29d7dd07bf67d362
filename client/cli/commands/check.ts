import type { CheckReport } from '../../../domain/reports.js';
import { instantText } from '../arguments.js';
import type { Cli } from '../cli.js';
import { shortTime, versionText } from '../format.js';
import { saying } from '../waiting.js';

/** `perennial check <model>` */
export function addCheck(cli: Cli): void {
  cli.add<{ asOf?: string }>({
    usage: 'check <model>',
    summary: 'run the monitor now',
    details: 'Measures drift and performance of what is serving; the lifecycle decides what follows.',
    example: 'perennial check bike-demand',
    flags: (command) =>
      command.option('--as-of <time>', "event time to look from (default: the model's now)", instantText),
    action: ({ withClient, io, print, paint }, [model = ''], { asOf }) =>
      withClient(async (perennial) => {
        const report = await saying(io, `check of ${model}`, perennial.check(model, { asOf }));
        print(report, () => lines(report).map((line, i) => (i === 0 ? paint('strong', line) : line)));
        return undefined;
      }),
  });
}

function lines(report: CheckReport): string[] {
  const head = `check as of ${shortTime(report.asOf)}, champion ${versionText(report.champion)}, log complete to ${shortTime(report.watermark)}`;
  const warnings = (report.warnings ?? []).map((warning) => `  look at this: ${warning}`);
  if (report.triggers.length === 0) return [head, '  no trigger to measure', ...warnings];
  const rows = report.triggers.map(({ kind, name, outcome, action, because }) => {
    const then = outcome === 'fired' ? ` → ${action}` : '';
    return `  ${outcome.padEnd(14)} ${name === undefined ? kind : `${kind} ${name}`}${then}: ${because}`;
  });
  return [head, ...rows, ...warnings];
}
