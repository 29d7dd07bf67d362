import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DriftReport } from '../../../stats/index.js';
import { createCli } from '../program.js';
import { keptIo } from '../test-io.js';

// 200 splits take some minutes; every run takes some, and a soak all of them.
const soak = process.env['PERENNIAL_SOAK'] === '1';
const SPLITS = soak ? 200 : 12;

const RIDES = 'examples/bike-sharing/bike-sharing.parquet';
const LOANS = 'examples/car-loan/reference.parquet';
const NEWER_LOANS = 'examples/car-loan/monitoring.parquet';

const folder = mkdtempSync(join(tmpdir(), 'perennial-splits-'));
const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
const connection = await instance.connect();
beforeAll(() => connection.run(`set preserve_insertion_order = true`));
afterAll(() => {
  connection.closeSync();
  instance.closeSync();
  rmSync(folder, { recursive: true });
});

/** Writes the answer of a query and names the file. */
async function parquet(name: string, sql: string): Promise<string> {
  const path = join(folder, `${name}.parquet`);
  await connection.run(`copy (${sql}) to '${path}' (format parquet)`);
  return path;
}

async function drift(reference: string, current: string, ...flags: string[]): Promise<DriftReport> {
  const io = keptIo();
  const code = await createCli(io).run(['drift', reference, current, '--json', '--fail-on-drift', ...flags]);
  const report = JSON.parse(io.written.join('\n')) as DriftReport;
  expect(code).toBe(report.drifted ? 10 : 0);
  return report;
}

/** Rows in an order that the seed decides. */
const shuffled = (file: string, seed: number): string =>
  `select * exclude (place), row_number() over (order by hash(place, ${seed})) as place
   from (select *, file_row_number as place from read_parquet('${file}', file_row_number = true))`;

const drifted = ({ columns }: DriftReport): string[] =>
  columns.filter((column) => column.drifted).map(({ name }) => name);

describe('perennial drift on data that did not drift', () => {
  it.each([RIDES, LOANS])(
    'finds nothing in %s beside itself or shuffled, with equal numbers',
    async (file) => {
      const same = await drift(file, file);
      expect(drifted(same)).toEqual([]);
      const copy = await parquet(
        'shuffled',
        `select * exclude (place) from (${shuffled(file, 1)}) order by place`,
      );
      expect(await drift(file, copy)).toEqual(same);
    },
  );

  it.each([RIDES, LOANS])(`is quiet on at least 95 % of ${SPLITS} seeded splits of %s`, async (file) => {
    let quiet = 0;
    for (let seed = 0; seed < SPLITS; seed++) {
      const half = (part: number): string =>
        `select * exclude (place) from (${shuffled(file, seed)}) where place % 2 = ${part}`;
      const report = await drift(await parquet('one', half(0)), await parquet('other', half(1)));
      if (!report.drifted) quiet++;
    }
    expect(quiet).toBeGreaterThanOrEqual(Math.floor(0.95 * SPLITS));
  });
});

describe('perennial drift on real data that drifted', () => {
  it('finds the dearer cars and no drift of the stable ratio', async () => {
    const newer = await parquet('newer', `select * from read_parquet('${NEWER_LOANS}') offset 25000`);
    const report = await drift(LOANS, newer);
    expect(report.drifted).toBe(true);
    expect(drifted(report)).toContain('car_value');
    expect(drifted(report)).not.toContain('debt_to_income_ratio');
    // before the change only the noise of another month is there
    const before = await parquet('before', `select * from read_parquet('${NEWER_LOANS}') limit 25000`);
    expect(drifted(await drift(LOANS, before))).toEqual([]);
  });

  it.each([
    { from: [2011, 1], to: [2011, 7] },
    { from: [2011, 1], to: [2012, 1] },
  ])('finds that rentals of $from differ from those of $to', async ({ from, to }) => {
    const month = ([year, number]: readonly number[]): string =>
      `select * from read_parquet('${RIDES}')
       where year(event_time::timestamp) = ${year ?? 0} and month(event_time::timestamp) = ${number ?? 0}`;
    const report = await drift(
      await parquet('month', month(from)),
      await parquet('later', month(to)),
      '--columns',
      'cnt,temp,hum',
    );
    expect(drifted(report)).toContain('cnt');
  });
});
