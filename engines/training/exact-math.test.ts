import { describe, expect, it } from 'vitest';
import { exactExp, exactLog, exactPower } from './exact-math.js';

const relative = (found: number, expected: number): number => Math.abs(found - expected) / Math.abs(expected);

describe('exactExp', () => {
  it('agrees with Math.exp to a few ulp over its whole range', () => {
    for (let x = -740; x <= 709; x += 0.37) {
      const tiny = x < -708;
      expect(relative(exactExp(x), Math.exp(x))).toBeLessThan(tiny ? 1e-2 : 2e-15);
    }
  });

  it('has the right edges', () => {
    expect([exactExp(0), exactExp(-800), exactExp(800), exactExp(NaN)]).toEqual([1, 0, Infinity, NaN]);
  });
});

describe('exactLog', () => {
  it('agrees with Math.log to a few ulp', () => {
    for (let x = 1e-300; x < 1e300; x *= 3.7) expect(relative(exactLog(x), Math.log(x))).toBeLessThan(2e-15);
  });

  it('has the right edges', () => {
    expect([exactLog(1), exactLog(0), exactLog(-1), exactLog(Infinity)]).toEqual([
      0,
      -Infinity,
      NaN,
      Infinity,
    ]);
  });
});

describe('exactPower', () => {
  it('multiplies by squaring', () => {
    expect([exactPower(2, 0), exactPower(2, 10), exactPower(3, 5)]).toEqual([1, 1024, 243]);
    expect(exactPower(0.999, 4000)).toBeCloseTo(0.999 ** 4000, 14);
  });
});
