import type { Delivery } from '../../../domain/notification.js';
import { notifications, testNotifications, type Notified } from '../../sdk/notifications.js';
import { howMany } from '../arguments.js';
import type { Cli, Context } from '../cli.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { shortTime } from '../format.js';
import { table } from '../table.js';
import { saying } from '../waiting.js';

interface NotifyFlags {
  readonly test?: true;
  readonly by?: string;
  readonly limit: number;
}

/** `perennial notify [model]` */
export function addNotify(cli: Cli): void {
  cli.add<NotifyFlags>({
    usage: 'notify [model]',
    summary: 'whom webhooks told of what, and whether it arrived',
    details:
      'With `--test`: sends a message to every webhook of the worker. Exit code 1 when one did not arrive.',
    example: 'perennial notify --test',
    flags: (command) =>
      command
        .option('--test', 'send a test message to every webhook of the worker')
        .option('--by <name>', 'in whose name the test is sent (default: PERENNIAL_BY, else the system user)')
        .option('--limit <number>', 'how many events to list', howMany, 20),
    action: (context, [model], flags) =>
      flags.test === true ? test(context, flags) : list(context, model, flags),
  });
}

function test({ withClient, io, print }: Context, { by }: NotifyFlags): Promise<ExitCode> {
  return withClient(async (perennial) => {
    const report = await saying(io, 'telling every webhook', testNotifications(perennial, { by }));
    print(report, () => report.deliveries.map(sentence));
    return report.deliveries.every(({ outcome }) => outcome === 'delivered') ? EXIT.ok : EXIT.error;
  });
}

const sentence = ({ hook, outcome, because }: Delivery): string =>
  `${hook}: ${outcome}${because === undefined ? '' : ` (${because})`}`;

function list(
  { withClient, io, print }: Context,
  model: string | undefined,
  { limit }: NotifyFlags,
): Promise<undefined> {
  return withClient(async (perennial) => {
    const found = await saying(io, 'reading what was told', notifications(perennial, { model, limit }));
    print(found, () => (found.length === 0 ? ['nobody was told of anything'] : lines(found, io.width)));
    return undefined;
  });
}

const lines = (found: readonly Notified[], width: number): string[] =>
  table<Notified>(
    [
      { title: 'when', of: ({ at }) => shortTime(at) },
      { title: 'event', of: ({ event }) => event },
      { title: 'about', of: aboutOf },
      { title: 'state', of: ({ state }) => state },
      { title: 'webhooks', of: saidOf, cut: true },
    ],
    found,
    width,
  );

/** `m v3` of a question about a version, `m line 12` of a line of the ledger; nothing of a test. */
function aboutOf({ id }: Notified): string {
  const [first = '', second = '', third = ''] = id.split('/');
  if (third === '') return '';
  return id.endsWith('/approval-waiting') ? `${second} v${third}` : `${first} line ${second}`;
}

const saidOf = ({ deliveries, retrying }: Notified): string =>
  retrying.length > 0 ? retrying.join('; ') : deliveries.map(sentence).join('; ');
