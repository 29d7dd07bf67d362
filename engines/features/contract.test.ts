import { describe, expect, it } from 'vitest';
import type { ContractReport } from '../../domain/source.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import { AS_OF, hourlyCsv, makeFixture, makeSpec, type HourlyRow } from './feature-fixture.js';

type Change = Parameters<typeof hourlyCsv>[0];

async function checkCsv(csv: string, spec: ModelSpec = makeSpec(), asOf = AS_OF): Promise<ContractReport> {
  const { engine, write } = await makeFixture();
  await write('rows.csv', csv);
  const source = await engine.freezeSource({ spec, asOf });
  return engine.checkContract({ spec, source, plan: engine.planWindow({ spec, asOf }), firstVersion: false });
}

const kinds = (report: ContractReport): string[] =>
  report.violations.map(({ kind, column }) => (column === undefined ? kind : `${kind} ${column}`));

const at =
  (n: number, change: Partial<HourlyRow>): Change =>
  (row) =>
    row.n === n ? { ...row, ...change } : row;

describe('the contract', () => {
  it('is kept by good rows', async () => {
    expect(await checkCsv(hourlyCsv())).toEqual({ violations: [], warnings: [], rows: 480 });
  });

  it.each<[string, Change, string, string]>([
    [
      'text among numbers',
      at(300, { temp: 'warm' }),
      'wrong-type temp',
      'text that is no number in 1 of 480 rows',
    ],
    ['infinity', at(300, { temp: 'inf' }), 'not-finite temp', 'infinity in 1 of 480 rows'],
    ['NaN', at(300, { temp: 'NaN' }), 'missing-share temp', '0.208 % missing (1 of 480 rows)'],
    ['an empty cell', at(300, { temp: '' }), 'missing-share temp', '0.208 % missing (1 of 480 rows)'],
    [
      'a value above the range',
      at(300, { temp: '75.2' }),
      'range temp',
      '1 of 480 rows outside, largest 75.2',
    ],
    [
      'a value below the range',
      at(300, { temp: '-273.15' }),
      'range temp',
      '1 of 480 rows outside, smallest -273.15',
    ],
    ['a missing category', at(300, { kind: '' }), 'missing-share kind', '0.208 % missing (1 of 480 rows)'],
    [
      'a missing label',
      at(300, { y: '' }),
      'missing-label y',
      'no label in 1 of 480 rows older than the label delay',
    ],
    [
      'a label that is text',
      at(300, { y: 'many' }),
      'wrong-type y',
      'text that is no number in 1 of 480 rows',
    ],
    ['an infinite label', at(300, { y: '-Infinity' }), 'not-finite y', 'infinity in 1 of 480 rows'],
    [
      'a key twice',
      (row) => (row.n === 300 ? [row, row] : row),
      'duplicates t',
      '1 keys more than once (2 rows)',
    ],
    ['the zero of a clock', at(0, { t: '1970-01-01 00:00:00' }), 'event-time t', '1970-01-01 in 1 rows'],
    ['no event time', at(0, { t: '' }), 'event-time t', 'no event time in 1 rows'],
    [
      'a date that is none',
      at(0, { t: '2024-02-31' }),
      'event-time t',
      'text that is no date and time in 1 rows',
    ],
  ])('is broken by %s', async (_, change, violation, found) => {
    const report = await checkCsv(hourlyCsv(change));
    expect(kinds(report)).toEqual([violation]);
    expect(report.violations[0]?.found).toBe(found);
  });

  it('lists everything that is wrong at once', async () => {
    const csv = hourlyCsv((row) => {
      if (row.n === 299) return [row, { ...row, temp: 'cold' }];
      return { ...row, temp: row.n % 2 === 0 ? '95' : row.temp, kind: row.n === 310 ? '' : row.kind };
    });
    const kindsSeen = kinds(await checkCsv(csv));
    expect(kindsSeen).toEqual(['wrong-type temp', 'range temp', 'missing-share kind', 'duplicates t']);
  });

  it('tells nothing of a row but numbers', async () => {
    const csv = hourlyCsv(at(300, { temp: 'alice@example.org', kind: 'secret', y: 'private' }));
    const spec = makeSpec({
      features: { temp: { type: 'number' }, kind: { type: 'category', values: ['a', 'b'] } },
    });
    const report = await checkCsv(csv, spec);
    expect(kinds(report)).toEqual(['wrong-type y', 'wrong-type temp', 'unknown-category kind']);
    expect(JSON.stringify(report)).not.toMatch(/alice|secret|private/);
  });

  it('says that a column is missing, also from one file of many', async () => {
    const { engine, write } = await makeFixture();
    const [header = '', ...lines] = hourlyCsv().trimEnd().split('\n');
    await write('w/a.csv', [header, ...lines.slice(0, 400)].join('\n'));
    const shorter = [header, ...lines.slice(400)].map((line) => line.replace(/,[^,]*,([^,]*)$/, ',$1'));
    await write('w/b.csv', shorter.join('\n'));
    const spec = makeSpec({
      source: { rows: 'w/*.csv', eventTime: 't', labels: { delay: '1 day' } },
      features: { temp: { type: 'number' }, kind: { type: 'category' }, wind: { type: 'number' } },
    });
    const source = await engine.freezeSource({ spec, asOf: AS_OF });
    const plan = engine.planWindow({ spec, asOf: AS_OF });
    const { violations } = await engine.checkContract({ spec, source, plan, firstVersion: false });
    expect(violations.slice(0, 2)).toEqual([
      {
        kind: 'missing-column',
        column: 'kind',
        found: 'none in 1 of 2 files, e.g. w/b.csv',
        allowed: 'a column of this name in every file',
      },
      {
        kind: 'missing-column',
        column: 'wind',
        found: 'no such column',
        allowed: 'a column of this name in every file',
      },
    ]);
  });

  it('checks values even when the event time is missing', async () => {
    const csv = hourlyCsv(at(300, { temp: '99' })).replace('t,', 'when,');
    expect(kinds(await checkCsv(csv))).toEqual(['missing-column t', 'range temp']);
  });

  it('names a column that comes twice, in any case', async () => {
    const csv = hourlyCsv().replace('t,temp,kind,y', 't,temp,Temp,y');
    expect(kinds(await checkCsv(csv))).toContain('duplicate-column temp');
  });

  it('reads a byte order mark, semicolons and quotes as what they are', async () => {
    const csv = `\uFEFF${hourlyCsv().replaceAll(',', ';').replaceAll(';b;', ';"b";')}`;
    expect(await checkCsv(csv)).toMatchObject({ violations: [], warnings: [], rows: 480 });
  });

  it('reads JSON lines, with mixed types as a violation', async () => {
    const { engine, write } = await makeFixture();
    const rows = hourlyCsv().trimEnd().split('\n').slice(1);
    const json = rows.map((line, n) => {
      const [t = '', temp = '', kind = '', y = ''] = line.split(',');
      return JSON.stringify({
        t,
        temp: n === 300 ? { deep: 1 } : Number(temp),
        kind: n === 301 ? 7 : kind,
        y: Number(y),
      });
    });
    await write('rows.jsonl', json.join('\n'));
    const spec = makeSpec({ source: { rows: 'rows.jsonl', eventTime: 't', labels: { delay: '1 day' } } });
    const source = await engine.freezeSource({ spec, asOf: AS_OF });
    const plan = engine.planWindow({ spec, asOf: AS_OF });
    const report = await engine.checkContract({ spec, source, plan, firstVersion: false });
    expect(kinds(report)).toEqual(['wrong-type temp']);
    expect(report.rows).toBe(480);
  });

  it.each([
    ['no header', (lines: string[]) => lines.slice(1)],
    ['a last line that is too long', (lines: string[]) => [...lines, 'planted,1,2,3,4,5,6,7,8,9']],
    ['a line that is too long', (lines: string[]) => lines.toSpliced(7, 0, 'planted,1,2,3,4,5,6,7,8,9')],
  ])('is broken by a file with %s, and shows none of its rows', async (_, change) => {
    const [header = '', first = '', ...lines] = hourlyCsv().trimEnd().split('\n');
    const rows = [header, first.replace(/[^,]*$/, 'planted'), ...lines];
    const report = await checkCsv(change(rows).join('\n'));
    expect(kinds(report)).toContain('missing-column temp');
    expect(JSON.stringify(report)).not.toContain('planted');
  });

  it('is broken by a file with a header alone, and by rows that all lie outside the window', async () => {
    const minimum = ['minimum-rows', 'minimum-rows', 'minimum-rows'];
    expect(kinds(await checkCsv('t,temp,kind,y\n'))).toEqual(minimum);
    expect(kinds(await checkCsv(hourlyCsv(), makeSpec(), '2031-01-01T00:00:00.000Z'))).toEqual([
      ...minimum,
      'stale t',
    ]);
  });

  it('is broken by old data from the second version on only', async () => {
    const { engine, write } = await makeFixture();
    await write(
      'rows.csv',
      hourlyCsv((row) => (row.n < 660 ? row : undefined)),
    );
    const spec = makeSpec();
    const source = await engine.freezeSource({ spec, asOf: AS_OF });
    const plan = engine.planWindow({ spec, asOf: '2024-02-01T00:00:00.000Z' });
    const check = async (firstVersion: boolean) =>
      (await engine.checkContract({ spec, source, plan, firstVersion })).violations;
    expect(await check(true)).toEqual([]);
    expect(await check(false)).toEqual([
      {
        kind: 'stale',
        column: 't',
        found: 'newest visible row 2024-01-28T11:00:00.000Z',
        allowed: 'a row at or after 2024-01-29T00:00:00.000Z, half-way through the holdout',
      },
    ]);
  });

  it('keeps rows of the year 2099 out of sight, and says so', async () => {
    const report = await checkCsv(hourlyCsv(at(719, { t: '2099-01-01 00:00:00' })));
    expect(report).toMatchObject({
      violations: [],
      warnings: [
        'event-time: 1 rows lie over a year after as-of, up to 2099-01-01T00:00:00.000Z; they are not visible',
      ],
    });
  });

  it('warns of columns that nobody uses and of categories that training never saw', async () => {
    const csv = hourlyCsv((row) => ({ ...row, kind: row.n > 690 ? 'late' : 'b' }))
      .replaceAll(/$/gm, ',1')
      .replace(/,1$/, '');
    const report = await checkCsv(csv.replace('t,temp,kind,y,1', 't,temp,kind,y,extra'));
    expect(report.warnings).toEqual([
      'extra-column: 1 columns are not used: extra',
      'new-category: kind has 1 categories (5 rows) that the training block does not hold',
    ]);
  });

  it('knows a category whether it is a number or its text', async () => {
    const features = {
      temp: { type: 'number' as const },
      kind: { type: 'category' as const, values: [1, 2] },
    };
    const csv = hourlyCsv((row) => ({ ...row, kind: row.kind === 'a' ? '1' : '2' }));
    expect((await checkCsv(csv, makeSpec({ features }))).violations).toEqual([]);
  });
});
