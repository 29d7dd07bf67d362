import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelInput } from '../../domain/manifest.js';
import { instant } from '../../domain/references.js';
import type { ModelSpecInput } from '../../domain/spec/spec.js';
import { createRandom } from '../../stats/random.js';

const HALF_HOUR = 1_800_000;
const HOUR = 2 * HALF_HOUR;
const FIRST = Date.parse('2024-01-01T00:00:00Z');

/** An instant of the story: day and hour since its beginning. */
export const at = (day: number, hour = 0): string => instant(FIRST + (day * 24 + hour) * HOUR);

/** Day from which on the world is another one: what was learnt before no longer holds. */
const CHANGED = 20;

/** The model's inputs. */
export const INPUTS: readonly ModelInput[] = [
  { name: 'x1', type: 'number' },
  { name: 'x2', type: 'number' },
];

/** One row of the source; a request carries all of it but the label. */
export interface Row {
  readonly event_time: string;
  readonly x1: number;
  readonly x2: number;
  readonly y: number;
}

/** The rows of from ≤ event time < to, two an hour. The same at every call. */
export function rows(from: string, to: string): Row[] {
  return ALL.filter(({ event_time: when }) => when >= from && when < to);
}

const ALL: readonly Row[] = makeRows(createRandom(11), 32 * 48);

function makeRows(random: ReturnType<typeof createRandom>, count: number): Row[] {
  const round = (value: number): number => Math.round(value * 1000) / 1000;
  return Array.from({ length: count }, (_, i) => {
    const [x1, x2, noise] = [round(random.normal()), round(random.normal()), random.normal()];
    const slope = i < CHANGED * 48 ? 3 : 5;
    return { event_time: instant(FIRST + i * HALF_HOUR), x1, x2, y: round(10 + slope * x1 - 2 * x2 + noise) };
  });
}

/** Writes a file of rows below a data root, as a delivery. */
export function deliver(dataRoot: string, name: string, some: readonly Row[]): void {
  const folder = join(dataRoot, 'chaos');
  mkdirSync(folder, { recursive: true });
  const lines = some.map(({ event_time, x1, x2, y }) => `${event_time},${x1},${x2},${y}\n`);
  writeFileSync(join(folder, `${name}.csv`), `event_time,x1,x2,y\n${lines.join('')}`);
}

/** A model whose whole life takes seconds: a small network, half a day of shadow, a day of bake. */
export function chaosSpec(model: string): ModelSpecInput {
  return {
    model,
    task: { kind: 'regression', label: 'y', metric: 'mae', naive: { kind: 'mean' } },
    source: { rows: 'chaos/*.csv', eventTime: 'event_time', labels: { delay: '1 hour' } },
    features: { x1: { type: 'number' }, x2: { type: 'number' } },
    window: { kind: 'fixed', length: '16 days', validation: '2 days', holdout: '2 days' },
    trainer: {
      ...{ kind: 'mlp', hidden: [16], epochs: 60, batchSize: 32, learningRate: 0.01, patience: 0, seed: 7 },
      start: 'warm',
    },
    monitor: { every: '7 days' },
    gates: [
      { kind: 'not-worse-than-champion', margin: '50%', confidence: 0.8 },
      { kind: 'latency', p99: '60 seconds' },
    ],
    rollout: {
      first: 'auto',
      shadow: { requests: 20, span: '12 hours', giveUpAfter: '1 day' },
      approval: { from: ['ml-leads'], expiresAfter: '1 day' },
      bake: { span: '12 hours', rollBackIfWorseBy: '50%' },
    },
  };
}
