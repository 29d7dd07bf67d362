import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { adjust } from './correct.js';

describe('adjust', () => {
  it('equals the worked example of Holm', () => {
    expect(adjust([0.01, 0.04, 0.03, 0.005], 'holm')).toEqual([0.03, 0.06, 0.06, 0.02]);
  });

  it('equals the worked example of Benjamini and Hochberg', () => {
    const adjusted = adjust([0.01, 0.04, 0.03, 0.005], 'benjamini-hochberg');
    [0.02, 0.04, 0.04, 0.02].forEach((p, i) => expect(adjusted[i]).toBeCloseTo(p, 12));
  });

  it('leaves null out of the count', () => {
    expect(adjust([0.02, null, 0.5], 'holm')).toEqual([0.04, null, 0.5]);
    expect(adjust([null], 'benjamini-hochberg')).toEqual([null]);
    expect(() => adjust([Number.NaN], 'holm')).toThrow('NaN is not a p-value');
  });

  it('never lowers a p-value, keeps the order and is no stricter than Bonferroni', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 }),
        (ps) => {
          const holm = adjust(ps, 'holm').map(Number);
          const bh = adjust(ps, 'benjamini-hochberg').map(Number);
          ps.forEach((p, i) => {
            expect(bh[i]).toBeGreaterThanOrEqual(p - 1e-15);
            expect(holm[i]).toBeGreaterThanOrEqual((bh[i] ?? 0) - 1e-12);
            expect(holm[i]).toBeLessThanOrEqual(Math.min(1, ps.length * p) + 1e-12);
            ps.forEach((other, j) => {
              if (p < other) expect((holm[i] ?? 0) <= (holm[j] ?? 0)).toBe(true);
            });
          });
        },
      ),
      { seed: 1, numRuns: 200 },
    );
  });
});
