import { z } from 'zod';
import { specSchema, type ModelSpec } from '../../domain/spec/spec.js';
import { crossed } from './crossed.js';

/**
 * Values of the trees' spec that are compared, the simpler first; everything else stays as the spec has it. The loss and early stopping
 * come from an earlier grid over the same rows, whose best eleven points had both in common.
 */
export const TREES_GRID = {
  window: ['90 days', '180 days', 'all'],
  /** Of the weight of a row; '': all rows weigh alike. */
  halfLife: ['', '60 days', '30 days'],
  refit: [false, true],
  numLeaves: [7, 15, 31],
  minDataInLeaf: [20, 10],
  /** Share of rows and of inputs that grow each tree. */
  fraction: [1, 0.8],
} as const;

const pointSchema = z.strictObject({
  window: z.string(),
  halfLife: z.string(),
  refit: z.boolean(),
  numLeaves: z.number(),
  minDataInLeaf: z.number(),
  fraction: z.number(),
});

/** One point of {@link TREES_GRID}. */
export type TreesPoint = z.output<typeof pointSchema>;

/** All points, in the order in which ties are decided. */
export const treesPoints = (): TreesPoint[] => crossed(TREES_GRID).map((point) => pointSchema.parse(point));

/** The spec with one point's values. */
export function treesSpecAt(
  spec: ModelSpec,
  { window, halfLife, fraction, ...trainer }: TreesPoint,
): ModelSpec {
  const { validation, holdout } = spec.window;
  const weighing = halfLife === '' ? {} : { halfLife };
  return specSchema.parse({
    ...spec,
    window:
      window === 'all'
        ? { kind: 'all', validation, holdout }
        : { kind: 'fixed', length: window, validation, holdout },
    trainer: {
      kind: 'trees',
      objective: 'poisson',
      ...trainer,
      ...weighing,
      featureFraction: fraction,
      baggingFraction: fraction,
    },
  });
}

/** A point and its error on the days before the judged year. */
export interface TreesTried {
  readonly point: TreesPoint;
  readonly error: number;
}

/** The rule: the lowest error; of equal ones the first. */
export const chooseTrees = (tried: readonly TreesTried[]): TreesTried =>
  tried.reduce((best, each) => (each.error < best.error ? each : best));
