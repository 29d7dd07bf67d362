import type { LedgerLine } from '../../domain/ledger.js';
import type { Io, Tone } from '../cli/io.js';
import { painter } from '../cli/io.js';
import { shorten, wrap } from '../cli/table.js';

/** What the demo shows while it runs. */
export interface Timeline {
  /** A chapter of the story. */
  chapter(title: string): void;
  /** One event, with the event time at which it happened. */
  event(at: string | null, tone: Tone, what: string, why?: string): void;
  /** One ledger line, unless it only says that nothing happened. */
  ledger(line: LedgerLine): void;
  /** The line at the bottom of a terminal: overwritten by the next; a log gets none. */
  progress(text: string): void;
  /** Lines as they are. */
  lines(lines: readonly string[]): void;
}

const DATE_WIDTH = 12;

/** A timeline that writes to `write`; the bottom line only when a person watches. */
export function createTimeline(io: Io, write: (text: string) => void): Timeline {
  const paint = painter(io);
  let bottom = false;
  const clear = (): void => {
    if (bottom) process.stdout.write('\r\u001B[2K');
    bottom = false;
  };
  const put = (text: string): void => {
    clear();
    write(text);
  };
  const event: Timeline['event'] = (at, tone, what, why) => {
    const date = (at ?? '').slice(0, 10).padEnd(DATE_WIDTH);
    put(`${paint('dim', date)}${paint(tone, what)}`);
    if (why === undefined || why === '') return;
    for (const line of wrap(why, Math.max(40, Math.min(io.width, 110) - DATE_WIDTH - 2))) {
      put(`${' '.repeat(DATE_WIDTH + 2)}${paint('dim', line)}`);
    }
  };
  return {
    event,
    chapter: (title) => put(`\n${paint('strong', title)}`),
    lines: (lines) => put(lines.join('\n')),
    ledger: (line) => showLedger(line, event),
    progress(text) {
      if (!io.tty) return;
      clear();
      process.stdout.write(shorten(text, io.width - 1));
      bottom = true;
    },
  };
}

/** How a kind of ledger line is shown; kinds that are not listed only repeat what others say. */
function showLedger(line: LedgerLine, event: Timeline['event']): void {
  const { kind, asOf, effectiveFrom, who, why, run } = line;
  const version = `v${line.version ?? '?'}`;
  const serves = effectiveFrom === null ? '' : `, serves from ${effectiveFrom.slice(0, 10)}`;
  switch (kind) {
    case 'retrain-requested':
      return event(asOf, 'strong', `${run ?? 'retrain'} asked by ${who}`, why);
    case 'retrain-refused':
      return event(asOf, 'dim', `retrain refused (${who})`, why);
    case 'retrain-ended':
      if (line.version !== null && isCandidate(why))
        return event(asOf, 'good', `${run ?? ''} gives candidate ${version}`, why);
      return event(asOf, 'bad', `${run ?? ''} gives no candidate`, why);
    case 'first':
      return event(
        effectiveFrom ?? asOf,
        'good',
        `${version} is the first champion, decided by ${who}${serves}`,
      );
    case 'promoted':
      return event(effectiveFrom ?? asOf, 'good', `${version} promoted by ${who}${serves}`);
    case 'operator-promoted':
      return event(effectiveFrom ?? asOf, 'attention', `${version} forced in by ${who}${serves}`, why);
    case 'rolled-back':
      return event(effectiveFrom ?? asOf, 'bad', `${version} rolled back by ${who}${serves}`, why);
    case 'bake-ended':
      return event(asOf, 'good', `${version} passed its bake`, why);
    case 'rollout-ended':
      if (!/^(promoted|rolled-back)/.test(why)) event(asOf, 'attention', `rollout of ${version} ended`, why);
      return;
    case 'lost':
      return event(asOf, 'bad', `${run ?? 'a run'} was lost`, why);
    default:
      return;
  }
}

const REASONS =
  /^(contract-broken|source-|leak|not-enough|gates-failed|inconclusive|not-better|ruled-out|same-as|training-failed|out-of-memory|disk-full|cancelled|artifact-|registry-corrupt|unusable)/;
const isCandidate = (why: string): boolean => !REASONS.test(why);
