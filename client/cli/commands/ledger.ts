import type { LedgerLine } from '../../../domain/ledger.js';
import { instantText } from '../arguments.js';
import type { Cli } from '../cli.js';
import { shortTime, versionText } from '../format.js';
import { NARROW, shorten, table, type Column } from '../table.js';

/** `perennial ledger <model>` */
export function addLedger(cli: Cli): void {
  cli.add<{ at?: string; full?: boolean }>({
    usage: 'ledger <model>',
    summary: 'every decision; `--at` says what served when',
    details: 'Who decided, why, on what evidence. Needs no server.',
    example: 'perennial ledger bike-demand --at 2012-03-01',
    flags: (command) =>
      command
        .option('--at <time>', 'which versions served at this event time', instantText)
        .option('--full', 'reasons in full instead of one line each'),
    action: ({ withClient, print, io }, [model = ''], { at, full }) =>
      withClient(async (perennial) => {
        if (at === undefined) {
          const lines = await perennial.ledger(model);
          print(lines, () => (full === true ? lines.flatMap(inFull) : listing(lines, io.width)));
          return undefined;
        }
        const shares = await perennial.servingAt(model, at);
        print(shares, () => [
          shares.length === 0
            ? `at ${shortTime(at)} no version of ${model} served`
            : `at ${shortTime(at)} served: ${shares.map(({ version, share }) => `v${version} (${Math.round(share * 100)} %)`).join(', ')}`,
        ]);
        return undefined;
      }),
  });
}

function listing(lines: readonly LedgerLine[], width: number): string[] {
  const narrow = width < NARROW;
  const what: Column<LedgerLine>[] = [
    { title: 'seq', of: ({ seq }) => String(seq), align: 'right' },
    { title: 'as of', of: ({ asOf }) => asOf?.slice(0, 10) ?? '–' },
    { title: 'decision', of: ({ kind }) => kind, ...(narrow && { cut: true }) },
    { title: 'on', of: ({ version }) => versionText(version) },
  ];
  const why: Column<LedgerLine>[] = [
    { title: 'who', of: ({ who }) => shorten(who, 14) },
    { title: 'why', of: ({ why }) => why, cut: true },
  ];
  return table<LedgerLine>(narrow ? what : [...what, ...why], lines, width);
}

function inFull(line: LedgerLine): string[] {
  const { seq, kind, who, why, asOf, version, effectiveFrom, run, decidedAt } = line;
  const facts = [
    `as of ${shortTime(asOf)}`,
    `decided ${decidedAt}`,
    ...(version === null ? [] : [versionText(version)]),
    ...(effectiveFrom === null ? [] : [`serving from ${shortTime(effectiveFrom)}`]),
    ...(run === null ? [] : [run]),
  ];
  return [`${seq} ${kind} by ${who}: ${why}`, `    ${facts.join(', ')}`];
}
