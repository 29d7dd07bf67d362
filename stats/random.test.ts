import { describe, expect, it } from 'vitest';
import { createRandom, restoreRandom } from './random.js';

describe('random', () => {
  it('gives the pinned stream of seed 42', () => {
    const random = createRandom(42);
    expect([random.next(), random.next(), random.int(1000), random.normal(), random.normal()])
      .toMatchInlineSnapshot(`
      [
        0.4562558052254867,
        0.5743777227769976,
        208,
        0.4864679361250782,
        -0.9543387311247762,
      ]
    `);
    expect([...random.permutation(8)]).toMatchInlineSnapshot(`
      [
        2,
        7,
        4,
        5,
        6,
        3,
        0,
        1,
      ]
    `);
  });

  it('goes on from a saved state', () => {
    const random = createRandom(7);
    random.next();
    const twin = restoreRandom(JSON.parse(JSON.stringify(random.state())));
    expect([twin.next(), twin.int(9)]).toEqual([random.next(), random.int(9)]);
  });

  it('draws normal numbers with mean 0 and variance 1', () => {
    const random = createRandom(3);
    const drawn = Float64Array.from({ length: 50_000 }, () => random.normal());
    const mean = drawn.reduce((a, v) => a + v, 0) / drawn.length;
    const variance = drawn.reduce((a, v) => a + (v - mean) ** 2, 0) / drawn.length;
    const beyond = drawn.filter((v) => Math.abs(v) > 1.959964).length / drawn.length;
    expect(Math.abs(mean)).toBeLessThan(0.02);
    expect(Math.abs(variance - 1)).toBeLessThan(0.03);
    expect(Math.abs(beyond - 0.05)).toBeLessThan(0.005);
  });

  it('permutes every row once and spreads whole numbers evenly', () => {
    const random = createRandom(11);
    expect([...random.permutation(100)].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 100 }, (_, i) => i),
    );
    const counts = new Array<number>(6).fill(0);
    for (let i = 0; i < 60_000; i++) {
      const face = random.int(6);
      counts[face] = (counts[face] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });

  it('tells seeds apart and refuses what is no seed', () => {
    expect(createRandom(1).next()).not.toBe(createRandom(2).next());
    expect(createRandom(1).next()).not.toBe(createRandom(2 ** 32 + 1).next());
    expect(() => createRandom(0.5)).toThrow('not a whole number');
    expect(() => createRandom(1).int(0)).toThrow('from 1 to 2^32');
  });
});
