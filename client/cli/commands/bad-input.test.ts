import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { createCli } from '../program.js';
import { keptIo } from '../test-io.js';

// A million categories in a soak; in every run enough to show what happens.
const CATEGORIES = process.env['PERENNIAL_SOAK'] === '1' ? 1_000_000 : 100_000;

const folder = mkdtempSync(join(tmpdir(), 'perennial-bad-'));
afterAll(() => rmSync(folder, { recursive: true }));

function csv(name: string, header: string, rows: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, [header, ...rows, ''].join('\n'));
  return path;
}

async function run(...args: string[]) {
  const io = keptIo();
  const code = await createCli(io).run([...args, '--json']);
  const out = io.written.join('\n');
  return { code, out, notes: io.noted.join('\n'), said: `${out}${io.noted.join('')}` };
}

/** What `--json` printed; a number is never NaN or infinite, which JSON would have turned to null without a reason. */
async function report(...args: string[]) {
  const { code, out, notes } = await run(...args);
  expect(notes).toBe('');
  expect(code).toBe(0);
  return JSON.parse(out);
}

const rowsOf = (n: number, cell: (i: number) => string): string[] =>
  Array.from({ length: n }, (_, i) => cell(i));
const good = csv(
  'good.csv',
  'x,word',
  rowsOf(60, (i) => `${i % 17},${i % 3 ? 'a' : 'b'}`),
);

interface Tested {
  readonly name: string;
  readonly statistic: number | null;
  readonly pValue: number | null;
  readonly reason?: string;
}

/** Every test of the column has a finite statistic or a reason. */
function total(tests: readonly Tested[]): void {
  expect(tests.length).toBeGreaterThan(0);
  for (const { name, statistic, reason } of tests)
    expect(statistic === null ? (reason ?? '') !== '' : Number.isFinite(statistic), name).toBe(true);
}

describe('perennial drift takes', () => {
  it.each([
    ['a constant column', rowsOf(60, () => '5,a'), true],
    ['a column without values', rowsOf(60, () => ','), true],
    ['no rows', [], false],
    ['one row', ['3,a'], false],
    [
      'NaN and infinities',
      rowsOf(60, (i) => `${['NaN', 'Infinity', '-Infinity', '3'][i % 4] ?? ''},a`),
      true,
    ],
    ['nothing but ties', rowsOf(60, (i) => `${i % 2},${i % 2 ? 'a' : 'b'}`), true],
    ['a category never seen', rowsOf(60, (i) => `${i % 17},${i % 3 ? 'a' : 'new'}`), true],
    ['numbers and texts in one column', rowsOf(60, (i) => `${i % 5 ? i % 17 : 'many'},a`), true],
    ['dates as text', rowsOf(60, (i) => `2024-01-${String((i % 28) + 1).padStart(2, '0')},a`), null],
    ['the same id in every row', rowsOf(60, () => '7,id-1'), true],
  ])('%s', async (name, rows, drifted) => {
    const file = csv('odd.csv', 'x,word', rows);
    for (const tests of [[], ['--tests', 'all']]) {
      const answer = await report('drift', good, file, ...tests);
      for (const column of answer.columns) total(column.tests);
      if (drifted !== null && tests.length === 0) expect(answer.drifted, name).toBe(drifted);
    }
    expect((await report('drift', file, good)).columns.length).toBeGreaterThan(0);
  });

  it('columns of different types in the two files as categories, and leaves out columns that only one has', async () => {
    const words = csv(
      'words.csv',
      'x,other',
      rowsOf(60, (i) => `${i % 2 ? 'low' : 'high'},1`),
    );
    const answer = await report('drift', good, words);
    expect(answer.columns).toMatchObject([{ name: 'x', kind: 'categorical', drifted: true }]);
    const none = csv('none.csv', 'other', ['1']);
    expect(await run('drift', good, none)).toMatchObject({
      code: 2,
      said: expect.stringContaining('two files with a column in common'),
    });
  });

  it(`${CATEGORIES} categories`, async () => {
    const many = csv(
      'many.csv',
      'word',
      rowsOf(CATEGORIES, (i) => `word ${i}`),
    );
    const few = csv(
      'few.csv',
      'word',
      rowsOf(1000, (i) => `word ${i % 7}`),
    );
    const answer = await report('drift', many, few);
    total(answer.columns[0].tests);
    expect(answer.columns[0]).toMatchObject({ kind: 'categorical', drifted: true });
  });
});

describe('perennial evaluate and estimate name', () => {
  it('the metrics that one class or one row does not have', async () => {
    const one = csv(
      'one.csv',
      'y,p',
      rowsOf(5, (i) => `1,0.${i + 1}`),
    );
    const answer = await report('evaluate', one, '--label', 'y', '--score', 'p');
    expect(answer.metrics.roc_auc).toBeNull();
    expect(answer.reasons.roc_auc).toContain('class');
    const single = csv('single.csv', 'y,q', ['3,2']);
    const regression = await report(
      'evaluate',
      single,
      '--label',
      'y',
      '--prediction',
      'q',
      '--task',
      'regression',
    );
    expect(regression).toMatchObject({ rows: 1, metrics: { mae: 1, r2: null } });
    expect(regression.reasons.r2).not.toBe('');
  });

  it('rows whose labels do not match anything: none is judged', async () => {
    // As a join leaves them: an id in every row, a label in none.
    const unmatched = csv(
      'unmatched.csv',
      'id,y,p',
      rowsOf(5, (i) => `C${i},,0.${i + 1}`),
    );
    const answer = await report('evaluate', unmatched, '--label', 'y', '--score', 'p');
    expect(answer.rows).toBe(0);
    for (const [metric, value] of Object.entries(answer.metrics)) {
      expect(value, metric).toBeNull();
      expect(answer.reasons[metric], metric).not.toBe('');
    }
  });

  it('a score that is missing, a reference of one class, and labels that are no 0 or 1', async () => {
    const flags = ['--score', 'p', '--label', 'y'];
    const fine = csv(
      'fine.csv',
      'y,p',
      rowsOf(40, (i) => `${i % 2},0.${(i % 9) + 1}`),
    );
    const hole = csv('hole.csv', 'y,p', ['1,', '0,0.4']);
    const one = csv(
      'ones.csv',
      'y,p',
      rowsOf(40, () => '1,0.5'),
    );
    const odd = csv(
      'odd-labels.csv',
      'y,p',
      rowsOf(40, (i) => `${i % 3},0.5`),
    );
    for (const [reference, current, said] of [
      [fine, hole, 'row 0'],
      [one, fine, 'calibration needs both classes'],
      [odd, fine, 'it must be 0 or 1'],
    ] as const)
      expect(await run('estimate', reference, current, ...flags)).toMatchObject({
        code: 2,
        said: expect.stringContaining(said),
      });
  });
});

describe('perennial detect', () => {
  it('leaves out what is no number and keeps the row numbers of the file', async () => {
    const rows = rowsOf(800, (i) => (i % 50 === 0 ? '' : String(i < 400 ? 0 : 3)));
    const answer = await report('detect', csv('stream.csv', 'x', rows), '--column', 'x');
    expect(answer.alarms.length).toBe(1);
    expect(answer.alarms[0]).toBeGreaterThan(400);
    const empty = await report(
      'detect',
      csv('empty.csv', 'x', ['', '']),
      '--column',
      'x',
      '--detector',
      'kswin',
    );
    expect(empty).toMatchObject({ alarms: [], warnings: [] });
  });
});

/** Every number that is missing has a reason. */
function whole(answer: {
  columns?: { tests: Tested[] }[];
  metrics?: Record<string, number | null>;
  reasons?: Record<string, string>;
}): void {
  for (const { tests } of answer.columns ?? []) total(tests);
  for (const [metric, value] of Object.entries(answer.metrics ?? {}))
    if (value === null) expect(answer.reasons?.[metric] ?? '', metric).not.toBe('');
}

describe('any small table', () => {
  const cell = fc.oneof(
    fc.constantFrom(
      '',
      '0',
      '1',
      '-1',
      'NaN',
      'Infinity',
      'true',
      '2024-02-30',
      '1e308',
      '"a, b"',
      '0x1',
      'é',
    ),
    fc.integer().map(String),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  );
  const table = fc.array(fc.tuple(cell, cell), { minLength: 0, maxLength: 12 });

  it('gives an answer without NaN or a refusal, never a crash', async () => {
    const lines = (rows: [string, string][]): string[] => rows.map((row) => row.join(','));
    await fc.assert(
      fc.asyncProperty(table, table, async (a, b) => {
        const [one, other] = [csv('a.csv', 'x,y', lines(a)), csv('b.csv', 'x,y', lines(b))];
        for (const args of [
          ['drift', one, other, '--tests', 'all'],
          ['detect', one, '--column', 'x', '--detector', 'page-hinkley'],
          ['evaluate', one, '--label', 'y', '--prediction', 'x', '--task', 'regression'],
          ['estimate', one, other, '--score', 'x', '--label', 'y'],
        ]) {
          const { code, out, said } = await run(...args);
          expect([0, 2], `${args[0]}: ${said}`).toContain(code);
          if (code === 0) whole(JSON.parse(out));
          else expect(said).not.toBe('');
        }
      }),
      { seed: 1, numRuns: 25 },
    );
  });
});
