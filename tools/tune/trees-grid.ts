import { z } from 'zod';
import { specSchema, type ModelSpec } from '../../domain/spec/spec.js';
import { crossed } from './crossed.js';

/** Values of the trees' spec that are compared, the simpler first; everything else stays as the spec has it. */
export const TREES_GRID = {
  window: ['90 days', '180 days', 'all'],
  objective: ['poisson', 'absolute', 'squared'],
  numLeaves: [7, 15, 31],
  minDataInLeaf: [20, 10],
  /** Share of rows and of inputs that grow each tree. */
  fraction: [1, 0.8],
  /** Rounds; 0: as many as the validation block asks for. */
  rounds: [0, 150],
} as const;

const pointSchema = z.strictObject({
  window: z.string(),
  objective: z.string(),
  numLeaves: z.number(),
  minDataInLeaf: z.number(),
  fraction: z.number(),
  rounds: z.number(),
});

/** One point of {@link TREES_GRID}. */
export type TreesPoint = z.output<typeof pointSchema>;

/** All points, in the order in which ties are decided. */
export const treesPoints = (): TreesPoint[] => crossed(TREES_GRID).map((point) => pointSchema.parse(point));

/** The spec with one point's values. */
export function treesSpecAt(
  spec: ModelSpec,
  { window, fraction, rounds, ...trainer }: TreesPoint,
): ModelSpec {
  const { validation, holdout } = spec.window;
  const stopping = rounds === 0 ? {} : { numIterations: rounds, earlyStoppingRound: 0 };
  return specSchema.parse({
    ...spec,
    window:
      window === 'all'
        ? { kind: 'all', validation, holdout }
        : { kind: 'fixed', length: window, validation, holdout },
    trainer: { kind: 'trees', ...trainer, featureFraction: fraction, baggingFraction: fraction, ...stopping },
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
