import { describe, expect, it } from 'vitest';
import { readFixture } from '../fixtures/read.js';
import { sampleRange, seedTwister } from './mersenne-twister.js';
import { createDetector, detect } from './table.js';
import type { Parameters } from './types.js';

interface Result {
  detector: string;
  params: Parameters;
  drifts: number[];
  warnings?: [number, number][];
  final_state?: Record<string, number>;
}
interface Stream {
  name: string;
  values?: number[];
  bits?: string;
  results: Result[];
}
const fixture = readFixture<{ streams: Stream[]; kswin_rng: { draws: number[][] } }>('detectors');

const NAMES: Record<string, string> = {
  ADWIN: 'adwin',
  PageHinkley: 'page-hinkley',
  KSWIN: 'kswin',
  DDM: 'ddm',
  EDDM: 'eddm',
  HDDM_A: 'hddm-a',
  HDDM_W: 'hddm-w',
};

/** Row numbers as inclusive ranges. */
function ranges(rows: number[]): [number, number][] {
  const found: [number, number][] = [];
  for (const row of rows) {
    const last = found[found.length - 1];
    if (last && last[1] === row - 1) last[1] = row;
    else found.push([row, row]);
  }
  return found;
}

// The stream that is a column of a file is left out: the file may not be distributed.
const streams = fixture.streams.flatMap((s) => {
  const values = s.values ?? (s.bits ? Array.from(s.bits, Number) : undefined);
  return values ? [{ ...s, values }] : [];
});

describe('detectors raise the alarms of River', () => {
  it.each(streams)('on $name', ({ values, results }) => {
    for (const { detector, params, drifts, warnings } of results) {
      const ours = detect(values, NAMES[detector] ?? detector, params);
      const label = `${detector} ${JSON.stringify(params)}`;
      expect(ours.alarms, label).toEqual(drifts);
      if (warnings) expect(ranges(ours.warnings), label).toEqual(warnings);
    }
  });

  it('and end in the same state', () => {
    for (const { values, results } of streams) {
      for (const { detector, params, final_state: theirs } of results) {
        if (detector !== 'ADWIN' || !theirs) continue;
        const ours = createDetector('adwin', params);
        for (const v of values) ours.update(v);
        const state = ours.save().state as Record<string, number>;
        expect(state['width']).toBe(theirs['width']);
        expect(state['total']).toBeCloseTo(theirs['total'] ?? 0, 6);
      }
    }
  });

  it('with the draws of CPython', () => {
    const random = seedTwister(42);
    for (const draw of fixture.kswin_rng.draws) expect([...sampleRange(random, 70, 30)]).toEqual(draw);
  });
});
