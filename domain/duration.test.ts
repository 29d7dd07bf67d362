import { describe, expect, it } from 'vitest';
import { durationSchema, formatMillis, millis } from './duration.js';

describe('durations', () => {
  it.each([
    ['50 ms', 50],
    ['1 millisecond', 1],
    ['90 days', 7_776_000_000],
    ['1.5 weeks', 907_200_000],
    ['0 seconds', 0],
    ['1 hour', 3_600_000],
  ])('%s is %d milliseconds', (text, ms) => {
    expect(durationSchema.parse(text)).toBe(text);
    expect(millis(text)).toBe(ms);
  });

  it.each([
    '',
    '3d',
    '-1 day',
    '1day',
    ' 1 day',
    '1 day ',
    '1e3 days',
    '5 mss',
    '1 month',
    'NaN days',
    '101000 days',
    `${'9'.repeat(400)} days`,
  ])('refuses %j', (text) => {
    expect(durationSchema.safeParse(text).success).toBe(false);
  });

  it('are written in the largest unit that fits', () => {
    expect([604_800_000, 86_400_000, 90_000, 1500, 0].map(formatMillis)).toEqual([
      '1 week',
      '1 day',
      '90 seconds',
      '1500 milliseconds',
      '0 milliseconds',
    ]);
  });
});
