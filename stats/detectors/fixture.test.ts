import { describe, expect, it } from 'vitest';
import { type ColumnRows, dataFile, readColumnRows } from '../fixtures/columns.js';
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
  from_file?: ColumnRows;
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

/** The stream's values. */
async function valuesOf({ values, bits, from_file: rows }: Stream): Promise<number[]> {
  if (values) return values;
  if (bits !== undefined) return Array.from(bits, Number);
  const path = rows === undefined ? undefined : dataFile(rows.file);
  if (rows === undefined || path === undefined) throw new Error(`${rows?.file ?? 'a file'} is not here`);
  return (await readColumnRows(path, rows)).map((v) => v ?? NaN);
}

/** Streams whose values are here: one is a column of a file that may not be distributed, and `PERENNIAL_DATA` names its folder. */
const streams = fixture.streams.filter(
  ({ values, bits, from_file: rows }) =>
    values !== undefined || bits !== undefined || (rows !== undefined && dataFile(rows.file) !== undefined),
);

/** Fields of our saved state by the names of River's. */
const STATE: Record<string, Record<string, string>> = {
  ADWIN: { width: 'width', total: 'total', variance: 'variance' },
  PageHinkley: {
    n: 'n',
    mean: 'mean',
    sum_increase: 'increase',
    sum_decrease: 'decrease',
    min_increase: 'least',
    max_decrease: 'most',
  },
};

describe('detectors raise the alarms of River', () => {
  it.for(streams)('on $name', async (stream) => {
    const values = await valuesOf(stream);
    for (const { detector, params, drifts, warnings } of stream.results) {
      const ours = detect(values, NAMES[detector] ?? detector, params);
      const label = `${detector} ${JSON.stringify(params)}`;
      expect(ours.alarms, label).toEqual(drifts);
      if (warnings) expect(ranges(ours.warnings), label).toEqual(warnings);
    }
  });

  it.for(streams)('and end in the same state on $name', async (stream) => {
    const values = await valuesOf(stream);
    for (const { detector, params, final_state: theirs } of stream.results) {
      if (!theirs) continue;
      const ours = createDetector(NAMES[detector] ?? detector, params);
      for (const v of values) ours.update(v);
      const state = ours.save().state as Record<string, number> & { window?: number[] };
      const label = `${detector} ${JSON.stringify(params)}`;
      for (const [name, own] of Object.entries(STATE[detector] ?? {}))
        expect(Math.abs((state[own] ?? NaN) - (theirs[name] ?? NaN)), `${label} ${name}`).toBeLessThan(
          1e-7 * Math.max(1, Math.abs(theirs[name] ?? NaN)),
        );
      if (detector === 'KSWIN') expect(state.window?.length, label).toBe(theirs['window_length']);
    }
  });

  it('with the draws of CPython', () => {
    const random = seedTwister(42);
    for (const draw of fixture.kswin_rng.draws) expect([...sampleRange(random, 70, 30)]).toEqual(draw);
  });
});
