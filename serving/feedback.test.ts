import { describe, expect, it } from 'vitest';
import { readFeedback } from './feedback.js';

const context = { now: Date.parse('2026-01-02T00:00:00Z'), stepped: false, clockSkewMs: 0 };

describe('feedback', () => {
  it('of a binary model is one of its two classes: a third would break the next training', () => {
    const read = (label: unknown) =>
      readFeedback(
        { labels: [{ key: 'a', label }] },
        { ...context, task: 'binary' as const, classes: ['0', '1'] },
      );
    expect([read(1), read('0')].flat().map(({ label }) => label)).toEqual([1, '0']);
    for (const [label, shown] of [
      [true, 'true'],
      ['yes', "'yes'"],
    ])
      expect(() => read(label)).toThrow(
        `labels[0].label is ${String(shown)}; expected a class of the model: 0, 1. Correct the request; none of its labels was stored.`,
      );
  });

  it('of several classes may bring a new one', () => {
    const multiclass = { ...context, task: 'multiclass' as const, classes: ['a', 'b', 'c'] };
    expect(readFeedback({ labels: [{ key: 'k', label: 'd' }] }, multiclass)).toMatchObject([{ label: 'd' }]);
  });
});
