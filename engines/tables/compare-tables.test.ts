import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../stats/index.js';
import { compareTables } from './compare-tables.js';
import { type TableFile, withTable } from './read-columns.js';

const ROWS = 300_000;

/** A table in memory: two numeric columns, with some missing, and one of few categories. */
function tableOf(seed: number, moved: number): TableFile {
  const kinds = { near: 'number', far: 'number', word: 'category' } as const;
  const random = createRandom(seed);
  const numbers = { near: new Float64Array(ROWS), far: new Float64Array(ROWS) };
  for (let i = 0; i < ROWS; i++) {
    numbers.near[i] = i % 100 === 7 ? Number.NaN : random.next() + random.next();
    numbers.far[i] = random.next() + moved;
  }
  return {
    rows: ROWS,
    columns: Object.entries(kinds).map(([name, kind]) => ({ name, kind })),
    // A copy each time: what is compared is moved to a thread.
    numbers: (name) =>
      name in numbers
        ? Promise.resolve(Float64Array.from(numbers[name === 'far' ? 'far' : 'near']))
        : Promise.reject(new Error(`no column ${name}`)),
    texts: () => Promise.resolve([]),
    counts: () => Promise.resolve({ counts: new Map([['a', 10 + 90 * moved]]), missing: 0 }),
  };
}

describe('compareTables', () => {
  const [reference, current] = [tableOf(1, 0), tableOf(2, 0.5)];
  const tests = ['ks', 'cvm', 'wasserstein', 'psi', 'chi2'];
  const pairs = reference.columns.map((column) => [column, column] as const);

  it('answers in the order of the columns', async () => {
    const compared = await compareTables(reference, current, pairs, { tests });
    expect(compared.map(({ measured }) => measured.report.name)).toEqual(['near', 'far', 'word']);
    expect(compared[0]?.measured.report.missing).toEqual({ reference: 0.01, current: 0.01 });
    const far = compared[1]?.measured.report.tests.find(({ name }) => name === 'ks');
    expect(far?.statistic).toBeCloseTo(0.5, 2);
  });

  it('answers in threads what it answers in one, with more columns than there are processors', async () => {
    const many = Array.from({ length: 4 }, () => pairs).flat();
    const compared = await compareTables(reference, current, many, { tests });
    const alone = await compareTables(reference, current, pairs, { tests });
    expect(compared).toEqual(Array.from({ length: 4 }, () => alone).flat());
  });

  it('throws what reading a column throws', async () => {
    const lost = { name: 'lost', kind: 'number' } as const;
    await expect(compareTables(reference, current, [...pairs, [lost, lost]])).rejects.toThrow(
      'no column lost',
    );
  });
});

describe('compareTables of files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'perennial-compare-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('takes a column that is numeric on one side only as categories', async () => {
    const [left, right] = [join(folder, 'left.csv'), join(folder, 'right.csv')];
    writeFileSync(left, 'x,y\n1,1\n2,1\n3,2\n');
    writeFileSync(right, 'x,y\n1,one\n2,two\n3,two\n');
    const compared = await withTable(left, (a) =>
      withTable(right, (b) =>
        compareTables(
          a,
          b,
          a.columns.map((column, i) => [column, b.columns[i] ?? column]),
        ),
      ),
    );
    expect(compared.map(({ measured }) => measured.report.kind)).toEqual(['numeric', 'categorical']);
    expect(compared[1]?.measured.report.newCategories).toEqual(['one', 'two']);
  });
});
