import { epoch } from '../../domain/references.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import type { Table } from '../../engines/features/table.js';
import type { Ride } from './forecasts.js';

/** Rides as the table that models score, with the spec's features. */
export function rideTable(spec: ModelSpec, rides: readonly Ride[]): Table {
  const numbers: Record<string, Float64Array> = {};
  const categories: Record<string, (string | null)[]> = {};
  for (const [name, { type }] of Object.entries(spec.features)) {
    if (type === 'number') numbers[name] = Float64Array.from(rides, ({ inputs }) => Number(inputs[name]));
    else categories[name] = rides.map(({ inputs }) => String(inputs[name]));
  }
  return {
    rows: rides.length,
    keys: rides.map(({ at }) => at),
    eventTimes: Float64Array.from(rides, ({ at }) => epoch(at)),
    numbers,
    categories,
    label: Float64Array.from(rides, ({ count }) => count),
  };
}
