import { expect, it } from 'vitest';
import { shadowFeasible, trafficOf } from './shadow-feasible.js';

it('compares the requests with what traffic brings before the shadow phase gives up', () => {
  const demand = { requests: 40, giveUpAfter: '14 days' };
  expect(shadowFeasible({ ...demand, requestsPerDay: 24 })).toMatchObject({ feasible: true, expected: 336 });
  expect(shadowFeasible({ ...demand, requestsPerDay: 2.5 })).toEqual({
    feasible: false,
    expected: 35,
    because:
      'rollout.shadow.requests is 40; 2.5 requests a day, as of late, give 35 within 2 weeks: ask for fewer, or raise rollout.shadow.giveUpAfter',
  });
  expect(shadowFeasible({ ...demand, requestsPerDay: 0 }).feasible).toBe(false);
  expect(shadowFeasible({ ...demand, requests: 0, requestsPerDay: 0 }).feasible).toBe(true);
});

it('counts traffic by the days that it has been coming, and takes a few trials for none', () => {
  const days = (...at: number[]): Float64Array => Float64Array.from(at, (day) => day * 86_400_000);
  expect(trafficOf(days(0, 1, 2, 3), 4 * 86_400_000)).toBe(1);
  expect(trafficOf(days(3.9, 3.95, 4), 4 * 86_400_000)).toBeNull();
  expect(trafficOf(days(), 4 * 86_400_000)).toBeNull();
});
