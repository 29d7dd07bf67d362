import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../random.js';
import { sortColumn, sorted } from './radix.js';

describe('sortColumn', () => {
  it('sorts as the built-in sort does, both widths, any size', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true }), { maxLength: 50 }),
        fc.integer({ min: 1, max: 60 }),
        (some, times) => {
          const values = Array.from({ length: times }, () => some).flat();
          expect(sorted(values)).toEqual(Float64Array.from(values).sort());
          expect(sortColumn(Float32Array.from(values))).toEqual(Float32Array.from(values).sort());
        },
      ),
      { seed: 1, numRuns: 60 },
    );
  });

  it('sorts columns with signs, zeros, infinities and few distinct values', () => {
    const random = createRandom(1);
    const column = Float64Array.from({ length: 5000 }, (_, i) =>
      i % 7 === 0 ? -0 : i % 11 === 0 ? 0 : i % 13 === 0 ? -Infinity : Math.round(random.normal() * 3),
    );
    expect(sortColumn(column.slice())).toEqual(column.slice().sort());
    expect(sortColumn(new Float64Array(1000).fill(3))).toEqual(new Float64Array(1000).fill(3));
  });

  it('takes a scratch column and a view into a larger buffer', () => {
    const whole = Float64Array.from({ length: 2000 }, (_, i) => 2000 - i);
    const view = whole.subarray(500, 1500);
    sortColumn(view, new Float64Array(1000));
    expect(view[0]).toBe(501);
    expect(view[999]).toBe(1500);
    expect(whole[499]).toBe(1501);
  });
});
