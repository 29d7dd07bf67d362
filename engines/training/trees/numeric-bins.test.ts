import { describe, expect, it } from 'vitest';
import { boundBetween, fitNumberBins } from './numeric-bins.js';
import { uniform } from './test-rows.js';

const rules = { maxBin: 255, minDataInBin: 1 };

describe('bounds of numeric bins', () => {
  it('lie between neighbours, also between adjacent float32 and infinities', () => {
    const one = 1;
    const next = Math.fround(1 + 2 ** -23);
    expect(boundBetween(one, next)).toBe(one);
    expect(boundBetween(1, 2)).toBe(1.5);
    expect(boundBetween(-Infinity, 3)).toBe(-Infinity);
    expect(boundBetween(3, Infinity)).toBe(3);
    expect(boundBetween(-Infinity, Infinity)).toBe(-Infinity);
    expect(boundBetween(-3.4e38, 3.4e38)).toBe(0);
  });

  it('give every value its own bin when there are few', () => {
    const bins = fitNumberBins(Float32Array.of(3, 1, 2, 2, NaN, 1), rules);
    expect([...bins.bounds]).toEqual([1.5, 2.5]);
    expect(bins.bins).toBe(3);
  });

  it('make bins of about equal size when there are many', () => {
    const values = Float32Array.from({ length: 20_000 }, (_, i) => uniform(i, 1) ** 3);
    const { bounds, bins } = fitNumberBins(values, rules);
    const counts = new Array<number>(bins).fill(0);
    for (const x of values) {
      const bin = bounds.findIndex((bound) => x <= bound);
      const at = bin < 0 ? bins - 1 : bin;
      counts[at] = (counts[at] ?? 0) + 1;
    }
    expect(bins).toBeGreaterThan(240);
    expect(bins).toBeLessThanOrEqual(254);
    expect(Math.max(...counts)).toBeLessThan(2 * (20_000 / 254));
  });

  it('keep a value that fills half the rows alone', () => {
    const values = Float32Array.from({ length: 10_000 }, (_, i) => (i % 2 === 0 ? 0.5 : uniform(i, 2)));
    const { bounds } = fitNumberBins(values, rules);
    const above = bounds.findIndex((bound) => bound >= 0.5);
    expect((bounds[above] ?? 1) - (bounds[above - 1] ?? 0)).toBeLessThan(0.002);
  });

  it('call an input unusable that never differs', () => {
    expect(fitNumberBins(Float32Array.of(4, 4, 4), rules).usable).toBe(false);
    expect(fitNumberBins(Float32Array.of(NaN, NaN), rules).usable).toBe(false);
    expect(fitNumberBins(Float32Array.of(4, NaN), rules).usable).toBe(true);
  });
});
