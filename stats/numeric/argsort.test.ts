import { describe, expect, it } from 'vitest';
import { createRandom } from '../random.js';
import { argsort, denseRanks } from './argsort.js';

describe('argsort', () => {
  it.each([10, 5000])('orders %i rows as a comparison does, ties in place', (n) => {
    const random = createRandom(n);
    const special = [0, -0, -1e300, 1e300, 5e-324, -Infinity, Infinity, -2.5];
    const values = Array.from({ length: n }, (_, i) =>
      i % 3 === 0 ? (special[i % 8] ?? 0) : Math.round(random.normal() * 20) / 4,
    );
    const plain = values
      .map((_, i) => i)
      .sort((a, b) =>
        (values[a] ?? 0) < (values[b] ?? 0) ? -1 : (values[a] ?? 0) > (values[b] ?? 0) ? 1 : a - b,
      );
    expect([...argsort(values)]).toEqual(plain);
  });

  it('ranks distinct values', () => {
    expect(denseRanks([3, 1, 3, -2])).toEqual({ group: Uint32Array.from([2, 1, 2, 0]), groups: 3 });
  });
});
