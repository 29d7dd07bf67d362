import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFixture } from '../fixtures/read.js';
import { createRandom } from '../random.js';
import { type DriftColumn, compareColumns } from './columns.js';
import { driftTestNames } from './tests.js';

const random = createRandom(1);
const normals = (n: number, shift = 0): number[] => Array.from({ length: n }, () => random.normal() + shift);
const words = (n: number, common: number): string[] =>
  Array.from({ length: n }, () => (random.next() < common ? 'a' : random.next() < 0.5 ? 'b' : 'c'));

describe('compareColumns', () => {
  it('finds the columns that drifted', () => {
    const report = compareColumns([
      { name: 'same', reference: normals(800), current: normals(600) },
      { name: 'moved', reference: normals(800), current: normals(600, 0.7) },
      { name: 'words', reference: words(800, 0.5), current: words(600, 0.52) },
      { name: 'other words', reference: words(800, 0.5), current: words(600, 0.8) },
    ]);
    expect(report.columns.map((c) => [c.name, c.kind, c.drifted])).toEqual([
      ['same', 'numeric', false],
      ['moved', 'numeric', true],
      ['words', 'categorical', false],
      ['other words', 'categorical', true],
    ]);
    expect(report).toMatchObject({ share: 0.5, drifted: true });
    expect(report.columns[0]?.tests.map((t) => t.name)).toEqual(['ks', 'wasserstein', 'psi']);
  });

  it('finds nothing on identical and on shuffled columns, and gives both the same numbers', () => {
    const reference = normals(3000);
    const shuffled = [...createRandom(9).permutation(3000)].map((i) => reference[i] ?? 0);
    const same = compareColumns([{ name: 'x', reference, current: reference }]);
    expect(same.drifted).toBe(false);
    expect(compareColumns([{ name: 'x', reference, current: shuffled }])).toEqual(same);
  });

  it('finds no drift between two halves of the same shuffled rows in at least 95 % of 200 splits', () => {
    const columns = [
      normals(2000),
      normals(2000).map((v) => Math.round(v * 2)),
      words(2000, 0.7),
      words(2000, 0.95),
    ];
    let quiet = 0;
    for (let split = 0; split < 200; split++) {
      const order = [...createRandom(split).permutation(2000)];
      const half = (column: (number | string)[], part: number) =>
        order.slice(part * 1000, (part + 1) * 1000).map((i) => column[i]);
      const report = compareColumns(
        columns.map((c, i) => ({ name: `c${i}`, reference: half(c, 0), current: half(c, 1) })),
      );
      if (!report.drifted) quiet++;
    }
    expect(quiet).toBeGreaterThanOrEqual(190);
  });

  it('finds the drift of the real pairs', () => {
    interface Pair {
      name: string;
      values?: { ref: number[]; cur: number[] };
    }
    const pairs = readFixture<{ numeric: Pair[] }>('two-sample').numeric;
    const drifted = pairs.flatMap(({ name, values }) => {
      if (!values) return [];
      return compareColumns([{ name, reference: values.ref, current: values.cur }]).drifted ? [name] : [];
    });
    expect(drifted).toEqual([
      'bike_cnt_jan_jul',
      'bike_hum_jan11_jan12',
      'bike_temp_small_ties',
      'bike_constant_different',
      'bike_constant_vs_varying',
      'elec_vicprice_degenerate_ref',
      'hotel_agent_missing',
    ]);
  });

  it('does not take a tiny change of large data for drift, nor a large one of few rows', () => {
    const reference = Float64Array.from({ length: 200_000 }, () => random.normal());
    const tiny = compareColumns([{ name: 'x', reference, current: reference.map((v) => v + 0.02) }]);
    expect(tiny.columns[0]?.tests[0]?.pValue).toBeLessThan(1e-6);
    expect(tiny.drifted).toBe(false);
    expect(compareColumns([{ name: 'x', reference: [1, 2, 3], current: [2, 3, 4] }]).drifted).toBe(false);
  });

  it('finds that few common words took the place of very many rare ones, and nothing between two draws of rare ones', () => {
    const rare = Array.from({ length: 20_000 }, (_, i) => `word ${i}`);
    const common = Array.from({ length: 1000 }, (_, i) => `word ${i % 7}`);
    expect(compareColumns([{ name: 'w', reference: rare, current: common }]).drifted).toBe(true);
    const others = Array.from({ length: 20_000 }, (_, i) => `word ${i + 10_000}`);
    const report = compareColumns([{ name: 'w', reference: rare, current: others }]);
    expect(report.columns[0]?.tests[0]).toMatchObject({ name: 'chi2', statistic: 0, pValue: 1 });
  });

  it('counts a grown share of missing cells as drift', () => {
    const reference = normals(500);
    const report = compareColumns([
      { name: 'x', reference, current: reference.map((v, i) => (i % 5 === 0 ? null : v)) },
    ]);
    expect(report.columns[0]).toMatchObject({ missing: { reference: 0, current: 0.2 }, drifted: true });
  });

  it('runs every test that applies, and names unknown ones', () => {
    const column: DriftColumn = { name: 'x', reference: normals(100), current: normals(100) };
    const all = compareColumns([column, { name: 'w', reference: words(50, 0.5), current: words(50, 0.5) }], {
      tests: 'all',
    });
    expect(all.columns.map((c) => c.tests.length)).toEqual([15, 8]);
    expect(driftTestNames).toEqual(
      'ks cvm ad mann-whitney welch-t epps-singleton wasserstein energy psi js kl hellinger tv linf mmd chi2 g'.split(
        ' ',
      ),
    );
    expect(() => compareColumns([column], { tests: ['ksx'] })).toThrow(
      'Test ksx is not known; use all or some of ks, cvm',
    );
  });

  it('takes columns whose types differ as categories and names new ones', () => {
    const report = compareColumns([
      { name: 'agent', reference: [1, 2, 2, null], current: ['1', 'UNK', true] },
    ]);
    expect(report.columns[0]).toMatchObject({ kind: 'categorical', newCategories: ['UNK', 'true'] });
  });

  it('answers finite numbers or reasons for any columns, the same ones again', () => {
    const cell = fc.oneof(
      fc.constantFrom(null, undefined, 0, 1, '', 'a', true, NaN, Infinity, 1n),
      fc.double(),
      fc.string({ maxLength: 3 }),
    );
    const numbers = fc.array(
      fc.oneof(fc.constantFrom(null, 0, -0, NaN, 1e308, -1e308, 5e-324), fc.double()),
      { maxLength: 25 },
    );
    const columns = fc.oneof(
      fc.tuple(numbers, numbers),
      fc.tuple(fc.array(cell, { maxLength: 25 }), fc.array(cell, { maxLength: 25 })),
    );
    fc.assert(
      fc.property(columns, ([reference, current]) => {
        const report = compareColumns([{ name: 'x', reference, current }], { tests: 'all' });
        for (const t of report.columns[0]?.tests ?? []) {
          if (t.statistic === null) expect(t.reason ?? '', t.name).not.toBe('');
          else
            expect(
              Number.isFinite(t.statistic) && (t.pValue === null || (t.pValue >= 0 && t.pValue <= 1)),
              `${t.name} ${t.statistic} ${t.pValue}`,
            ).toBe(true);
        }
        expect(compareColumns([{ name: 'x', reference, current }], { tests: 'all' })).toEqual(report);
      }),
      { seed: 1, numRuns: 250 },
    );
  });
});
