import { describe, expect, it } from 'vitest';
import { fTail, studentTwoSided } from '../distributions.js';
import { createRandom } from '../random.js';
import { sampleOf } from '../two-sample/sample.js';
import { profileCategorical, profileNumeric } from './build.js';
import { compareToProfile } from './compare.js';
import { dependenceOf } from './dependence.js';

/** AR(1) with unit variance. */
function series(n: number, rho: number, seed: number): Float64Array {
  const random = createRandom(seed);
  let state = random.normal();
  return Float64Array.from(
    { length: n },
    () => (state = rho * state + Math.sqrt(1 - rho * rho) * random.normal()),
  );
}

/** Days of 24 hours: each day has its own level. */
function days(count: number, seed: number, shift = 0): Float64Array {
  const random = createRandom(seed);
  const levels = Array.from({ length: count }, () => random.normal() + shift);
  return Float64Array.from(
    { length: count * 24 },
    (_, i) => (levels[Math.floor(i / 24)] ?? 0) + random.normal() / 3,
  );
}

const weather = (hours: Float64Array): string[] =>
  Array.from(hours, (v) => (v > 0.8 ? 'rain' : v > -0.5 ? 'mist' : 'clear'));
const pOf = (comparison: ReturnType<typeof compareToProfile>, name: string): number => {
  const test = comparison.tests.find((t) => t.name === name);
  return test?.kind === 'value' ? (test.pValue ?? NaN) : NaN;
};

describe('dependence of rows', () => {
  it('is the theoretical one of an autoregressive series', () => {
    // Signs of two normals with correlation r have correlation (2/π) asin r.
    const rho = 0.8;
    let theory = 1;
    for (let lag = 1; lag < 200; lag++) theory += 2 * (2 / Math.PI) * Math.asin(rho ** lag);
    const cell = Array.from(series(200_000, rho, 1), (v) => (v < 0 ? 0 : 1));
    const found = dependenceOf({ cell, cells: 2, blockRows: 100, ordered: true });
    expect(Math.abs((found?.cut[3] ?? 0) / theory - 1)).toBeLessThan(0.15);
    // Two cells: χ² is the square of one normal, and its scale the same number.
    expect(found?.scale.at(-1)).toBe(found?.cut.at(-1));
    expect(found?.dof.every((share) => share === 1)).toBe(true);
  });

  it('is a block’s length where all rows of a block are alike, and 1 where rows are independent', () => {
    const random = createRandom(2);
    const blocks = Array.from({ length: 4000 }, () => random.int(5));
    const alike = dependenceOf({
      cell: blocks.flatMap((c) => Array.from({ length: 12 }, () => c)),
      cells: 5,
      blockRows: 12,
      ordered: true,
    });
    expect(Math.abs((alike?.scale[0] ?? 0) - 12)).toBeLessThan(0.5);
    const none = dependenceOf({ cell: blocks, cells: 5, blockRows: 20, ordered: true });
    expect(Math.abs((none?.scale[0] ?? 0) - 1)).toBeLessThan(0.2);
  });

  it('gives χ² the mean and the variance that simulation finds', () => {
    // Cells 0 and 1 follow the day, cells 2 and 3 the row: two directions with different dependence.
    const draw = (count: number, seed: number): number[] => {
      const random = createRandom(seed);
      return Array.from({ length: count }, () => random.int(2)).flatMap((level) =>
        Array.from({ length: 24 }, () => (random.next() < 0.5 ? level : 2 + random.int(2))),
      );
    };
    const found = dependenceOf({ cell: draw(20_000, 3), cells: 4, blockRows: 24, ordered: false });
    const [scale = 0, dof = 0] = [found?.scale[0], (found?.dof[0] ?? 0) * 3];
    const statistics = Array.from({ length: 2000 }, (_, run) => {
      const counts = [0, 0, 0, 0];
      for (const c of draw(10, 100 + run)) counts[c] = (counts[c] ?? 0) + 1;
      return counts.reduce((all, count) => all + (count - 60) ** 2 / 60, 0);
    });
    const mean = statistics.reduce((all, v) => all + v, 0) / statistics.length;
    const variance = statistics.reduce((all, v) => all + (v - mean) ** 2, 0) / statistics.length;
    expect(Math.abs((scale * dof) / mean - 1)).toBeLessThan(0.1);
    expect(Math.abs((2 * dof * scale * scale) / variance - 1)).toBeLessThan(0.25);
  });

  it('keeps a check’s rate of false alarms, which rows counted as independent do not', () => {
    const alarms = { ks: 0, psi: 0, chi2: 0, naiveKs: 0, naiveChi2: 0 };
    const runs = 200;
    for (let run = 0; run < runs; run++) {
      const [reference, current] = [days(80, 2 * run), days(7, 2 * run + 1)];
      const careful = compareToProfile(profileNumeric(reference, { blockRows: 24 }), current);
      const words = compareToProfile(
        profileCategorical(weather(reference), { blockRows: 24 }),
        weather(current),
      );
      if (pOf(careful, 'ks') <= 0.05) alarms.ks++;
      if (pOf(careful, 'psi') <= 0.05) alarms.psi++;
      if (pOf(words, 'chi2') <= 0.05) alarms.chi2++;
      if (pOf(compareToProfile(profileNumeric(reference), current), 'ks') <= 0.05) alarms.naiveKs++;
      const plain = compareToProfile(profileCategorical(weather(reference)), weather(current));
      if (pOf(plain, 'chi2') <= 0.05) alarms.naiveChi2++;
    }
    // 19 of 200 is the 99.9 % quantile of a rate of 5 %.
    expect(Math.max(alarms.ks, alarms.psi, alarms.chi2)).toBeLessThanOrEqual(19);
    expect(Math.min(alarms.naiveKs, alarms.naiveChi2)).toBeGreaterThan(150);
  });

  it('still finds days that are different', () => {
    const profile = profileNumeric(days(80, 1), { blockRows: 24 });
    const words = profileCategorical(weather(days(80, 1)), { blockRows: 24 });
    expect(pOf(compareToProfile(profile, days(7, 2, 2.5)), 'ks')).toBeLessThan(0.001);
    expect(pOf(compareToProfile(words, weather(days(7, 2, 2.5))), 'chi2')).toBeLessThan(0.001);
  });

  it('takes the tail of F from a kept library', () => {
    // Two degrees of freedom above: (1 + 2x/n)^(−n/2). One: Student's t, two-sided.
    expect(fTail(3, 2, 16)).toBeCloseTo((1 + 6 / 16) ** -8, 14);
    expect(fTail(2.12 ** 2, 1, 16)).toBeCloseTo(studentTwoSided(2.12, 16), 12);
    expect(fTail(0, 3, 10)).toBe(1);
  });

  it('fits into the profile’s 8 KiB, and needs rows in order and enough of them', () => {
    const column = series(100_000, 0.5, 4);
    expect(JSON.stringify(profileNumeric(column, { blockRows: 24 })).length).toBeLessThan(8192);
    const many = Array.from(column, (v) => `category ${Math.round(v * 1000)}`);
    expect(JSON.stringify(profileCategorical(many, { blockRows: 24 })).length).toBeLessThan(8192);
    expect(profileNumeric(column.subarray(0, 100), { blockRows: 24 })).not.toHaveProperty('dependence');
    expect(profileNumeric(new Float64Array(500), { blockRows: 24 })).not.toHaveProperty('dependence');
    expect(profileCategorical([null, null], { blockRows: 1 })).not.toHaveProperty('dependence');
    expect(() => profileNumeric(sampleOf(column), { blockRows: 24 })).toThrow('rows in time order');
    expect(() => profileNumeric(column, { blockRows: 0.5 })).toThrow('blockRows is 0.5');
  });

  it('leaves missing rows out', () => {
    const hours = Array.from(days(60, 5));
    const holes = hours.map((v, i) => (i % 10 === 0 ? null : v));
    const [whole, part] = [hours, holes].map(
      (column) => profileNumeric(column, { blockRows: 24 }).dependence,
    );
    expect(Math.abs((part?.cut.at(-1) ?? 0) / (whole?.cut.at(-1) ?? 1) - 1)).toBeLessThan(0.25);
  });
});
