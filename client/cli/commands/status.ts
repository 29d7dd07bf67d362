import type { LedgerLine } from '../../../domain/ledger.js';
import type { LifecycleState } from '../../../domain/lifecycle-state.js';
import type { RolloutEvidence } from '../../sdk/answers.js';
import type { Perennial } from '../../sdk/perennial.js';
import type { ModelStatus } from '../../sdk/requests.js';
import type { Cli, Context } from '../cli.js';
import { gateLines, shortTime, versionText } from '../format.js';
import { estimateLine } from '../estimate-line.js';
import { shorten, table } from '../table.js';
import { saying } from '../waiting.js';

const RECENT = 8;

/** `perennial status [model]` */
export function addStatus(cli: Cli): void {
  cli.add<object>({
    usage: 'status [model]',
    summary: 'what serves, what is tried, what waits for whom',
    example: 'perennial status bike-demand',
    action: (context, [model]) =>
      context.withClient(async (perennial) => {
        if (model === undefined) await overview(perennial, context);
        else await oneModel(perennial, model, context);
        return undefined;
      }),
  });
}

async function overview(perennial: Perennial, { print, io, paint }: Context): Promise<void> {
  const names = await perennial.models();
  const states: LifecycleState[] = [];
  for (const name of names) states.push(await saying(io, `asking ${name}`, perennial.state(name)));
  print(states, () => {
    if (names.length === 0) return ['no model yet; create one with `perennial apply <spec>`'];
    const [head = '', ...lines] = table<LifecycleState>(
      [
        { title: 'model', of: ({ model }) => model },
        { title: 'champion', of: ({ aliases }) => versionText(aliases.champion?.version) },
        { title: 'challenger', of: ({ aliases }) => versionText(aliases.challenger?.version) },
        { title: 'now', of: (state) => shortTime(nowOf(state)) },
        { title: 'doing', of: doing, cut: true },
      ],
      states,
      io.width,
    );
    return [paint('dim', head), ...lines];
  });
}

async function oneModel(perennial: Perennial, model: string, context: Context): Promise<void> {
  const status = await saying(context.io, `asking ${model}`, perennial.status(model));
  const ledger = await perennial.ledger(model);
  context.print({ ...status, recent: ledger.slice(-RECENT) }, () => screen(status, ledger, context));
}

function screen(
  { model, state, rollout }: ModelStatus,
  ledger: readonly LedgerLine[],
  context: Context,
): string[] {
  const { paint, io } = context;
  const check = ledger.findLast((line) => line.kind === 'check');
  const { aliases, queue, outbox } = state;
  const estimated = estimateLine(check);
  const rows: [string, string][] = [
    ['champion', `${versionText(aliases.champion?.version)}${aliases.baking ? ' (baking)' : ''}`],
    ['challenger', versionText(aliases.challenger?.version)],
    ['previous', versionText(aliases.previous?.version)],
    ['now', shortTime(nowOf(state))],
    ['doing', doing(state)],
    [
      'queue',
      queue.length === 0
        ? 'empty'
        : queue.map(({ trigger, asOf }) => `${trigger} as of ${shortTime(asOf)}`).join(', '),
    ],
    ['last check', check === undefined ? 'none' : `as of ${shortTime(check.asOf)}: ${check.why}`],
    ...(estimated === undefined ? [] : ([['estimate', estimated]] satisfies [string, string][])),
    ...unservable(ledger, aliases).map((line): [string, string] => ['damaged', line.why]),
    ...(outbox.length === 0
      ? []
      : ([['store', `${outbox.length} ledger lines wait for it`]] satisfies [string, string][])),
  ];
  const lines = rows.map(([name, text]) => shorten(`  ${name.padEnd(11)}${text}`, io.width));
  return [
    paint('strong', model),
    ...lines,
    ...(rollout === null || state.openRollout?.waitingFor !== 'person'
      ? []
      : ['', ...question(model, rollout, context)]),
    '',
    ...recent(ledger, context),
  ];
}

/** Versions that replicas could not serve the last time they were asked to, newest first; what serves now is none of them. */
function unservable(ledger: readonly LedgerLine[], { champion }: LifecycleState['aliases']): LedgerLine[] {
  const newest = new Map<number, LedgerLine>();
  for (const line of ledger) {
    if (line.champion !== null) newest.delete(line.champion);
    if (line.kind === 'unservable' && line.version !== null) newest.set(line.version, line);
  }
  if (champion !== null) newest.delete(champion.version);
  return [...newest.values()].reverse();
}

function question(model: string, rollout: RolloutEvidence, { paint, io }: Context): string[] {
  return [
    paint(
      'attention',
      `${versionText(rollout.version)} waits for a person until ${shortTime(rollout.deadline)}`,
    ),
    ...gateLines(rollout.verdicts).map((line) => shorten(line, io.width)),
    `  perennial approve ${model}   or   perennial reject ${model}`,
  ];
}

function recent(ledger: readonly LedgerLine[], { io, paint }: Context): string[] {
  const [head = '', ...lines] = table<LedgerLine>(
    [
      { title: 'as of', of: ({ asOf }) => asOf?.slice(0, 10) ?? '–' },
      { title: 'decision', of: ({ kind }) => kind },
      { title: 'on', of: ({ version }) => versionText(version) },
      { title: 'who', of: ({ who }) => shorten(who, 14) },
      { title: 'why', of: ({ why }) => why, cut: true },
    ],
    ledger.slice(-RECENT),
    io.width,
  );
  return [paint('dim', head), ...lines];
}

function doing({ paused, openRetrain, openRollout }: LifecycleState): string {
  const parts = [
    ...(paused === null ? [] : [`paused by ${paused.by}`]),
    ...(openRetrain === null ? [] : [`${openRetrain.run} (${openRetrain.triggers.join(', ')})`]),
    ...(openRollout === null
      ? []
      : [`v${openRollout.version.version} in ${openRollout.phase}, waits for ${openRollout.waitingFor}`]),
  ];
  return parts.length === 0 ? 'watching' : parts.join('; ');
}

function nowOf({ watermark, newestSlot }: LifecycleState): string | null {
  return (
    [watermark, newestSlot]
      .filter((at) => at !== null)
      .sort()
      .at(-1) ?? null
  );
}
