import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFeatureEngine } from './feature-engine.js';
import { AS_OF, hourlyCsv, makeFixture, makeSpec } from './feature-fixture.js';

const sha256 = async (path: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');

describe('a snapshot', () => {
  it('holds the rows of each block and nothing of the gaps', async () => {
    const { engine, folder, write } = await makeFixture();
    await write('rows.csv', hourlyCsv());
    const spec = makeSpec();
    const source = await engine.freezeSource({ spec, asOf: AS_OF });
    const plan = engine.planWindow({ spec, asOf: AS_OF });
    const snapshot = await engine.takeSnapshot({ spec, source, plan, out: join(folder, 'a.parquet') });
    expect(snapshot.counts).toEqual({ train: 11 * 24, validation: 3 * 24, holdout: 4 * 24 });
    expect(snapshot.columns).toEqual(['key', 'event_time', 'block', 'label', 'temp', 'kind']);

    const blocks = await engine.loadBlocks({ spec, snapshotPath: snapshot.path });
    expect(blocks.train.rows).toBe(11 * 24);
    expect(blocks.train.keys[0]).toBe('2024-01-10T00:00:00.000Z');
    expect(new Date(blocks.holdout.eventTimes[95] ?? 0).toISOString()).toBe('2024-01-29T23:00:00.000Z');
    expect(blocks.train.label[0]).toBe(9 * 24);
    expect(blocks.train.numbers['temp']?.[0]).toBe(((9 * 24) % 37) / 2);
    expect(blocks.train.categories['kind']?.slice(0, 2)).toEqual(['b', 'b']);
  });

  it('has equal bytes and an equal digest at every repetition and number of threads', async () => {
    const { engine, folder, root, write } = await makeFixture();
    await write('rows.csv', hourlyCsv());
    const spec = makeSpec();
    const source = await engine.freezeSource({ spec, asOf: AS_OF });
    const plan = engine.planWindow({ spec, asOf: AS_OF });
    const digests = new Set<string>();
    for (const [index, threads] of [1, 2, 4, 1].entries()) {
      const other = createFeatureEngine({ dataRoots: [root], stagingDir: join(folder, 'staging'), threads });
      const out = join(folder, `${index}.parquet`);
      const { rows } = await other.takeSnapshot({ spec, source, plan, out });
      digests.add(`${rows} ${await sha256(out)}`);
    }
    expect([...digests]).toHaveLength(1);
  });

  it('has the same digest of rows whether they come as CSV in disorder or as Parquet', async () => {
    const { engine, folder, root, write, parquet } = await makeFixture();
    const [header, ...lines] = hourlyCsv().trimEnd().split('\n');
    await write('rows.csv', [header, ...lines.reverse()].join('\n'));
    await parquet(
      'rows.parquet',
      `SELECT t::TIMESTAMP AS t, temp, kind, y FROM read_csv('${join(root, 'rows.csv')}')`,
    );
    const digests = [];
    for (const rows of ['rows.csv', 'rows.parquet']) {
      const spec = makeSpec({
        source: { rows, eventTime: 't', lateness: '1 hour', labels: { delay: '1 day' } },
      });
      const source = await engine.freezeSource({ spec, asOf: AS_OF });
      const plan = engine.planWindow({ spec, asOf: AS_OF });
      digests.push((await engine.takeSnapshot({ spec, source, plan, out: join(folder, 'x.parquet') })).rows);
    }
    expect(digests[0]).toBe(digests[1]);
  });

  it('changes its digest when one value changes in the last bit', async () => {
    const { engine, folder, write } = await makeFixture();
    const spec = makeSpec();
    const digests = new Set<string>();
    for (const temp of ['0.1', '0.10000000000000002']) {
      await write(
        'rows.csv',
        hourlyCsv((row) => (row.n === 300 ? { ...row, temp } : row)),
      );
      const source = await engine.freezeSource({ spec, asOf: AS_OF });
      const plan = engine.planWindow({ spec, asOf: AS_OF });
      digests.add((await engine.takeSnapshot({ spec, source, plan, out: join(folder, 'x.parquet') })).rows);
    }
    expect(digests.size).toBe(2);
  });

  it('refuses a feature that takes the name of a fixed column', async () => {
    const { engine, folder, write } = await makeFixture();
    await write('rows.csv', hourlyCsv());
    const spec = makeSpec({ features: { Label: { type: 'number' } } });
    const source = await engine.freezeSource({ spec, asOf: AS_OF });
    const plan = engine.planWindow({ spec, asOf: AS_OF });
    await expect(engine.takeSnapshot({ spec, source, plan, out: join(folder, 'x.parquet') })).rejects.toThrow(
      "features.Label is 'Label'; expected a name that differs",
    );
  });

  it('refuses text in a column of numbers even when nobody checked the contract', async () => {
    const { engine, folder, write } = await makeFixture();
    await write(
      'rows.csv',
      hourlyCsv((row) => (row.n === 300 ? { ...row, temp: 'warm' } : row)),
    );
    const spec = makeSpec();
    const source = await engine.freezeSource({ spec, asOf: AS_OF });
    const plan = engine.planWindow({ spec, asOf: AS_OF });
    await expect(
      engine.takeSnapshot({ spec, source, plan, out: join(folder, 'x.parquet') }),
    ).rejects.toMatchObject({
      type: 'contract-broken',
    });
  });
});
