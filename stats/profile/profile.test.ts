import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../random.js';
import { ks } from '../two-sample/ks.js';
import { profileCategorical, profileNumeric } from './build.js';
import { compareToProfile } from './compare.js';

const normals = (n: number, seed: number, shift = 0): Float64Array => {
  const random = createRandom(seed);
  return Float64Array.from({ length: n }, () => random.normal() + shift);
};
const through = <T>(profile: T): T => JSON.parse(JSON.stringify(profile)) as T;
const statisticOf = (comparison: ReturnType<typeof compareToProfile>, name: string): number => {
  const found = comparison.tests.find((t) => t.name === name);
  return found?.kind === 'value' ? found.statistic : Number.NaN;
};

describe('numeric profile', () => {
  it('stays within 8 KiB and within its stated error on 300,000 distinct rows', () => {
    const reference = normals(300_000, 1);
    const current = normals(20_000, 2, 0.1);
    const profile = profileNumeric(reference);
    expect(JSON.stringify(profile).length).toBeLessThan(8192);
    const exact = ks(reference, current);
    const sketched = statisticOf(compareToProfile(through(profile), current), 'ks');
    const truth = exact.kind === 'value' ? exact.statistic : Number.NaN;
    expect(profile.error).toBeLessThan(0.005);
    expect(sketched).toBeLessThanOrEqual(truth + 1e-12);
    expect(truth - sketched).toBeLessThanOrEqual(profile.error);
  });

  it('is exact on few distinct values', () => {
    const reference = normals(5000, 3).map((v) => Math.round(v * 10));
    const current = normals(700, 4, 0.3).map((v) => Math.round(v * 10));
    const profile = profileNumeric(reference);
    expect(profile.error).toBe(0);
    const exact = ks(reference, current);
    expect(statisticOf(compareToProfile(profile, current), 'ks')).toBeCloseTo(
      exact.kind === 'value' ? exact.statistic : Number.NaN,
      12,
    );
  });

  it('finds nothing on the same rows and much on shifted ones', () => {
    const reference = normals(2000, 5);
    const profile = profileNumeric(reference);
    const same = compareToProfile(profile, reference);
    expect([statisticOf(same, 'ks'), statisticOf(same, 'psi'), statisticOf(same, 'js')]).toEqual([0, 0, 0]);
    expect(statisticOf(compareToProfile(profile, normals(2000, 6, 1)), 'psi')).toBeGreaterThan(0.5);
  });

  it('tells a missing share that grew and names what is empty', () => {
    const profile = profileNumeric([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const holes = compareToProfile(profile, [1, null, null, 4, Number.NaN, null, 7, null, null, 10]);
    expect(holes.missing).toMatchObject({ reference: 0, current: 0.6 });
    expect(holes.missing.test.kind === 'value' ? holes.missing.test.pValue : 1).toBeLessThan(0.01);
    expect(compareToProfile(profile, []).tests[0]).toEqual({
      name: 'ks',
      kind: 'absent',
      reason: 'the current sample has no values',
    });
    expect(compareToProfile(profileNumeric([null]), [1]).tests[1]).toEqual({
      name: 'psi',
      kind: 'absent',
      reason: 'the reference sample has no values',
    });
    expect(compareToProfile(profile, ['text', 3, 'more']).missing.current).toBeCloseTo(2 / 3);
  });

  it('answers finite numbers or reasons for any columns', () => {
    const cell = fc.oneof(fc.constantFrom(null, 0, -0, NaN, Infinity, 1), fc.double());
    fc.assert(
      fc.property(
        fc.array(cell, { maxLength: 40 }),
        fc.array(cell, { maxLength: 40 }),
        (reference, current) => {
          for (const test of compareToProfile(through(profileNumeric(reference)), current).tests) {
            if (test.kind === 'value')
              expect(Number.isFinite(test.statistic) && (test.pValue ?? 0) >= 0).toBe(true);
            else expect(test.reason).not.toBe('');
          }
        },
      ),
      { seed: 1, numRuns: 300 },
    );
  });
});

describe('categorical profile', () => {
  it('names new categories', () => {
    const profile = profileCategorical(['a', 'b', 'a', null, true]);
    expect(profile.counts).toEqual([
      ['a', 2],
      ['b', 1],
      ['true', 1],
    ]);
    const comparison = compareToProfile(profile, ['a', 'c', 'c', 'true']);
    expect(comparison.newCategories).toEqual(['c']);
    expect(comparison.missing.reference).toBe(0.2);
    expect(comparison.tests.map((t) => t.name)).toEqual(['chi2', 'psi', 'js']);
  });

  it('stays within 8 KiB with 200,000 categories and compares the rest as one group', () => {
    const column = Array.from({ length: 200_000 }, (_, i) => `категория ${i % 50 === 0 ? 0 : i}`);
    const profile = profileCategorical(column);
    expect(Buffer.byteLength(JSON.stringify(profile))).toBeLessThan(8192);
    expect(profile.rest.categories).toBeGreaterThan(190_000);
    const comparison = compareToProfile(profile, column);
    expect(statisticOf(comparison, 'chi2')).toBe(0);
    expect(comparison.newCategories).toEqual([]);
  });
});
