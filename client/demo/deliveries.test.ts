import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withDuck } from '../../engines/features/duck.js';
import { createDeliveries, writeWeek } from './deliveries.js';

const scratch = (): Promise<string> => mkdtemp(join(tmpdir(), 'perennial-deliveries-'));

const sha256 = async (path: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');

const largestTemp = (path: string): Promise<number> =>
  withDuck({ threads: 1, memoryLimit: '500MB', tempDirectory: '' }, async (duck) =>
    Number((await duck.row(`SELECT max("temp") AS t FROM read_parquet('${path}')`))['t']),
  );

describe('the demo data', () => {
  it('holds every hour with its inputs and its count', async () => {
    const rides = await (await createDeliveries({ dataRoot: await scratch() })).rides();
    expect(rides).toHaveLength(17_379);
    expect(rides[0]).toEqual({
      at: '2011-01-01T00:00:00.000Z',
      count: 16,
      inputs: {
        season: 1,
        mnth: 1,
        hr: 0,
        holiday: 0,
        weekday: 6,
        workingday: 0,
        weathersit: 1,
        temp: 0.24,
        atemp: 0.2879,
        hum: 0.81,
        windspeed: 0,
      },
    });
    expect(rides.at(-1)?.at).toBe('2012-12-31T23:00:00.000Z');
  });

  it('is written with equal bytes each time', async () => {
    const folder = await scratch();
    const digests = new Set<string>();
    for (const name of ['a', 'b']) {
      const path = join(folder, `${name}.parquet`);
      await writeWeek('2011-06-11T00:00:00.000Z', '2011-06-18T00:00:00.000Z', path);
      digests.add(await sha256(path));
    }
    expect(digests.size).toBe(1);
  });
});

describe('deliveries', () => {
  it('bring whole weeks, each once', async () => {
    const dataRoot = await scratch();
    const deliveries = await createDeliveries({ dataRoot });
    await deliveries.deliverUntil('2011-01-20T00:00:00.000Z');
    expect(await readdir(join(dataRoot, 'bike-demand'))).toEqual([
      '2011-01-01.parquet',
      '2011-01-08.parquet',
    ]);
    expect(await deliveries.deliverUntil('2011-01-21T00:00:00.000Z')).toEqual([]);
    expect(await deliveries.deliverUntil('2011-01-22T00:00:00.000Z')).toHaveLength(1);
  });

  it('bring one week in Fahrenheit and replace it with the next', async () => {
    const dataRoot = await scratch();
    const deliveries = await createDeliveries({
      dataRoot,
      fahrenheitWeekEndingAt: '2011-01-15T00:00:00.000Z',
    });
    const week = join(dataRoot, 'bike-demand', '2011-01-08.parquet');
    await deliveries.deliverUntil('2011-01-08T00:00:00.000Z');
    await deliveries.deliverUntil('2011-01-15T00:00:00.000Z');
    expect(await largestTemp(week)).toBeGreaterThan(20);
    await deliveries.deliverUntil('2011-01-22T00:00:00.000Z');
    expect(await largestTemp(week)).toBeLessThan(1);
  });
});
