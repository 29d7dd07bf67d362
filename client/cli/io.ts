import { styleText } from 'node:util';

/** Where a command writes, and how. Tests pass their own. */
export interface Io {
  /** One line (or block) of the result, on standard output. */
  out(text: string): void;
  /** One line for people beside the result (progress, hints), on standard error. */
  note(text: string): void;
  /** Whether a person watches standard output. */
  readonly tty: boolean;
  /** Columns of the terminal; 80 where there is none. */
  readonly width: number;
  readonly colours: boolean;
  readonly env: NodeJS.ProcessEnv;
}

/** Colours that carry meaning: good, bad, attention, secondary, heading. */
export type Tone = 'good' | 'bad' | 'attention' | 'dim' | 'strong';

const STYLE = { good: 'green', bad: 'red', attention: 'yellow', dim: 'dim', strong: 'bold' } as const;

/** Paints text when this output takes colours. Never the only carrier of a meaning. */
export type Paint = (tone: Tone, text: string) => string;

/** The painter of an output. */
export const painter =
  (io: Pick<Io, 'colours'>): Paint =>
  (tone, text) =>
    io.colours ? styleText(STYLE[tone], text, { validateStream: false }) : text;

/** Standard output and standard error of this process. Colours only on a terminal, and not with NO_COLOR or TERM=dumb. */
export function processIo(env: NodeJS.ProcessEnv = process.env): Io {
  const tty = process.stdout.isTTY === true;
  const forbidden = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return {
    out: (text) => void process.stdout.write(`${text}\n`),
    note: (text) => void process.stderr.write(`${text}\n`),
    tty,
    width: widthOf(process.stdout.columns),
    colours: tty && !forbidden,
    env,
  };
}

/** Pseudo-terminals may say that they are 0 columns wide: they do not know. */
const widthOf = (columns: number | undefined): number =>
  columns === undefined || columns < 20 ? 80 : columns;
