import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { PerennialError } from '../domain/errors.js';
import { scratchFolder } from '../storage/fixtures.js';
import { createLog } from './log.js';

/** A log and the lines that it has written. */
function keptLog(env: NodeJS.ProcessEnv = {}, tty = false) {
  const lines: string[] = [];
  const log = createLog('worker', { env, tty, write: (line) => void lines.push(line) });
  return { log, lines, parsed: () => lines.map((line): unknown => JSON.parse(line)) };
}

const refusal = { type: 'disk-full', thing: 'disk', value: 0, allowed: 'room', next: 'Free space.' };

describe('a log', () => {
  it('is one object per line, with level, time and name', () => {
    const { log, parsed } = keptLog();
    log.warn({ model: 'bike-demand', attempt: 2 }, 'the store is away');
    expect(parsed()).toEqual([
      {
        ...{ level: 'warn', pid: process.pid, name: 'worker', msg: 'the store is away' },
        ...{ time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/), model: 'bike-demand', attempt: 2 },
      },
    ]);
  });

  it('tells an error by its code and its words, a fault also by its stack, and nothing else that it holds', () => {
    const { log, parsed } = keptLog();
    log.error({ err: new PerennialError(refusal) }, 'failed');
    log.error({ err: Object.assign(new Error('a fault'), { row: 'private' }) }, 'failed');
    log.error({ err: 'text' }, 'failed');
    expect(parsed().map((line) => (line as { err: unknown }).err)).toEqual([
      { type: 'disk-full', message: expect.stringContaining('disk is 0') },
      { type: 'Error', message: 'a fault', stack: expect.stringContaining('log.test.ts') },
      { type: 'string', message: 'text' },
    ]);
  });

  it('is as loud as PERENNIAL_LOG_LEVEL says', () => {
    const said = (PERENNIAL_LOG_LEVEL: string): number => {
      const { log, lines } = keptLog({ PERENNIAL_LOG_LEVEL });
      for (const level of ['debug', 'info', 'error'] as const) log[level]('a line');
      return lines.length;
    };
    expect([said(''), said('debug'), said('error'), said('silent')]).toEqual([2, 3, 1, 0]);
  });

  it.each([
    ['PERENNIAL_LOG_LEVEL', 'loud', "PERENNIAL_LOG_LEVEL is 'loud'; expected trace, debug, info,"],
    ['PERENNIAL_LOG_FORMAT', 'xml', "PERENNIAL_LOG_FORMAT is 'xml'; expected auto, json, text"],
  ])('refuses %s=%s', (name, value, words) => {
    expect(() => keptLog({ [name]: value })).toThrow(words);
  });
});

describe('a log on a terminal', () => {
  it('is text: time, level, words, then what they are about', () => {
    const { log, lines } = keptLog({ NO_COLOR: '1' }, true);
    log.info({ model: 'bike-demand', reason: 'two words' }, 'aliases obeyed');
    expect(lines.join('')).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} INFO {2}aliases obeyed {2}model=bike-demand reason="two words"\n$/,
    );
  });

  it('shows a stack below, a refusal in one line, and colours unless they are unwanted', () => {
    const { log, lines } = keptLog({}, true);
    log.error({ err: new Error('a fault') }, 'failed');
    expect(lines[0]).toContain('\u001B[31mERROR\u001B[39m failed\n  Error: a fault\n');
    const { message } = new PerennialError(refusal);
    log.fatal({ err: new PerennialError(refusal) }, message);
    expect(lines[1]).toMatch(/^[^\n]*disk is 0[^\n]*\n$/);
  });

  it('is JSON when PERENNIAL_LOG_FORMAT says so, and text elsewhere likewise', () => {
    const json = keptLog({ PERENNIAL_LOG_FORMAT: 'json' }, true);
    const text = keptLog({ PERENNIAL_LOG_FORMAT: 'text' });
    for (const { log } of [json, text]) log.info('a line');
    expect(json.parsed()).toMatchObject([{ msg: 'a line' }]);
    expect(text.lines.join('')).toMatch(/ INFO {2}a line\n$/);
  });
});

describe('secrets', () => {
  const env = {
    PERENNIAL_SERVING_TOKEN: 'sesame-open',
    PERENNIAL_PAYLOAD_KEYS: 'k1:bm90LWEta2V5,k0:b2xkLWtleQ==',
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Basic b3BzOnB3',
    AWS_SECRET_ACCESS_KEY: 'with"quote',
    PERENNIAL_WEBHOOKS:
      '[{"name":"ops","kind":"generic","urlFrom":"OPS_URL"},{"url":"https://chat.example/t1"}]',
    OPS_URL: 'http://chat.example/hooks/t0p',
    SHORT_TOKEN: 'a',
  };

  it.each([
    ['sesame-open'],
    ['bm90LWEta2V5'],
    ['b2xkLWtleQ=='],
    ['Basic b3BzOnB3'],
    ['with"quote'],
    ['http://chat.example/hooks/t0p'],
    ['https://chat.example/t1'],
    ['https://ada:pass@store.example/bucket'],
  ])('never get into a line: %s', (secret) => {
    const { log, lines } = keptLog(env);
    log.warn({ reason: `before ${secret} after`, err: new Error(secret) }, `said ${secret}`);
    const [line = ''] = lines;
    expect(line).not.toContain(secret);
    expect(line).not.toContain(JSON.stringify(secret).slice(1, -1));
    expect(line).not.toContain('pass@');
    expect(JSON.parse(line)).toMatchObject({ reason: expect.stringMatching(/^before .* after$/) });
  });

  it.each(['- url: https://chat.example/t2\n  urlFrom: OPS_URL', '[{"url": "https://chat.example/t2"}]'])(
    'are hidden when a file holds the webhooks: %j',
    (text) => {
      const folder = scratchFolder();
      onTestFinished(() => folder.remove());
      const file = join(folder.path, 'webhooks.yaml');
      writeFileSync(file, text);
      const { log, lines } = keptLog({ PERENNIAL_WEBHOOKS: file });
      log.warn('told https://chat.example/t2');
      expect(lines.join('')).not.toContain('t2');
    },
  );

  it('of several lines are hidden on a terminal, too', () => {
    const { log, lines } = keptLog({ TEMPORAL_TLS_CLIENT_KEY_DATA: '-----BEGIN\nabcdefgh\n-----END' }, true);
    log.error({ err: new Error('cannot read -----BEGIN\nabcdefgh\n-----END') }, 'failed');
    expect(lines.join('')).not.toContain('abcdefgh');
  });

  it('hide no ordinary words', () => {
    const { log, lines } = keptLog(env);
    log.warn('generic ops: a b@c 12:30');
    expect(lines[0]).toContain('generic ops: a b@c 12:30');
  });
});
