import { adwin } from './adwin.js';
import { cusum } from './cusum.js';
import { ddm } from './ddm.js';
import { eddm } from './eddm.js';
import { ewma } from './ewma.js';
import { hddmA } from './hddm-a.js';
import { hddmW } from './hddm-w.js';
import { kswin } from './kswin.js';
import { pageHinkley } from './page-hinkley.js';
import type { Detector, DetectorKind, Parameters, SavedDetector } from './types.js';

/** Every change detector. A new one is one file and one line here. */
export const detectors: readonly DetectorKind[] = [
  adwin,
  kswin,
  pageHinkley,
  ddm,
  eddm,
  hddmA,
  hddmW,
  cusum,
  ewma,
];

/** Finds a detector by name; an unknown name is a RangeError that lists the known ones. */
export function detectorOf(name: string): DetectorKind {
  const found = detectors.find((d) => d.name === name);
  if (!found)
    throw new RangeError(
      `Detector ${name} is not known; use one of ${detectors.map((d) => d.name).join(', ')}.`,
    );
  return found;
}

/** A fresh detector. Parameters left out take River's defaults. */
export function createDetector(name: string, params: Parameters = {}): Detector {
  return detectorOf(name).create(params);
}

/** Goes on with a saved detector; alarms are those of one that was never interrupted. */
export function restoreDetector(saved: SavedDetector): Detector {
  return detectorOf(saved.detector).restore(saved);
}

/** Alarms and warnings of a whole column, as row numbers from 0. */
export interface Detection {
  readonly detector: string;
  readonly params: Parameters;
  readonly alarms: number[];
  readonly warnings: number[];
  /** Rows that were left out because they are missing or not finite. */
  readonly skipped: number;
}

/** Runs a detector over a column in order. Missing values are left out and counted; row numbers are those of the column. */
export function detect(
  values: ArrayLike<number | null | undefined>,
  name: string,
  params: Parameters = {},
): Detection {
  const detector = createDetector(name, params);
  const alarms: number[] = [];
  const warnings: number[] = [];
  let skipped = 0;
  for (let row = 0; row < values.length; row++) {
    const v = values[row];
    if (typeof v !== 'number' || !Number.isFinite(v)) {
      skipped++;
      continue;
    }
    detector.update(v);
    if (detector.drift) alarms.push(row);
    if (detector.warning) warnings.push(row);
  }
  return { detector: name, params: detector.params, alarms, warnings, skipped };
}
