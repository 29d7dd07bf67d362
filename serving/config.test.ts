import { describe, expect, it } from 'vitest';
import { readConfig } from './config.js';

const needed = { PERENNIAL_STORE: '/srv/store', PERENNIAL_SPOOL: '/srv/spool' };

describe('the serving configuration', () => {
  it('listens on loopback, on any free port, by the wall clock, unless told otherwise', () => {
    expect(readConfig(needed)).toMatchObject({ host: '127.0.0.1', port: 0, clock: 'wall', token: undefined });
  });

  it('counts an empty variable as absent', () => {
    expect(readConfig({ ...needed, PERENNIAL_SERVING_TOKEN: '', PORT: '' })).toMatchObject({ port: 0 });
  });

  it.each(['0.0.0.0', '::', '10.0.0.7', 'serving.example'])(
    'refuses to listen on %s without a token',
    (host) => {
      expect(() => readConfig({ ...needed, PERENNIAL_SERVING_HOST: host })).toThrow(
        `PERENNIAL_SERVING_HOST is '${host}'; expected a loopback address`,
      );
    },
  );

  it('listens anywhere with a token', () => {
    const env = {
      ...needed,
      PERENNIAL_SERVING_HOST: '0.0.0.0',
      PERENNIAL_SERVING_TOKEN: 'a-long-enough-secret',
    };
    expect(readConfig(env).host).toBe('0.0.0.0');
  });

  it.each([
    ['PERENNIAL_STORE', '', '(not set)'],
    ['PERENNIAL_SPOOL', '', '(not set)'],
    ['PORT', '70000', '70000'],
    ['PORT', 'http', 'http'],
    ['PERENNIAL_CLOCK', 'sundial', 'sundial'],
    ['PERENNIAL_REPLICA', '../x', '../x'],
    ['PERENNIAL_POLL_MS', '1.5', '1.5'],
    ['PERENNIAL_FLUSH_MS', '0', '0'],
    ['PERENNIAL_BODY_LIMIT', '1e12', '1e12'],
    ['PERENNIAL_FEEDBACK_PER_MINUTE', '100', '100'],
  ])('names %s when it is %j', (name, value, shown) => {
    expect(() => readConfig({ ...needed, [name]: value })).toThrow(
      `environment variable ${name} is '${shown}'; expected`,
    );
  });

  it('never shows a token, not even a wrong one', () => {
    expect(() => readConfig({ ...needed, PERENNIAL_SERVING_TOKEN: 'hunter2' })).toThrow(
      "environment variable PERENNIAL_SERVING_TOKEN is '(not shown)'; expected a secret of at least 16 characters",
    );
  });
});
