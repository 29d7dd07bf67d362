import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AS_OF, makeFixture, makeSpec } from './feature-fixture.js';

describe('the contract of Parquet', () => {
  const check = async (columns: string, spec = makeSpec()) => {
    const { engine, parquet } = await makeFixture();
    const source = { ...spec.source, rows: 'rows.parquet' };
    await parquet('rows.parquet', `SELECT ${columns} FROM range(720) r(n)`);
    const own = { ...spec, source };
    const frozen = await engine.freezeSource({ spec: own, asOf: AS_OF });
    const plan = engine.planWindow({ spec: own, asOf: AS_OF });
    return engine.checkContract({ spec: own, source: frozen, plan, firstVersion: false });
  };
  const time = "TIMESTAMP '2024-01-01' + n * INTERVAL 1 HOUR AS t";

  it('reads any kind of number, booleans and float categories', async () => {
    const columns = `${time}, (n % 2 = 0) AS temp, 1.0::FLOAT AS kind, n::DECIMAL(9, 2) AS y`;
    const spec = makeSpec({
      features: { temp: { type: 'number' }, kind: { type: 'category', values: [1] } },
    });
    expect((await check(columns, spec)).violations).toEqual([]);
  });

  it('names columns of a type that cannot be what the spec says', async () => {
    const report = await check(`n AS t, DATE '2024-01-01' AS temp, [1, 2] AS kind, {'a': 1} AS y`);
    expect(report.violations.filter(({ kind }) => kind === 'wrong-type')).toEqual([
      { kind: 'wrong-type', column: 't', found: 'type BIGINT', allowed: 'dates and times' },
      { kind: 'wrong-type', column: 'y', found: 'type STRUCT(a INTEGER)', allowed: 'numbers' },
      { kind: 'wrong-type', column: 'temp', found: 'type DATE', allowed: 'numbers' },
      { kind: 'wrong-type', column: 'kind', found: 'type INTEGER[]', allowed: 'one category per row' },
    ]);
  });

  it('finds NaN and infinity in a label', async () => {
    const y = `CASE WHEN n = 300 THEN 'NaN'::DOUBLE WHEN n = 301 THEN 'inf'::DOUBLE ELSE n END AS y`;
    const report = await check(`${time}, 1.5 AS temp, 'b' AS kind, ${y}`);
    expect(report.violations.map(({ kind, column }) => `${kind} ${column ?? ''}`)).toEqual([
      'not-finite y',
      'missing-label y',
    ]);
  });

  it('is not reached by a file that was cut off', async () => {
    const { engine, root, parquet, write } = await makeFixture();
    await parquet('rows.parquet', `SELECT ${time}, 1.5 AS temp, 'b' AS kind, n AS y FROM range(720) r(n)`);
    const bytes = await readFile(join(root, 'rows.parquet'));
    await write('rows.parquet', bytes.subarray(0, bytes.length - 100));
    const spec = makeSpec({ source: { rows: 'rows.parquet', eventTime: 't' } });
    await expect(engine.freezeSource({ spec, asOf: AS_OF })).rejects.toMatchObject({
      type: 'source-unreadable',
    });
  });

  it('finds the week that came in Fahrenheit', async () => {
    const temp = 'CASE WHEN n BETWEEN 400 AND 567 THEN 60 + n % 35 ELSE n % 30 END AS temp';
    const report = await check(`${time}, ${temp}, 'b' AS kind, n AS y`);
    expect(report.violations).toEqual([
      {
        kind: 'range',
        column: 'temp',
        found: '163 of 480 rows outside, largest 94',
        allowed: '-50 to 60',
        rows: 163,
      },
    ]);
  });
});
