import {
  type Delays,
  type Detector,
  type DetectorKind,
  type FalseAlarms,
  calibrate,
  measureDelays,
  measureFalseAlarms,
} from '../../stats/index.js';
import type { World } from './worlds.js';

/** Size of the simulation. */
export interface Plan {
  readonly expectedRunLength: number;
  readonly referenceLength: number;
  /** Resampled streams behind each step of a calibration. */
  readonly calibrationStreams: number;
  readonly streams: number;
  readonly streamLength: number;
}

/** One row of the table. */
export interface Row {
  readonly world: string;
  readonly detector: string;
  /** The sensitivity that calibration chose, as text. */
  readonly setting: string;
  readonly falseAlarms: FalseAlarms | undefined;
  readonly delays: Delays | undefined;
  readonly note?: string;
}

/** Calibrates one detector on one reference stream and measures it on others of the same world. */
export function measure(kind: DetectorKind, world: World, plan: Plan): Row {
  const raw = world.stream(plan.referenceLength, 1);
  const input = inputOf(kind, raw);
  const reference = input(raw);
  const { blockLength } = world;
  const found = calibrate({
    detector: kind.name,
    reference,
    expectedRunLength: plan.expectedRunLength,
    blockLength,
    streams: plan.calibrationStreams,
  });
  const base = { world: world.name, detector: kind.name };
  if (found.kind === 'absent')
    return { ...base, setting: '–', falseAlarms: undefined, delays: undefined, note: found.reason };
  const { parameter } = kind.sensitivity;
  return {
    ...base,
    setting: `${parameter} = ${Number(found.params[parameter]).toPrecision(3)}`,
    ...measured(() => kind.create(found.params), { world, plan, input, raw }),
  };
}

/** The two dummies that every score is to be read beside. */
export function dummies(world: World, plan: Plan): Row[] {
  const raw = world.stream(plan.referenceLength, 1);
  return [false, true].map((drift): Row => {
    const create = (): Detector => ({
      name: '',
      params: {},
      drift,
      warning: false,
      update: () => undefined,
      save: () => ({ detector: '', params: {}, state: null }),
    });
    const input = (values: Float64Array): Float64Array => values;
    return {
      world: world.name,
      detector: drift ? '(always fires)' : '(never fires)',
      setting: '–',
      ...measured(create, { world, plan, input, raw }),
    };
  });
}

interface Setting {
  readonly world: World;
  readonly plan: Plan;
  readonly input: (values: Float64Array) => Float64Array;
  readonly raw: Float64Array;
}

function measured(
  create: () => Detector,
  { world, plan, input, raw }: Setting,
): { falseAlarms: FalseAlarms; delays: Delays } {
  const sd = Math.sqrt(
    raw.reduce((all, v) => all + v * v, 0) / raw.length -
      (raw.reduce((all, v) => all + v, 0) / raw.length) ** 2,
  );
  const change = plan.streamLength / 2;
  const still = function* (): Generator<Float64Array> {
    for (let s = 0; s < plan.streams; s++) yield input(world.stream(plan.streamLength, 1000 + s));
  };
  const moved = function* (): Generator<Float64Array> {
    for (let s = 0; s < plan.streams; s++) {
      const stream = world.stream(plan.streamLength, 1_000_000 + s);
      yield input(stream.map((v, i) => v + (i >= change ? sd : 0)));
    }
  };
  return { falseAlarms: measureFalseAlarms(create, still()), delays: measureDelays(create, moved(), change) };
}

/** What a detector is given: the values, or for detectors of errors 1 where a value is above the reference's 80 % quantile. */
function inputOf(kind: DetectorKind, raw: Float64Array): (values: Float64Array) => Float64Array {
  if (kind.input === 'values') return (values) => values;
  const limit = raw.slice().sort()[Math.floor(raw.length * 0.8)] ?? 0;
  return (values) => values.map((v) => (v > limit ? 1 : 0));
}
