import type { CheckPoint, ModelOverview } from '../sdk/overview-schema.js';
import { shortTime } from './format.js';
import { progressLine } from './progress-line.js';
import type { Io, Paint } from './io.js';
import { bars } from './statistics.js';
import { wrap } from './table.js';

const LABEL = 11;

/** Where a block is shown. */
export interface BlockSetting {
  readonly io: Pick<Io, 'width'>;
  readonly paint: Paint;
  /** Wall clock, epoch milliseconds. */
  readonly now: number;
}

/** A model in a few lines, each at most as wide as the terminal: what serves, how well, what waits for whom, what comes next. */
export function modelBlock(overview: ModelOverview, { io, paint, now }: BlockSetting): string[] {
  const ago = (since: string | null): string => (since === null ? '' : age(now - Date.parse(since)));
  const rows: (readonly [string, string])[] = [
    ['champion', championText(overview, ago)],
    ...challengerRow(overview, ago),
    ...(overview.previous === null ? [] : [['previous', `v${overview.previous.version}`] as const]),
    ...checkRows(overview.checks, io.width - LABEL - 2),
    ...doingRows(overview, ago),
    ...waitRow(overview, ago),
    ['next', nextText(overview, now)],
    ...lastRow(overview, ago),
    ...overview.unservable.map((why) => ['damaged', why] as const),
    ...(overview.unwritten === 0
      ? []
      : [['store', `away: ${overview.unwritten} ledger lines wait for it`] as const]),
    ...(overview.untold === 0
      ? []
      : [['untold', `${overview.untold} in 7 d did not reach a webhook: perennial notify`] as const]),
  ];
  const asked = overview.waiting?.for === 'person';
  const title = `${overview.model}${overview.now === null ? '' : ` at ${shortTime(overview.now)}`}`;
  return [
    ...wrap(title, io.width).map((line) => paint('strong', line)),
    ...rows.flatMap(([name, text]) => {
      const tone = name === 'waits' && asked ? 'attention' : BAD.has(name) ? 'bad' : undefined;
      const lines = labelled(name, text, io.width);
      return tone === undefined ? lines : lines.map((line) => paint(tone, line));
    }),
  ];
}

const BAD: ReadonlySet<string> = new Set(['damaged', 'store', 'untold']);

function labelled(name: string, text: string, width: number): string[] {
  // The bars hold blanks that wrapping would lose.
  const lines = text.length <= width - LABEL - 2 ? [text] : wrap(text, width - LABEL - 2);
  return lines.map((line, i) => `  ${(i === 0 ? name : '').padEnd(LABEL)}${line}`);
}

function championText({ champion, baking }: ModelOverview, ago: (since: string | null) => string): string {
  if (champion === null) return 'none yet';
  const since = champion.since === null ? '' : `, serving for ${ago(champion.since)}`;
  return `v${champion.version}${since}${baking ? ', in bake' : ''}`;
}

function challengerRow(
  { challenger, rollout }: ModelOverview,
  ago: (since: string | null) => string,
): (readonly [string, string])[] {
  if (challenger === null) return [];
  const phase = rollout === null ? '' : `, in ${rollout.phase} for ${ago(rollout.since)}`;
  return [['challenger', `v${challenger.version}${phase}`]];
}

/** The last checks as bars: skill, else error; and drift where it is measured. */
function checkRows(checks: readonly CheckPoint[], room: number): (readonly [string, string])[] {
  const last = checks.at(-1);
  if (last === undefined) return [['checks', 'none yet']];
  const of = (value: (check: CheckPoint) => number | null): (number | null)[] => checks.map(value);
  const fired = Object.entries(last.outcomes).flatMap(([name, outcome]) =>
    outcome === 'fired' ? [name] : [],
  );
  const release = last.skillAtRelease === null ? '' : `, ${short(last.skillAtRelease)} at release`;
  const rows: (readonly [string, string])[] = [
    ...bar(
      'skill',
      of(({ skill }) => skill),
      (value) => `${short(value)}${release}`,
      room,
    ),
    ...bar(
      'error',
      of(({ error }) => error),
      (value) => short(value),
      room,
    ),
    ...bar(
      'drift',
      of(({ driftShare }) => driftShare),
      (value) => `${Math.round(value * 100)} % of features`,
      room,
    ),
  ];
  const said = Object.entries(last.outcomes)
    .map(([name, outcome]) => `${name} ${outcome}`)
    .join(', ');
  const outcome = fired.length === 0 ? said || 'nothing looks at data' : `${fired.join(', ')} fired`;
  return [...rows, ['last check', `as of ${shortTime(last.asOf)}: ${outcome}`]];
}

const LEAST_BARS = 3;
const short = (value: number): string => String(Number(value.toPrecision(3)));

function bar(
  name: string,
  values: readonly (number | null)[],
  tell: (value: number) => string,
  room: number,
): (readonly [string, string])[] {
  const last = values.findLast((value) => value !== null);
  if (last === undefined || last === null) return [];
  const told = tell(last);
  // The bars are worth more than what can be left out.
  const text = told.length + LEAST_BARS < room ? told : (told.split(',')[0] ?? told);
  const points = Math.min(values.length, room - text.length - 1);
  const drawn = points < LEAST_BARS ? '' : bars(values.slice(-points)).trim();
  return [[name, drawn === '' ? text : `${drawn} ${text}`]];
}

function doingRows(
  { paused, retrain, queued }: ModelOverview,
  ago: (since: string | null) => string,
): (readonly [string, string])[] {
  return [
    ...(paused === null
      ? []
      : [
          [
            'paused',
            `by ${paused.by} for ${ago(paused.since)}${paused.reason === '' ? '' : `: ${paused.reason}`}`,
          ] as const,
        ]),
    ...(retrain === null
      ? []
      : [
          ['retrain', `${retrain.run} for ${ago(retrain.since)} (${retrain.triggers.join(', ')})`] as const,
          ...progressRow(retrain.steps),
        ]),
    ...(queued === 0
      ? []
      : [['queue', `${queued} request${queued === 1 ? '' : 's'} for a retrain`] as const]),
  ];
}

function progressRow(steps: NonNullable<ModelOverview['retrain']>['steps']): (readonly [string, string])[] {
  const line = progressLine(steps);
  return line === undefined ? [] : [['progress', line]];
}

const WAITS = { 'event-time': 'event time', machine: 'work in progress' } as const;

function waitRow(
  { waiting }: ModelOverview,
  ago: (since: string | null) => string,
): (readonly [string, string])[] {
  if (waiting === null) return [];
  const far = `${ago(waiting.since)} so far`;
  if (waiting.for !== 'person') return [['waits', `v${waiting.version} for ${WAITS[waiting.for]}, ${far}`]];
  const who = waiting.who.length === 0 ? 'a person' : waiting.who.join(' or ');
  const until = waiting.until === null ? '' : `, until ${shortTime(waiting.until)}`;
  return [['waits', `for ${who} to decide on v${waiting.version}, ${far}${until}`]];
}

function nextText({ next, paused }: ModelOverview, now: number): string {
  const due = (at: string | null): string =>
    at === null ? 'not scheduled' : `in ${age(Date.parse(at) - now)}`;
  const retrain = paused === null ? due(next.retrain) : 'held by the pause';
  return `check ${due(next.check)}, retrain ${retrain}`;
}

function lastRow(
  { lastDecision }: ModelOverview,
  ago: (since: string | null) => string,
): (readonly [string, string])[] {
  if (lastDecision === null) return [];
  const { kind, version, who, why, at } = lastDecision;
  const of = version === null ? '' : ` v${version}`;
  const short = why.length > 120 ? `${why.slice(0, 119)}…` : why;
  return [['decided', `${kind}${of} ${ago(at)} ago by ${who}${short === '' ? '' : `: ${short}`}`]];
}

const UNITS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
] as const;

/** A span in its largest unit, from seconds to days: `12 d`, `3 h`, `5 min`, `40 s`. */
export function age(ms: number): string {
  const [size, unit] = UNITS.find(([least]) => ms >= least) ?? [1000, 's'];
  return `${Math.max(0, Math.floor(ms / size))} ${unit}`;
}
