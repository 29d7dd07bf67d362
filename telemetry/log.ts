import { pino, type Logger } from 'pino';
import { PerennialError } from '../domain/errors.js';
import { createHider } from './hidden.js';
import { readLogConfig } from './log-environment.js';
import { textLine } from './text-line.js';

/** Where a log goes, and how. Tests give their own. */
export interface LogTarget {
  readonly env: NodeJS.ProcessEnv;
  /** Whether a person reads along. */
  readonly tty: boolean;
  write(line: string): void;
}

/** Standard error of this process. Written at once: the last line before an end is there. */
export function standardError(): LogTarget {
  const out = pino.destination({ dest: 2, sync: true });
  // Nobody reads any more: what is said is lost, and nothing else.
  out.on('error', () => undefined);
  return { env: process.env, tty: process.stderr.isTTY === true, write: (line) => void out.write(line) };
}

/**
 * The log of a process: one JSON object per line (`level`, `time`, `pid`, `name`, `msg`, and what the line is about; docs/logs.md), or
 * text on a terminal. Secrets of the environment are hidden in every line. Throws `environment-invalid` for a level or format that is
 * none.
 */
export function createLog(name: 'worker' | 'serving', target: LogTarget = standardError()): Logger {
  const { level, format } = readLogConfig(target.env);
  const hide = createHider(target.env);
  const asText = format === 'text' || (format === 'auto' && target.tty);
  const colours = target.tty && !target.env['NO_COLOR'] && target.env['TERM'] !== 'dumb';
  const options = {
    ...{ level, base: { pid: process.pid, name }, timestamp: pino.stdTimeFunctions.isoTime },
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: shownError },
  };
  return pino(options, {
    // Hidden before it is laid out: a secret of several lines is then still one.
    write: (line) => target.write(asText ? textLine(hide(line), colours) : hide(line)),
  });
}

/** An error by its code and its words, a fault also by where it was thrown; nothing else that it holds. */
function shownError(error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  const type = 'type' in error && typeof error.type === 'string' ? error.type : error.name;
  // A refusal says all in its words; where it was thrown helps nobody.
  const { stack } = error instanceof PerennialError ? {} : error;
  return { type, message: error.message, ...(stack && { stack }) };
}
