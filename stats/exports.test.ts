import { describe, expect, it } from 'vitest';
import { compareColumns, detect, evaluate } from 'perennial/stats';

describe('perennial/stats', () => {
  it('is imported by name, without a server', () => {
    const column = { name: 'temp', reference: [0.2, 0.3, 0.4], current: [0.2, 0.3, 0.4] };
    expect(compareColumns([column]).drifted).toBe(false);
    expect(detect([0, 1, 0], 'page-hinkley').params).toMatchObject({ delta: 0.005, threshold: 50 });
    expect(evaluate('regression', { labels: [1, 2], predictions: [1, 4] })['mae']).toMatchObject({
      value: 1,
    });
  });
});
