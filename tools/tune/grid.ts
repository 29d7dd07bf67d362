import { z } from 'zod';
import { epoch } from '../../domain/references.js';
import { specSchema, type ModelSpec } from '../../domain/spec/spec.js';
import { PLAN } from '../../client/demo/plan.js';
import type { Table } from '../../engines/features/table.js';
import { between } from '../false-triggers/permute.js';
import { crossed } from './crossed.js';
import type { LoopResult } from './loop.js';

/** Values that are compared; everything else stays as the spec has it. */
export const GRID = {
  schedule: ['14 days', '21 days', '28 days'],
  cooldown: ['6 days', '13 days'],
  trigger: [
    { worseBy: 0.1, confidence: 0.8 },
    { worseBy: 0.1, confidence: 0.9 },
    { worseBy: 0.2, confidence: 0.8 },
  ],
  minLabels: [70, 140],
  gate: [
    { margin: 0.05, confidence: 0.8 },
    { margin: 0.1, confidence: 0.8 },
    { margin: 0.1, confidence: 0.95 },
  ],
} as const;

/** One point of the grid. */
export interface Point {
  readonly schedule: string;
  readonly cooldown: string;
  /** The performance trigger's. */
  readonly trigger: { readonly worseBy: number; readonly confidence: number };
  readonly minLabels: number;
  /** The `not-worse-than-champion` gate's. */
  readonly gate: { readonly margin: number; readonly confidence: number };
}

/** All points, in the order in which ties are decided. */
export const points = (): Point[] => crossed(GRID).map((point) => pointSchema.parse(point));

const pointSchema = z.strictObject({
  schedule: z.string(),
  cooldown: z.string(),
  trigger: z.strictObject({ worseBy: z.number(), confidence: z.number() }),
  minLabels: z.number(),
  gate: z.strictObject({ margin: z.number(), confidence: z.number() }),
});

/** The spec with one point's values. */
export function specAt(spec: ModelSpec, { schedule, cooldown, trigger, minLabels, gate }: Point): ModelSpec {
  const triggers = spec.triggers.map((each) => {
    if (each.kind === 'schedule') return { ...each, every: schedule };
    return each.kind === 'performance' ? { ...each, ...trigger, minLabels } : each;
  });
  const gates = spec.gates.map((each) =>
    each.kind === 'not-worse-than-champion' ? { ...each, ...gate } : each,
  );
  return specSchema.parse({ ...spec, triggers, gates, retraining: { ...spec.retraining, cooldown } });
}

/** The rows before the judged year: what the choice may look at. */
export const beforeJudgedYear = (rows: Table): Table => between(rows, 0, epoch(PLAN.judgedFrom));

/** A point and how it did. */
export interface Tried {
  readonly point: Point;
  readonly result: LoopResult;
}

/** Errors within this share of the lowest count as equal. */
export const TOLERANCE = 0.01;

/** The rule: of all points whose error is within {@link TOLERANCE} of the lowest, the one with the fewest trainings; then the first. */
export function choose(tried: readonly Tried[]): Tried {
  const lowest = Math.min(...tried.map(({ result }) => result.error));
  const good = tried.filter(({ result }) => result.error <= lowest * (1 + TOLERANCE));
  return good.reduce((best, each) => (each.result.trainings < best.result.trainings ? each : best));
}
