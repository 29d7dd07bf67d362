import type { Numbers } from '../numeric/numbers.js';
import { type Random, createRandom } from '../random.js';
import type { Detector } from './types.js';

/** False alarms of a detector on streams without change. */
export interface FalseAlarms {
  readonly streams: number;
  readonly updates: number;
  readonly alarms: number;
  /** Alarms per value, and its one-sided 95 % bounds from the spread between streams. */
  readonly rate: number;
  readonly lower: number;
  readonly upper: number;
}

/** Delays of a detector on streams with one change. */
export interface Delays {
  readonly streams: number;
  /** Values from the change to the first alarm after it; null where no stream was alarmed. */
  readonly mean: number | null;
  readonly median: number | null;
  /** Streams without an alarm between the change and their end. */
  readonly missed: number;
}

/** Counts alarms of a fresh detector on each stream. */
export function measureFalseAlarms(create: () => Detector, streams: Iterable<Numbers>): FalseAlarms {
  const counts: number[] = [];
  let updates = 0;
  for (const stream of streams) {
    counts.push(alarmsOf(create(), stream).length);
    updates += stream.length;
  }
  const alarms = counts.reduce((all, c) => all + c, 0);
  const mean = alarms / counts.length;
  const variance = counts.reduce((all, c) => all + (c - mean) ** 2, 0) / Math.max(1, counts.length - 1);
  // Poisson's variance, where it is larger, also speaks when no stream was alarmed.
  const error = 1.645 * Math.sqrt(Math.max(variance, (alarms + 1) / counts.length) / counts.length);
  const perUpdate = counts.length / updates;
  return {
    streams: counts.length,
    updates,
    alarms,
    rate: alarms / updates,
    lower: Math.max(0, mean - error) * perUpdate,
    upper: (mean + error) * perUpdate,
  };
}

/** Measures delays on streams that change at value number `change`. Alarms before it are ignored. */
export function measureDelays(create: () => Detector, streams: Iterable<Numbers>, change: number): Delays {
  const delays: number[] = [];
  let count = 0;
  for (const stream of streams) {
    count++;
    const first = alarmsOf(create(), stream).find((at) => at >= change);
    if (first !== undefined) delays.push(first - change);
  }
  delays.sort((a, b) => a - b);
  return {
    streams: count,
    mean: delays.length > 0 ? delays.reduce((all, d) => all + d, 0) / delays.length : null,
    median: delays[Math.floor((delays.length - 1) / 2)] ?? null,
    missed: count - delays.length,
  };
}

function alarmsOf(detector: Detector, stream: Numbers): number[] {
  const alarms: number[] = [];
  for (let i = 0; i < stream.length; i++) {
    detector.update(stream[i] ?? 0);
    if (detector.drift) alarms.push(i);
  }
  return alarms;
}

/** Streams resampled from a reference in moving blocks; the same seed gives the same streams. */
export function* blockStreams(request: {
  reference: Numbers;
  length: number;
  blockLength: number;
  count: number;
  seed: number;
}): Generator<Float64Array> {
  const random = createRandom(request.seed);
  for (let k = 0; k < request.count; k++)
    yield blockStream(request.reference, request.length, request.blockLength, random);
}

function blockStream(reference: Numbers, length: number, blockLength: number, random: Random): Float64Array {
  const stream = new Float64Array(length);
  for (let at = 0; at < length;) {
    const start = random.int(reference.length - blockLength + 1);
    for (let k = 0; k < blockLength && at < length; k++) stream[at++] = reference[start + k] ?? 0;
  }
  return stream;
}
