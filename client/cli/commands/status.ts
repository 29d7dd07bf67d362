import { PerennialError } from '../../../domain/errors.js';
import type { LedgerLine } from '../../../domain/ledger.js';
import { modelScreen } from '../../sdk/overview.js';
import type { ModelOverview, ModelScreen } from '../../sdk/overview-schema.js';
import type { Perennial } from '../../sdk/perennial.js';
import { errorLine, type Cli, type Context } from '../cli.js';
import { estimateLine } from '../estimate-line.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { gateLines, versionText } from '../format.js';
import { modelBlock } from '../model-block.js';
import { NARROW, shorten, table, wrap } from '../table.js';
import { saying } from '../waiting.js';

/** `perennial status [model]` */
export function addStatus(cli: Cli): void {
  cli.add<object>({
    usage: 'status [model]',
    summary: 'what serves, how well, what waits for whom',
    details:
      'One block per model: versions and since when, the last checks as bars (skill: loss / loss of the trivial baseline, lower is better), what waits for whom, what is due next, the last decision. Named, also the question and the newest ledger lines.',
    example: 'perennial status bike-demand',
    action: (context, [model]) =>
      context.withClient(async (perennial) => {
        if (model === undefined) return everyModel(perennial, context);
        await oneModel(perennial, model, context);
        return undefined;
      }),
  });
}

async function everyModel(perennial: Perennial, context: Context): Promise<ExitCode> {
  const names = await perennial.models();
  const all: ModelOverview[] = [];
  const gone: { model: string; error: { type: string; message: string } }[] = [];
  for (const name of names) {
    const screen = await saying(context.io, `asking ${name}`, screenOf(perennial, name));
    if (screen instanceof PerennialError) {
      gone.push({ model: name, error: { type: screen.type, message: screen.message } });
      continue;
    }
    const { evidence: _evidence, recent: _recent, state: _state, ...overview } = screen;
    all.push(overview);
  }
  context.print([...all, ...gone], () => {
    if (names.length === 0) return ['no model yet; create one with `perennial apply <spec>`'];
    return all.flatMap((overview, i) => [...(i === 0 ? [] : ['']), ...blockOf(overview, context)]);
  });
  for (const { error } of gone) context.io.note(errorLine(context.io, error.type, error.message));
  return gone.length === 0 ? EXIT.ok : EXIT.error;
}

/** One model that does not run here hides no other. */
async function screenOf(perennial: Perennial, model: string): Promise<ModelScreen | PerennialError> {
  try {
    return await modelScreen(perennial, model);
  } catch (error) {
    if (error instanceof PerennialError && error.type === 'model-not-running') return error;
    throw error;
  }
}

async function oneModel(perennial: Perennial, model: string, context: Context): Promise<void> {
  const screen = await saying(context.io, `asking ${model}`, modelScreen(perennial, model));
  context.print(screen, () => [
    ...blockOf(screen, context),
    ...estimate(screen, context),
    ...question(screen, context),
    '',
    ...recent(screen.recent, context),
  ]);
}

const blockOf = (overview: ModelOverview, { io, paint }: Context): string[] =>
  modelBlock(overview, { io, paint, now: Date.now() });

function estimate({ recent }: ModelScreen, { io }: Context): string[] {
  const line = estimateLine(recent.findLast(({ kind }) => kind === 'check'));
  return line === undefined ? [] : [shorten(`  estimate   ${line}`, io.width)];
}

function question({ model, waiting, evidence }: ModelScreen, { paint, io }: Context): string[] {
  if (waiting?.for !== 'person' || evidence === null) return [];
  return [
    '',
    paint('attention', `${versionText(waiting.version)} waits for a person`),
    ...gateLines(evidence.verdicts).map((line) => shorten(line, io.width)),
    ...wrap(`perennial approve ${model}`, io.width - 2).map((line) => `  ${line}`),
    ...wrap(`perennial reject ${model} --reason "…"`, io.width - 2).map((line) => `  ${line}`),
  ];
}

function recent(ledger: readonly LedgerLine[], { io, paint }: Context): string[] {
  const narrow = io.width < NARROW;
  const [head = '', ...lines] = table<LedgerLine>(
    [
      { title: 'as of', of: ({ asOf }) => asOf?.slice(0, 10) ?? '–' },
      { title: 'decision', of: ({ kind }) => kind, ...(narrow && { cut: true }) },
      { title: 'on', of: ({ version }) => versionText(version) },
      ...(narrow
        ? []
        : [
            { title: 'who', of: ({ who }: LedgerLine) => shorten(who, 14) },
            { title: 'why', of: ({ why }: LedgerLine) => why, cut: true },
          ]),
    ],
    ledger,
    io.width,
  );
  return [paint('dim', head), ...lines];
}
