import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../random.js';
import { createDetector, detect, detectorOf, detectors, restoreDetector } from './table.js';
import type { DetectorKind } from './types.js';

/** A stream of what the detector takes, that changes half-way. */
function streamFor(kind: DetectorKind, n: number, seed: number): Float64Array {
  const random = createRandom(seed);
  return Float64Array.from({ length: n }, (_, i) => {
    const changed = i >= n / 2;
    return kind.input === 'values'
      ? random.normal() + (changed ? 3 : 0)
      : random.next() < (changed ? 0.7 : 0.1)
        ? 1
        : 0;
  });
}

describe.each(detectors)('$name', (kind) => {
  it('finds a large change', () => {
    const { alarms } = detect(
      streamFor(kind, 2000, 1),
      kind.name,
      kind.name === 'page-hinkley' ? { threshold: 30 } : {},
    );
    expect(alarms.some((at) => at >= 1000 && at < 1400)).toBe(true);
  });

  it('is quiet on a constant', () => {
    expect(detect(new Float64Array(3000), kind.name).alarms).toEqual([]);
    expect(detect(new Float64Array(3000).fill(1), kind.name).alarms).toEqual([]);
  });

  it('raises the same alarms again, and after being saved and restored anywhere', () => {
    const stream = streamFor(kind, 1500, 2);
    const straight = detect(stream, kind.name);
    expect(detect(stream, kind.name)).toEqual(straight);
    let detector = createDetector(kind.name);
    const alarms: number[] = [];
    const warnings: number[] = [];
    stream.forEach((v, i) => {
      if (i % 37 === 0 || detector.drift)
        detector = restoreDetector(JSON.parse(JSON.stringify(detector.save())));
      detector.update(v);
      if (detector.drift) alarms.push(i);
      if (detector.warning) warnings.push(i);
    });
    expect({ alarms, warnings }).toEqual({ alarms: straight.alarms, warnings: straight.warnings });
  });

  it('starts afresh after an alarm', () => {
    const stream = streamFor(kind, 1500, 3);
    const { alarms } = detect(stream, kind.name);
    const first = alarms[0];
    if (first === undefined) return;
    const rest = detect(stream.subarray(first + 1), kind.name).alarms.map((at) => at + first + 1);
    expect(alarms.slice(1)).toEqual(rest);
  });

  it('refuses values, parameters and states that it cannot take', () => {
    expect(() => createDetector(kind.name).update(Number.NaN)).toThrow('leave out values');
    expect(() => createDetector(kind.name, { nonsense: 1 })).toThrow(
      `${kind.name} has no parameter nonsense; it takes`,
    );
    const key = Object.keys(kind.defaults)[0] ?? '';
    expect(() => createDetector(kind.name, { [key]: 'text' })).toThrow(`${kind.name}: ${key} is text`);
    expect(() => restoreDetector({ detector: kind.name, params: {}, state: { drift: 'no' } })).toThrow(
      'does not fit its shape',
    );
  });

  it('takes any finite stream without harm', () => {
    const cell =
      kind.input === 'values' ? fc.double({ noNaN: true, noDefaultInfinity: true }) : fc.constantFrom(0, 1);
    fc.assert(
      fc.property(fc.array(cell, { maxLength: 200 }), (values) => {
        const { alarms } = detect(values, kind.name);
        expect(alarms.every((at) => at >= 0 && at < values.length)).toBe(true);
      }),
      { seed: 1, numRuns: 60 },
    );
  });
});

describe('detect', () => {
  it('leaves missing values out and keeps the row numbers of the column', () => {
    const stream = streamFor(detectorOf('adwin'), 1000, 4);
    const holes = Array.from(stream).flatMap((v, i): (number | null)[] => (i === 10 ? [null, v] : [v]));
    const found = detect(holes, 'adwin');
    expect(found.skipped).toBe(1);
    expect(found.alarms).toEqual(detect(stream, 'adwin').alarms.map((at) => at + 1));
    expect(() => detect([], 'd2')).toThrow('Detector d2 is not known; use one of adwin, kswin');
  });
});
