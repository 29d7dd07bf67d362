import { describe, expect, it } from 'vitest';
import { createRandom } from '../random.js';
import { calibrate } from './calibrate.js';

const reference = (() => {
  const random = createRandom(5);
  let state = 0;
  return Float64Array.from({ length: 1500 }, () => (state = 0.6 * state + random.normal()));
})();

describe('calibrate', () => {
  it('finds a threshold that keeps the asked run length on fresh streams', () => {
    const found = calibrate({ detector: 'page-hinkley', reference, expectedRunLength: 500, streams: 60 });
    if (found.kind === 'absent') throw new Error(found.reason);
    expect(found.falseAlarms.rate).toBeLessThanOrEqual(1 / 500);
    expect(found.falseAlarms.rate).toBeGreaterThan(1 / 1500);
    expect(found.delay.missed).toBeLessThan(4);
    expect(found.delay.median ?? 0).toBeLessThan(120);
    expect(calibrate({ detector: 'page-hinkley', reference, expectedRunLength: 500, streams: 60 })).toEqual(
      found,
    );
  });

  it('chooses the limit of ddm from errors', () => {
    const errors = reference.map((v) => (v > 1.2 ? 1 : 0));
    const found = calibrate({ detector: 'ddm', reference: errors, expectedRunLength: 500, streams: 40 });
    if (found.kind === 'absent') throw new Error(found.reason);
    expect(found.falseAlarms.rate).toBeLessThanOrEqual(1 / 500);
    expect(Number(found.params['drift_threshold'])).toBeGreaterThan(2);
  });

  it('names a run length that no setting reaches', () => {
    // Two warm-up values rarely hold an error, and DDM alarms at the first one after a warm-up without.
    const errors = Float64Array.from({ length: 500 }, (_, i) => (i % 10 === 9 ? 1 : 0));
    const found = calibrate({
      detector: 'ddm',
      params: { warm_start: 2 },
      reference: errors,
      expectedRunLength: 300,
      streams: 20,
    });
    expect(found).toEqual({
      kind: 'absent',
      reason: 'even the quietest ddm alarms more often than once in 300 values',
    });
  });

  it('names what it cannot calibrate on', () => {
    expect(calibrate({ detector: 'ddm', reference, expectedRunLength: 100 })).toMatchObject({
      kind: 'absent',
    });
    expect(calibrate({ detector: 'adwin', reference: [1, 2, 3], expectedRunLength: 100 })).toEqual({
      kind: 'absent',
      reason: 'the reference has 3 rows, fewer than 5 blocks of 2',
    });
    expect(() => calibrate({ detector: 'adwin', reference, expectedRunLength: 0 })).toThrow(
      'Expected run length 0',
    );
  });
});
