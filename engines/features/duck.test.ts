import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { withDuck } from './duck.js';

const limits = { threads: 1, memoryLimit: '500MB', tempDirectory: tmpdir() };
/** Hours of work in one statement. */
const ENDLESS = 'select sum(a.range * b.range) as n from range(10000000) a, range(10000000) b';
const reason = new Error('cancelled by hand');

describe('a database that is told to stop', () => {
  it.each([
    ['rows', (sql: string, signal: AbortSignal) => withDuck({ ...limits, signal }, (duck) => duck.rows(sql))],
    ['run', (sql: string, signal: AbortSignal) => withDuck({ ...limits, signal }, (duck) => duck.run(sql))],
    [
      'stream',
      (sql: string, signal: AbortSignal) =>
        withDuck({ ...limits, signal }, (duck) => duck.stream(sql, () => undefined)),
    ],
  ])('interrupts %s within a second, with the reason', async (_, work) => {
    const stop = new AbortController();
    const working = work(ENDLESS, stop.signal);
    let stoppedAt = 0;
    setTimeout(() => {
      stoppedAt = performance.now();
      stop.abort(reason);
    }, 200);
    await expect(working).rejects.toBe(reason);
    expect(performance.now() - stoppedAt).toBeLessThan(1000);
  });

  it('begins nothing afterwards, and leaves others alone', async () => {
    const stop = new AbortController();
    const aborted = withDuck({ ...limits, signal: stop.signal }, async (duck) => {
      stop.abort(reason);
      await duck.rows('select 1 as n');
    });
    await expect(aborted).rejects.toBe(reason);
    expect(await withDuck(limits, (duck) => duck.row('select 1 as n'))).toEqual({ n: 1 });
  });
});
