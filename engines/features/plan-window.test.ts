import { describe, expect, it } from 'vitest';
import { AS_OF, makeSpec } from './feature-fixture.js';
import { planWindow } from './plan-window.js';

describe('the window of a run', () => {
  it('counts back from as-of less the label delay, with a gap of the delay between the blocks', () => {
    expect(planWindow({ spec: makeSpec(), asOf: AS_OF })).toEqual({
      asOf: AS_OF,
      train: { from: '2024-01-10T00:00:00.000Z', to: '2024-01-21T00:00:00.000Z' },
      validation: { from: '2024-01-22T00:00:00.000Z', to: '2024-01-25T00:00:00.000Z' },
      holdout: { from: '2024-01-26T00:00:00.000Z', to: '2024-01-30T00:00:00.000Z' },
    });
  });

  it('begins before everything when all rows train, and takes the gap that the spec names', () => {
    const window = { kind: 'all', validation: '3 days', holdout: '4 days', gap: '2 days' } as const;
    const plan = planWindow({ spec: makeSpec({ window }), asOf: AS_OF });
    expect(plan.train).toEqual({ from: '0001-01-01T00:00:00.000Z', to: '2024-01-19T00:00:00.000Z' });
  });

  it('refuses blocks that leave no time to train on', () => {
    const window = { kind: 'fixed', length: '9 days', validation: '3 days', holdout: '4 days' } as const;
    expect(() => planWindow({ spec: makeSpec({ window }), asOf: AS_OF })).toThrow(
      "window.length is '9 days'; expected more than validation, holdout and two gaps together",
    );
  });
});
