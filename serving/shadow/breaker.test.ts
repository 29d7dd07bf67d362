import { describe, expect, it } from 'vitest';
import { createBreaker } from './breaker.js';

describe('a breaker', () => {
  it('opens after failures in a row, not after as many in all', () => {
    const breaker = createBreaker({ failures: 2, now: () => 0 });
    breaker.failed();
    breaker.succeeded();
    breaker.failed();
    expect(breaker.state()).toBe('closed');
    breaker.failed();
    expect([breaker.state(), breaker.admits()]).toEqual(['open', false]);
  });

  it('lets one trial through after its rest, and closes when that succeeds', () => {
    let now = 0;
    const breaker = createBreaker({ failures: 1, restMs: 100, now: () => now });
    breaker.failed();
    now = 100;
    expect([breaker.admits(), breaker.admits()]).toEqual([true, false]);
    breaker.succeeded();
    expect([breaker.state(), breaker.admits()]).toEqual(['closed', true]);
  });

  it('rests twice as long after every failed trial, up to its limit', () => {
    let now = 0;
    const breaker = createBreaker({ failures: 1, restMs: 100, longestRestMs: 300, now: () => now });
    breaker.failed();
    const rests = [1, 2, 3].map(() => {
      const from = now;
      while (!breaker.admits()) now += 10;
      breaker.failed();
      return now - from;
    });
    expect(rests).toEqual([100, 200, 300]);
  });
});
