import { styleText } from 'node:util';

const TONE = {
  trace: 'dim',
  debug: 'dim',
  info: 'green',
  warn: 'yellow',
  error: 'red',
  fatal: 'red',
} as const;
type Level = keyof typeof TONE;

/** One line of the log for people: time, level, message, then what else is known. A line that is no JSON stays as it is. */
export function textLine(json: string, colours: boolean): string {
  const fields = parse(json);
  if (fields === undefined) return json;
  const { level, time, msg, pid: _pid, name: _name, err, ...rest } = fields;
  const paint = (tone: (typeof TONE)[Level], text: string): string =>
    colours ? styleText(tone, text, { validateStream: false }) : text;
  const shown = String(level).toUpperCase().padEnd(5);
  const head = `${String(time).slice(11, 23)} ${isLevel(level) ? paint(TONE[level], shown) : shown} ${String(msg)}`;
  const more = Object.entries(rest).map(([name, value]) => `${name}=${plain(value)}`);
  const line = more.length === 0 ? head : `${head}  ${paint('dim', more.join(' '))}`;
  const below = err === undefined ? '' : stackOf(err);
  return below === '' || below.trim() === String(msg) ? `${line}\n` : `${line}\n${below}\n`;
}

const isLevel = (level: unknown): level is Level => typeof level === 'string' && level in TONE;

const plain = (value: unknown): string =>
  typeof value === 'string' && /^[\w./:@+-]+$/.test(value) ? value : JSON.stringify(value);

function stackOf(err: unknown): string {
  if (typeof err !== 'object' || err === null) return `  ${plain(err)}`;
  const text = 'stack' in err && err.stack ? err.stack : 'message' in err ? err.message : JSON.stringify(err);
  return String(text).replaceAll(/^/gm, '  ');
}

function parse(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
