import { describe, expect, it } from 'vitest';
import { editDistance, nearest } from './nearest.js';

describe('the nearest name', () => {
  it.each([
    ['metrik', 'metric'],
    ['LABEL', 'label'],
    ['batch_size', 'batchSize'],
    ['batchsize', 'batchSize'],
    ['lable', 'label'],
    ['colour', undefined],
    ['', undefined],
    ['x'.repeat(1000), undefined],
  ])('to %j is %j', (text, name) => {
    expect(nearest(text, ['metric', 'label', 'batchSize'])).toBe(name);
  });

  it('is found by edits, swaps counting as one', () => {
    expect(editDistance('', 'abc')).toBe(3);
    expect(editDistance('abcd', 'abdc')).toBe(1);
    expect(editDistance('kitten', 'sitting')).toBe(3);
  });
});
