import { describe, expect, it } from 'vitest';
import { PARTS, PHASES } from '../../test/chaos/phases.js';
import { planOf } from './plan.js';

const plans = Array.from({ length: 300 }, (_, seed) => planOf(seed));

describe('the plan of a life', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(planOf(7)).toEqual(planOf(7));
    expect(new Set(plans.map((plan) => JSON.stringify({ ...plan, seed: 0 }))).size).toBe(plans.length);
  });

  it('kills, over many seeds, every process in every phase, and two at once', () => {
    const killed = new Set(
      plans.flatMap(({ kills }) =>
        kills.flatMap(({ phase, parts }) => parts.map((part) => `${part} ${phase}`)),
      ),
    );
    expect(killed.size).toBe(PARTS.length * PHASES.length);
    expect(plans.some(({ kills }) => kills.some(({ parts }) => parts.length === 2))).toBe(true);
  });

  it('kills no more than two workers, which would only be waited for', () => {
    for (const { kills } of plans)
      expect(kills.filter(({ parts }) => parts.includes('worker')).length).toBeLessThan(3);
  });
});
