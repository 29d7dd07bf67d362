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

  it('of several classes is one of them: a text that somebody made up would be one more to learn', () => {
    const multiclass = { ...context, task: 'multiclass' as const, classes: ['a', 'b', '3'] };
    const read = (label: unknown) => readFeedback({ labels: [{ key: 'k', label }] }, multiclass);
    expect([read('a'), read(3)].flat().map(({ label }) => label)).toEqual(['a', 3]);
    expect(() => read('d')).toThrow("labels[0].label is 'd'; expected a class of the model: a, b, 3.");
  });

  it.each([1e200, -1.1e100])('of a regression is a number that can be learned: %d is not', (label) => {
    const read = (value: number) =>
      readFeedback(
        { labels: [{ key: 'k', label: value }] },
        { ...context, task: 'regression', classes: null },
      );
    expect(read(-1e100)).toMatchObject([{ label: -1e100 }]);
    expect(() => read(label)).toThrow(
      /^labels\[0\].label is .*; expected a finite number of -1e\+100 to 1e\+100/,
    );
  });
});
