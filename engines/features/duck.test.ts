import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { type DuckLimits, withDuck } from './duck.js';

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

describe('a query that runs into a limit', () => {
  /** 192 MB that nothing can make smaller. */
  const LARGE = 'create table t as select hash(range), hash(range + 1), random() from range(8000000)';
  const small = { ...limits, memoryLimit: '64MB' };
  const refusal = (given: DuckLimits, sql: string): Promise<unknown> =>
    withDuck(given, (duck) => duck.run(sql)).catch((error: unknown) => error);

  it('ends as out-of-memory when it needs more than may be spilled, and names what to raise', async () => {
    const list = "select len(list(repeat('x', 100) || range)) from range(5000000)";
    expect(await refusal(small, list)).toMatchObject({
      type: 'out-of-memory',
      refusal: { value: '64MB', next: expect.stringContaining('Raise PERENNIAL_DUCKDB_MEMORY') },
    });
  });

  it('ends as disk-full when it may spill no more, and names what to raise', async () => {
    expect(await refusal({ ...small, spillLimit: '20MB' }, LARGE)).toMatchObject({
      type: 'disk-full',
      refusal: { value: '20MB', next: expect.stringContaining('Raise PERENNIAL_SPILL_LIMIT') },
    });
    await expect(withDuck(small, (duck) => duck.run(LARGE))).resolves.toBeUndefined();
  });

  it('ends as disk-full when the disk of what it writes is full, and names the file', async () => {
    expect(await refusal(limits, "copy (select 1) to '/dev/full' (format csv)")).toMatchObject({
      type: 'disk-full',
      refusal: { thing: 'disk of /dev/full' },
    });
  });
});
