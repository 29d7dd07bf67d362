import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withDuck } from './duck.js';
import { AS_OF, hourlyCsv, makeFixture, makeSpec } from './feature-fixture.js';
import { lockDatabase } from './sql-candidates.js';
import { checkUserSql } from './user-sql.js';

const limits = { threads: 1, memoryLimit: '200MB', tempDirectory: '' };

async function setUp(sql: string, features = makeSpec().features) {
  const { engine, folder, write } = await makeFixture();
  await write('rows.csv', hourlyCsv());
  const source = { rows: 'rows.csv', eventTime: 't', lateness: '1 hour', labels: { delay: '1 day' }, sql };
  const spec = makeSpec({ source, features });
  const request = { spec, source: await engine.freezeSource({ spec, asOf: AS_OF }) };
  const plan = engine.planWindow({ spec, asOf: AS_OF });
  return { engine, folder, request: { ...request, plan } };
}

const number = { type: 'number' as const, from: 'request' as const, maxMissing: 1 };
const withFeature = { lagged: number };

describe('SQL that may not run', () => {
  it.each([
    ["select * from read_csv('/etc/passwd')", 'it calls the table function read_csv()'],
    ["select * from read_text('/etc/passwd')", 'it calls the table function read_text()'],
    ["select * from read_parquet('x')", 'it calls the table function read_parquet()'],
    ["select * from glob('/*')", 'it calls the table function glob()'],
    ["select * from '/etc/passwd.csv'", "it reads the table or file '/etc/passwd.csv'"],
    ["from 'https://example.org/a.parquet'", "it reads the table or file 'https://example.org/a.parquet'"],
    ["select (select max(x) from read_csv('a') t(x)) from rows", 'it calls the table function read_csv()'],
    ['with a as (from secret) select * from rows', "it reads the table or file 'secret'"],
    ['select * from perennial_rows', "it reads the table or file 'perennial_rows'"],
    ['select * from main.rows', "it reads the table or file 'rows'"],
    ['select * from information_schema.tables', "it reads the table or file 'tables'"],
    ['select * from duckdb_settings()', 'it calls the table function duckdb_settings()'],
    ["select * from query('select 1')", 'it calls the table function query()'],
    ['select * from (describe rows)', 'it reads from show_ref'],
    ["attach '/tmp/x.db'", 'it is not a SELECT'],
    ["copy (select 1) to '/tmp/x.csv'", 'it is not a SELECT'],
    ['install httpfs', 'it is not a SELECT'],
    ['load httpfs', 'it is not a SELECT'],
    ['pragma database_list', 'it is not a SELECT'],
    ['set threads = 8', 'it is not a SELECT'],
    ['create table x as select 1', 'it is not a SELECT'],
    ['select * from rows; drop view rows', 'it'],
    ['select * from rows; select * from rows', 'it holds 2 statements'],
    ['', 'it'],
    ['selec * from rows', 'syntax error at or near'],
    ["select getenv('HOME') from rows", 'it calls getenv(), which reads the machine'],
    [
      "select current_setting('temp_directory') from rows",
      'it calls current_setting(), which reads the machine',
    ],
    ['select *, now() from rows', 'it calls now(), whose result differs from run to run'],
    ['select *, current_date from rows', 'it reads the clock (current_date)'],
    ['select *, age(t) from rows', 'it calls age(), whose result differs from run to run'],
    ['select *, random() as r from rows', 'it calls random(), whose result differs from run to run'],
    ['select *, list_transform([1], x -> x + random()) from rows', 'it calls random()'],
    ['select * from rows using sample 10', 'it samples rows'],
    ['select * from rows tablesample 10%', 'it samples rows'],
    ['select *, $1 from rows', 'it has parameters'],
  ])('%s', async (sql, why) => {
    const refusal = withDuck(limits, (duck) => checkUserSql(duck, sql));
    await expect(refusal).rejects.toThrow(`source.sql: ${why}`);
    await expect(refusal).rejects.toMatchObject({ type: 'sql-refused' });
  });

  it('is refused before any call reads its result', async () => {
    const { engine, folder, request } = await setUp("select * from read_csv('/etc/passwd')");
    const refused = { type: 'sql-refused' };
    await expect(engine.checkContract({ ...request, firstVersion: true })).rejects.toMatchObject(refused);
    await expect(engine.takeSnapshot({ ...request, out: join(folder, 'a') })).rejects.toMatchObject(refused);
    await expect(engine.pointInTimeGate({ ...request, seed: 1 })).rejects.toMatchObject(refused);
  });

  it.each([
    ["select * from read_csv('/etc/hosts')"],
    ["select * from read_text('/etc/hosts')"],
    ["select * from glob('/*')"],
    ["select * from '/etc/hosts.csv'"],
    ["select * from 'https://example.org/a.parquet'"],
    ["attach '/tmp/perennial-never.db'"],
    ["copy (select 1) to '/tmp/perennial-never.csv'"],
    ['install httpfs'],
    ['load httpfs'],
    ['set threads = 8'],
    ['set enable_external_access = true'],
    ["set allowed_paths = ['/']"],
  ])('is stopped by the lock, were it not refused: %s', async (sql) => {
    await withDuck(limits, async (duck) => {
      await lockDatabase(duck, '/tmp/perennial-never.parquet');
      await expect(duck.run(sql)).rejects.toThrow(/disabled|locked|configuration/);
    });
  });

  it('fails with the reason of the engine, and without the values of rows', async () => {
    const { engine, request } = await setUp('select *, nothing from rows');
    await expect(engine.checkContract({ ...request, firstVersion: true })).rejects.toThrow(
      /nothing.* not found/,
    );
    const values = await setUp('select *, kind::INTEGER as n from rows');
    await expect(values.engine.checkContract({ ...values.request, firstVersion: true })).rejects.toThrow(
      'source.sql: it fails: Conversion Error: Could not convert string … to INT32',
    );
  });

  it('may not give rows that the source has not, nor drop its time', async () => {
    const moved = await setUp('select * replace (t + interval 1 hour as t) from rows');
    await expect(moved.engine.checkContract({ ...moved.request, firstVersion: true })).rejects.toThrow(
      'have a key and event time that the source has not',
    );
    const dropped = await setUp('select temp, kind from rows');
    await expect(dropped.engine.checkContract({ ...dropped.request, firstVersion: true })).rejects.toThrow(
      'its result has no column t',
    );
  });
});

const LAST_DAY = 'select r.*, l.y as lagged from rows r left join labels l on l.t = r.t - interval 1 day';

describe('SQL that may run', () => {
  it('makes the features of the snapshot, with equal bytes of rows each time', async () => {
    const sql = `${LAST_DAY} ;`;
    const { engine, folder, request } = await setUp(sql, { ...makeSpec().features, lagged: number });
    expect((await engine.checkContract({ ...request, firstVersion: false })).violations).toEqual([]);
    const digests = new Set<string>();
    for (const out of ['a', 'b']) {
      digests.add((await engine.takeSnapshot({ ...request, out: join(folder, out) })).rows);
    }
    expect(digests.size).toBe(1);
    const { holdout } = await engine.loadBlocks({ ...request, snapshotPath: join(folder, 'a') });
    const labels = holdout.label as Float64Array;
    expect(holdout.numbers['lagged']?.[0]).toBe((labels[0] ?? 0) - 24);
    expect(holdout.numbers['temp']?.[0]).toBe(((labels[0] ?? 0) % 37) / 2);
  });

  it('sees neither rows nor labels that as-of does not', async () => {
    const sql =
      'select r.*, (select max(y) from labels) as lagged, (select max(temp) from rows) as temp2 from rows r';
    const { engine, folder, request } = await setUp(sql, withFeature);
    const { path } = await engine.takeSnapshot({ ...request, out: join(folder, 'a') });
    const { train } = await engine.loadBlocks({ ...request, snapshotPath: path });
    expect(train.numbers['lagged']?.[0]).toBe(29 * 24);
  });

  it('works on the local clock of the source', async () => {
    const { engine, folder, write } = await makeFixture();
    await write('rows.csv', hourlyCsv());
    const sql = 'select *, extract(hour from t) as lagged from rows';
    const source = {
      rows: 'rows.csv',
      eventTime: 't',
      timeZone: 'America/New_York',
      labels: { delay: '1 day' },
      sql,
    };
    const spec = makeSpec({ source, features: withFeature });
    const frozen = await engine.freezeSource({ spec, asOf: AS_OF });
    const plan = engine.planWindow({ spec, asOf: AS_OF });
    const { path } = await engine.takeSnapshot({ spec, source: frozen, plan, out: join(folder, 'a') });
    const { train } = await engine.loadBlocks({ spec, snapshotPath: path });
    expect(new Date(train.eventTimes[0] ?? 0).getUTCHours()).toBe(0);
    expect(train.numbers['lagged']?.[0]).toBe(19);
  });

  it('reads nothing of the folder that it may write to', async () => {
    const { engine, folder, request } = await setUp("select * from 'out.parquet'");
    await writeFile(join(folder, 'out.parquet'), 'x');
    await expect(engine.takeSnapshot({ ...request, out: join(folder, 'out.parquet') })).rejects.toMatchObject(
      {
        type: 'sql-refused',
      },
    );
  });
});

describe('the point-in-time gate', () => {
  const gate = async (sql: string) => {
    const { engine, request } = await setUp(sql, withFeature);
    return engine.pointInTimeGate({ ...request, seed: 1, rows: 8 });
  };

  it.each([
    ['a label one delay ago', LAST_DAY],
    [
      'a mean of visible labels',
      'select r.*, (select avg(y) from labels l where l.t <= r.t - interval 1 day) as lagged from rows r',
    ],
    ['the row before, after its lateness', 'select *, lag(temp) over (order by t) as lagged from rows'],
    [
      'an asof join with a bound',
      'select r.*, l.y as lagged from rows r asof left join labels l on l.t <= r.t - interval 1 day',
    ],
  ])('passes %s', async (_, sql) => {
    expect(await gate(sql)).toEqual({ leaks: [], checked: 8 });
  });

  it.each([
    ['the next row', 'select *, lead(temp) over (order by t) as lagged from rows'],
    [
      'a label before its delay',
      'select r.*, l.y as lagged from rows r left join labels l on l.t = r.t - interval 1 hour',
    ],
    ['its own label', 'select r.*, l.y as lagged from rows r left join labels l on l.t = r.t'],
    ['a mean over all time', 'select *, avg(temp) over () as lagged from rows'],
    [
      'a join without a bound',
      'select r.*, m.y as lagged from rows r cross join (select avg(y) as y from labels) m',
    ],
  ])('finds %s', async (_, sql) => {
    const { leaks } = await gate(sql);
    expect(leaks.length).toBeGreaterThan(4);
    expect(leaks[0]).toMatchObject({ column: 'lagged' });
    expect(leaks[0]?.trained).not.toBe(leaks[0]?.visible);
  });

  it('finds rows that are kept for what came later', async () => {
    const { leaks } = await gate('select r.*, 1 as lagged from rows r join labels l on l.t = r.t');
    expect(leaks[0]).toMatchObject({ column: '(row)', trained: 1, visible: 0 });
  });

  it('chooses equal rows for equal seeds', async () => {
    const { engine, request } = await setUp(
      'select *, lead(temp) over (order by t) as lagged from rows',
      withFeature,
    );
    const keys = async (seed: number) =>
      (await engine.pointInTimeGate({ ...request, seed, rows: 5 })).leaks.map(({ key }) => key);
    expect(await keys(1)).toEqual(await keys(1));
    expect(await keys(1)).not.toEqual(await keys(2));
  });
});
