import { expect, it } from 'vitest';
import { shadowFeasible } from './shadow-feasible.js';

it('compares the requests with what traffic brings before the shadow phase gives up', () => {
  const demand = { requests: 40, giveUpAfter: '14 days' };
  expect(shadowFeasible({ ...demand, requestsPerDay: 24 })).toMatchObject({ feasible: true, expected: 336 });
  expect(shadowFeasible({ ...demand, requestsPerDay: 2.5 })).toEqual({
    feasible: false,
    expected: 35,
    because: 'rollout.shadow.requests is 40; 2.5 requests a day give 35 within 2 weeks',
  });
  expect(shadowFeasible({ ...demand, requestsPerDay: 0 }).feasible).toBe(false);
  expect(shadowFeasible({ ...demand, requests: 0, requestsPerDay: 0 }).feasible).toBe(true);
});
