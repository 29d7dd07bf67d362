import { z } from 'zod';
import { specSchema, type ModelSpec } from '../../domain/spec/spec.js';
import type { LoopResult } from './loop.js';

/** Values of the boosted trees that are compared; triggers, gates and rollout are those that the network's grid chose. */
export const TREES_GRID = {
  window: ['90 days', '180 days', '365 days'],
  objective: ['squared', 'absolute', 'poisson'],
  numLeaves: [7, 15, 31],
  learningRate: [0.05, 0.1],
  start: ['cold', 'warm'],
} as const;

const pointSchema = z.strictObject({
  window: z.string(),
  objective: z.enum(['squared', 'absolute', 'poisson']),
  numLeaves: z.number(),
  learningRate: z.number(),
  start: z.enum(['cold', 'warm']),
});

/** One point of the grid. */
export type TreesPoint = z.infer<typeof pointSchema>;

/** All points, in the order in which ties are decided. */
export function treesPoints(): TreesPoint[] {
  let all: Partial<TreesPoint>[] = [{}];
  for (const [name, values] of Object.entries(TREES_GRID))
    all = all.flatMap((point) => values.map((value) => ({ ...point, [name]: value })));
  return all.map((point) => pointSchema.parse(point));
}

/** The spec with one point's values. */
export function treesSpecAt(spec: ModelSpec, { window, ...trainer }: TreesPoint): ModelSpec {
  return specSchema.parse({
    ...spec,
    window: { ...spec.window, length: window },
    trainer: { ...spec.trainer, ...trainer },
  });
}

/** A point and how it did. */
export interface TreesTried {
  readonly point: TreesPoint;
  readonly result: LoopResult;
}

/** The rule: the lowest error; of equals the first. */
export const chooseTrees = (tried: readonly TreesTried[]): TreesTried =>
  tried.reduce((best, each) => (each.result.error < best.result.error ? each : best));
