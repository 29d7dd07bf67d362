import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AS_OF, hourlyCsv, makeFixture, makeSpec } from './feature-fixture.js';

describe('local times', () => {
  const zone = { rows: 'rows.csv', eventTime: 't', timeZone: 'America/New_York' };
  const keysOf = async (times: readonly string[]) => {
    const { engine, folder, write } = await makeFixture();
    await write('rows.csv', `t,temp,kind,y\n${times.map((t) => `${t},1,a,1\n`).join('')}`);
    const spec = makeSpec({
      source: zone,
      window: { kind: 'all', validation: '1 hour', holdout: '1 hour', minRows: 1 },
    });
    const asOf = '2030-01-01T00:00:00.000Z';
    const source = await engine.freezeSource({ spec, asOf });
    const plan = engine.planWindow({ spec, asOf });
    const { warnings } = await engine.checkContract({ spec, source, plan, firstVersion: true });
    const { path } = await engine.takeSnapshot({ spec, source, plan, out: join(folder, 'a') });
    const { train } = await engine.loadBlocks({ spec, snapshotPath: path });
    return { keys: train.keys, warnings };
  };

  it('that the clock showed twice are the earlier instant', async () => {
    const { keys } = await keysOf(['2011-11-06 00:30:00', '2011-11-06 01:30:00', '2011-11-06 02:30:00']);
    expect(keys).toEqual([
      '2011-11-06T04:30:00.000Z',
      '2011-11-06T05:30:00.000Z',
      '2011-11-06T07:30:00.000Z',
    ]);
  });

  it('that the clock skipped count an hour later, with a warning', async () => {
    const { keys, warnings } = await keysOf(['2011-03-13 02:30:00', '2011-03-13 04:30:00']);
    expect(keys).toEqual(['2011-03-13T07:30:00.000Z', '2011-03-13T08:30:00.000Z']);
    expect(warnings).toContain(
      'event-time: 1 rows have a local time that the clock skipped; they count one hour later',
    );
  });

  it('that clash with a skipped one are duplicates, and no snapshot is made of them', async () => {
    const { engine, folder, write } = await makeFixture();
    await write('rows.csv', 't,temp,kind,y\n2011-03-13 02:30:00,1,a,1\n2011-03-13 03:30:00,2,a,2\n');
    const spec = makeSpec({ source: zone, window: { kind: 'all', validation: '1 hour', holdout: '1 hour' } });
    const asOf = '2030-01-01T00:00:00.000Z';
    const source = await engine.freezeSource({ spec, asOf });
    const plan = engine.planWindow({ spec, asOf });
    const { violations } = await engine.checkContract({ spec, source, plan, firstVersion: true });
    expect(violations.map(({ kind }) => kind)).toContain('duplicates');
    await expect(engine.takeSnapshot({ spec, source, plan, out: join(folder, 'a') })).rejects.toThrow(
      "source.key is '1 rows with the key and event time of another'; expected every key once",
    );
  });

  it('with an offset are that instant, whatever the zone of the source', async () => {
    const { keys } = await keysOf([
      '2024-05-01T12:00:00Z',
      '2024-05-01 12:30:00+02:00',
      '2024-05-01 12:00:00',
    ]);
    expect(keys).toEqual([
      '2024-05-01T10:30:00.000Z',
      '2024-05-01T12:00:00.000Z',
      '2024-05-01T16:00:00.000Z',
    ]);
  });

  it('need a zone that exists', async () => {
    const { engine, write } = await makeFixture();
    await write('rows.csv', hourlyCsv());
    const spec = makeSpec({ source: { ...zone, timeZone: 'Mars/Olympus' } });
    const source = await engine.freezeSource({ spec, asOf: AS_OF });
    await expect(engine.newestEvent({ spec, source })).rejects.toThrow("source.timeZone is 'Mars/Olympus'");
  });

  it('beyond a limit do not count as the newest', async () => {
    const { engine, write } = await makeFixture();
    await write('rows.csv', `${hourlyCsv()}2099-01-01 00:00:00,1,a,1\n`);
    const spec = makeSpec();
    const source = await engine.freezeSource({ spec, asOf: AS_OF });
    expect(await engine.newestEvent({ spec, source })).toBe('2099-01-01T00:00:00.000Z');
    expect(await engine.newestEvent({ spec, source, notAfter: AS_OF })).toBe('2024-01-30T23:00:00.000Z');
  });
});
