import { type Numbers, firstNonFinite } from '../numeric/numbers.js';
import { mean, variance } from '../numeric/sums.js';
import { type Absent, absent } from '../outcome.js';
import { createRandom } from '../random.js';
import { type Delays, type FalseAlarms, blockStreams, measureDelays, measureFalseAlarms } from './measure.js';
import { detectorOf } from './table.js';
import type { DetectorKind, Parameters } from './types.js';

/** Asks for parameters that alarm so rarely without a change. */
export interface CalibrationRequest {
  readonly detector: string;
  /** Parameters that stay as given; the sensitivity is chosen. */
  readonly params?: Parameters;
  /** Values without a change, in time order. */
  readonly reference: Numbers;
  /** Values between two false alarms, on average, that are wanted at least. */
  readonly expectedRunLength: number;
  /** Rows in a block of the resampling; default n^(1/2), rounded up: dependence must survive inside the blocks. */
  readonly blockLength?: number;
  /** Streams in each measurement. Default 100. */
  readonly streams?: number;
  /** Seed. Default 1. */
  readonly seed?: number;
  /** Size of the change behind `delay`, in standard deviations of the reference (errors: rise of their share). Default 1. */
  readonly shift?: number;
}

/** Parameters, what was asked, and what was measured with them on fresh streams. */
export interface Calibration {
  readonly kind: 'value';
  readonly params: Parameters;
  readonly asked: { readonly expectedRunLength: number; readonly rate: number };
  readonly falseAlarms: FalseAlarms;
  readonly delay: Delays;
  readonly blockLength: number;
}

/**
 * Chooses a detector's sensitivity so that, on streams resampled from the reference in moving blocks, the upper bound of
 * its false-alarm rate is at most 1 / expectedRunLength, with a margin for the length of the reference: both over the
 * first expectedRunLength values of a fresh detector and over three times as many. The search halves the (logarithmic)
 * range of the parameter on one set of streams; what is reported is measured on another. Absent where the reference is too
 * short, not finite, not what the detector takes, or where even the quietest setting alarms more often.
 */
export function calibrate(request: CalibrationRequest): Calibration | Absent {
  const { reference, expectedRunLength, streams = 100, seed = 1, shift = 1 } = request;
  const kind = detectorOf(request.detector);
  if (!(expectedRunLength >= 2))
    throw new RangeError(`Expected run length ${expectedRunLength}: give a number of values of at least 2.`);
  const fault = faultOf(kind, reference);
  if (fault) return absent(fault);
  const blockLength = request.blockLength ?? Math.ceil(Math.sqrt(reference.length));
  if (reference.length < 5 * blockLength)
    return absent(`the reference has ${reference.length} rows, fewer than 5 blocks of ${blockLength}`);
  const length = Math.ceil(3 * expectedRunLength);
  const drawn = (salt: number, count = streams) =>
    blockStreams({ reference, length, blockLength, count, seed: seed + salt });
  const trial = [...drawn(0)];
  const early = trial.map((stream) => stream.subarray(0, Math.ceil(expectedRunLength)));
  const limit = 1 / (expectedRunLength * marginOf(reference.length / blockLength));
  const quietEnough = (params: Parameters): boolean =>
    [early, trial].every((part) => measureFalseAlarms(() => kind.create(params), part).upper <= limit);
  const found = search(kind, request.params ?? {}, quietEnough);
  if (!found)
    return absent(
      `even the quietest ${kind.name} alarms more often than once in ${expectedRunLength} values`,
    );
  const change = Math.floor(length / 3);
  return {
    kind: 'value',
    params: kind.create(found).params,
    asked: { expectedRunLength, rate: 1 / expectedRunLength },
    falseAlarms: measureFalseAlarms(() => kind.create(found), drawn(7919)),
    delay: measureDelays(
      () => kind.create(found),
      shifted(drawn(104729), { kind, change, shift, reference, seed }),
      change,
    ),
    blockLength,
  };
}

function faultOf(kind: DetectorKind, reference: Numbers): string | undefined {
  const bad = firstNonFinite(reference);
  if (bad >= 0) return `row ${bad} of the reference is ${reference[bad]}, not a finite number`;
  for (let i = 0; i < reference.length; i++) {
    const v = reference[i] ?? 0;
    if (kind.input === 'errors' && v !== 0 && v !== 1)
      return `row ${i} of the reference is ${v}, and ${kind.name} takes errors, 0 or 1`;
    if (kind.input === 'bounded' && !(v >= 0 && v <= 1))
      return `row ${i} of the reference is ${v}, and ${kind.name} takes numbers in [0, 1]`;
  }
  return undefined;
}

/** The loudest setting that is quiet enough, or undefined where none is. */
function search(
  kind: DetectorKind,
  given: Parameters,
  quietEnough: (params: Parameters) => boolean,
): Parameters | undefined {
  const { parameter, loud, quiet } = kind.sensitivity;
  if (!quietEnough({ ...given, [parameter]: quiet })) return undefined;
  let low = Math.log(loud);
  let high = Math.log(quiet);
  for (let step = 0; step < 14; step++) {
    const middle = (low + high) / 2;
    if (quietEnough({ ...given, [parameter]: Math.exp(middle) })) high = middle;
    else low = middle;
  }
  return { ...given, [parameter]: Math.exp(high) };
}

/**
 * What the asked rate is divided by, because the reference is a draw itself: from k independent blocks its rare events are
 * known to within some 1/√k, and three such errors are allowed for. Measured rates keep what was asked with it, not without.
 */
function marginOf(blocks: number): number {
  return 1 + 3 / Math.sqrt(blocks);
}

interface Change {
  readonly kind: DetectorKind;
  readonly change: number;
  readonly shift: number;
  readonly reference: Numbers;
  readonly seed: number;
}

/** Adds the change: values move by `shift` standard deviations; of the zeros of errors, so many turn to ones. */
function* shifted(
  streams: Iterable<Float64Array>,
  { kind, change, shift, reference, seed }: Change,
): Generator<Float64Array> {
  const sd = Math.sqrt(variance(reference));
  const share = mean(reference);
  const turning = Math.min(1, (shift * sd) / Math.max(1 - share, 1e-9));
  const random = createRandom(seed + 15485863);
  for (const stream of streams) {
    for (let i = change; i < stream.length; i++) {
      const v = stream[i] ?? 0;
      stream[i] = kind.input === 'values' ? v + shift * sd : random.next() < turning ? 1 : v;
    }
    yield stream;
  }
}
