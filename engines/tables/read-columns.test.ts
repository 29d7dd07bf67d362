import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { withTable } from './read-columns.js';

const folder = mkdtempSync(join(tmpdir(), 'perennial-tables-'));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'a-1.csv'), 'when,x,"the ""y""",up\n2020-01-01,1.5,b,true\n2020-01-02,,a,false\n');
writeFileSync(join(folder, 'text.csv'), 'at,mixed\n"2020-01-01 10:00:00",1\n,2020-01-01\n');
writeFileSync(join(folder, 'a-2.csv'), 'when,x,"the ""y""",up\n2020-01-03,3,b,true\n');

describe('withTable', () => {
  it('reads many files by glob, column by column', async () => {
    await withTable(join(folder, 'a-*.csv'), async (table) => {
      expect(table.rows).toBe(3);
      expect(table.columns.map((c) => [c.name, c.kind])).toEqual([
        ['when', 'time'],
        ['x', 'number'],
        ['the "y"', 'category'],
        ['up', 'category'],
      ]);
      expect(await table.numbers('x')).toEqual(Float64Array.of(1.5, Number.NaN, 3));
      expect(await table.numbers('up')).toEqual(Float64Array.of(1, 0, 1));
      expect(await table.numbers('when')).toEqual(
        Float64Array.of(Date.UTC(2020, 0, 1), Date.UTC(2020, 0, 2), Date.UTC(2020, 0, 3)),
      );
      expect(await table.texts('the "y"')).toEqual(['b', 'a', 'b']);
      expect(await table.counts('the "y"')).toEqual({
        counts: new Map([
          ['a', 1],
          ['b', 2],
        ]),
        missing: 0,
      });
      expect(await table.counts('x')).toMatchObject({ missing: 1 });
    });
  });

  it('knows times among texts', async () => {
    const kinds = await withTable(join(folder, 'text.csv'), async (t) => t.columns.map((c) => c.kind));
    expect(kinds).toEqual(['time', 'category']);
  });

  it('says what is wrong with a path, a format and a column', async () => {
    await expect(withTable(join(folder, 'none.csv'), async () => 0)).rejects.toThrow('none.csv');
    await expect(withTable('rows.xlsx', async () => 0)).rejects.toThrow('ends in .parquet, .csv');
    await expect(withTable(join(folder, 'a-1.csv'), (t) => t.numbers('z'))).rejects.toThrow(
      'one of when, x, the "y", up',
    );
  });
});
