import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** One reading of one pump. `null` is a sensor that gave nothing. */
export interface Reading {
  readonly reading: string;
  readonly read_at: string;
  readonly pump: string;
  readonly pressure: number | null;
  readonly flow: number;
  readonly temperature: number;
  readonly vibration: number;
  readonly pitch: number;
  readonly state: string;
}

/** First reading. */
export const FROM = '2025-01-01T00:00:00.000Z';
/** From here on every pump has its new bearings: they run smoother and higher. */
export const NEW_BEARINGS = '2025-04-15T00:00:00.000Z';

const PUMPS = ['north', 'south', 'east', 'west'];
const HOUR = 3_600_000;

/** What a pump shows in each state: share of readings, then the means of its sensors. */
const STATES = [
  { state: 'ok', share: 0.7, pressure: 6, flow: 40, temperature: 45, vibration: 2, pitch: 120 },
  { state: 'cavitation', share: 0.12, pressure: 4.5, flow: 34, temperature: 46, vibration: 4.5, pitch: 190 },
  { state: 'leak', share: 0.1, pressure: 4.2, flow: 30, temperature: 44, vibration: 2.2, pitch: 118 },
  { state: 'bearing', share: 0.08, pressure: 6, flow: 39, temperature: 58, vibration: 4.2, pitch: 150 },
] as const;

/** Readings of four pumps, one an hour each, for a number of days. The same days and seed always give the same readings. */
export function pumpReadings(days: number, seed = 1): Reading[] {
  const readings: Reading[] = [];
  for (let hour = 0; hour < days * 24; hour++)
    for (const [index, pump] of PUMPS.entries()) readings.push(oneReading({ hour, index, pump, seed }));
  return readings;
}

interface Which {
  readonly hour: number;
  readonly index: number;
  readonly pump: string;
  readonly seed: number;
}

function oneReading({ hour, index, pump, seed }: Which): Reading {
  const next = uniform(`${seed}/${hour}/${index}`);
  // Pumps are read one after the other, a quarter of an hour apart.
  const at = Date.parse(FROM) + hour * HOUR + index * (HOUR / 4);
  const means = pick(next());
  const isNew = at >= Date.parse(NEW_BEARINGS);
  const around = (mean: number, spread: number): number => round(mean + spread * normal(next));
  const pressure = around(means.pressure, 0.8);
  return {
    reading: `${pump}-${hour}`,
    read_at: new Date(at).toISOString(),
    pump,
    pressure: next() < 0.02 ? null : Math.max(0, pressure),
    flow: Math.max(0, around(means.flow, 3.5)),
    temperature: around(means.temperature, 5),
    vibration: Math.max(0, around(means.vibration * (isNew ? 0.55 : 1), 0.9)),
    pitch: Math.max(0, around(means.pitch + (isNew ? 55 : 0), 25)),
    state: means.state,
  };
}

function pick(share: number): (typeof STATES)[number] {
  let rest = share;
  for (const state of STATES) {
    if (rest < state.share) return state;
    rest -= state.share;
  }
  return STATES[0];
}

/** Numbers in [0, 1) that depend on a text alone. */
function uniform(text: string): () => number {
  const bytes = createHash('sha512').update(text).digest();
  let at = 0;
  return () => bytes.readUInt32LE((at++ % 16) * 4) / 2 ** 32;
}

/** A sum of uniforms, near enough to a normal and the same on every machine. */
const normal = (next: () => number): number => (next() + next() - 1) * Math.sqrt(6);

const round = (value: number): number => Math.round(value * 100) / 100;

/** Readings as CSV with a header. */
export function toCsv(readings: readonly Reading[]): string {
  const columns = [
    'reading',
    'read_at',
    'pump',
    'pressure',
    'flow',
    'temperature',
    'vibration',
    'pitch',
    'state',
  ] as const;
  const lines = readings.map((reading) => columns.map((column) => reading[column] ?? '').join(','));
  return `${[columns.join(','), ...lines].join('\n')}\n`;
}

/** Writes `<folder>/pump-states/readings.csv`; half a year when no days are named. */
export function writeReadings(folder: string, days = 180): void {
  mkdirSync(join(folder, 'pump-states'), { recursive: true });
  writeFileSync(join(folder, 'pump-states', 'readings.csv'), toCsv(pumpReadings(days)));
}

if (process.argv[1] === import.meta.filename) writeReadings(process.argv[2] ?? '.');
