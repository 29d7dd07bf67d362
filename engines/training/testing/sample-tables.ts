import { createRandom } from '../../../stats/random.js';
import type { Labels, Table } from '../../features/table.js';
import type { TaskKind, TrainingSpec } from '../fitted-model.js';

/** Features of the sample tables: two numbers (one with missing values) and a category (with missing values). */
export const sampleFeatures: TrainingSpec['features'] = {
  load: { type: 'number', from: 'request', maxMissing: 0 },
  temp: { type: 'number', from: 'request', maxMissing: 0.2 },
  season: { type: 'category', from: 'request', maxMissing: 0.2, maxUnknown: 0 },
};

/** A task section for the sample tables. */
export const sampleTask = (kind: TaskKind): TrainingSpec['task'] => ({
  kind,
  label: 'y',
  metric: kind === 'regression' ? 'mae' : 'log_loss',
  naive: { kind: kind === 'regression' ? 'mean' : 'majority' },
});

/** A table with a signal that every trainer can learn: the same rows for the same seed. */
export function sampleTable(task: TaskKind, rows: number, seed: number): Table {
  const random = createRandom(seed);
  const load = new Float64Array(rows);
  const temp = new Float64Array(rows);
  const season: (string | null)[] = [];
  const value = new Float64Array(rows);
  const seasons = ['autumn', 'spring', 'summer', 'winter'];
  for (let i = 0; i < rows; i++) {
    const place = random.int(4);
    load[i] = 1000 + 200 * random.normal();
    temp[i] = random.next() < 0.1 ? NaN : 20 * random.normal();
    season.push(random.next() < 0.05 ? null : (seasons[place] ?? null));
    value[i] = ((load[i] ?? 0) - 1000) / 200 + 1.5 * (place - 1.5) + 0.2 * random.normal();
  }
  return {
    rows,
    keys: Array.from(value, (_, i) => String(i)),
    eventTimes: Float64Array.from(value, (_, i) => i * 3_600_000),
    numbers: { load, temp },
    categories: { season },
    label: labels(task, value),
  };
}

function labels(task: TaskKind, value: Float64Array): Labels {
  if (task === 'regression') return value.map((v) => 500 + 80 * v);
  if (task === 'binary') return Array.from(value, (v) => (v > 0.5 ? 'yes' : 'no'));
  return Array.from(value, (v) => (v < -1 ? 'low' : v < 1 ? 'middle' : 'high'));
}

/** The same table with other members. */
export const withLabel = (table: Table, label: Labels): Table => ({ ...table, label });
