import { z } from 'zod';
import { durationSchema } from '../duration.js';
import { seedSchema } from './seed.js';

const share = z.number().gt(0).max(1);
const whole = (min: number, max: number) => z.number().int().min(min).max(max);

/** `trainer` of kind `trees`: boosted trees. Names are LightGBM's, in camel case, where they mean the same. */
export const treesTrainerSchema = z.strictObject({
  kind: z.literal('trees').describe('Gradient-boosted trees, for every task: the usual choice for tables.'),
  objective: z
    .enum(['squared', 'absolute', 'quantile', 'poisson'])
    .default('squared')
    .describe('Loss of a regression; classification uses its log loss.'),
  alpha: z.number().gt(0).lt(1).default(0.5).describe('Level of the `quantile` loss.'),
  numIterations: whole(1, 10_000).default(500).describe('Most rounds of boosting.'),
  earlyStoppingRound: whole(0, 10_000)
    .default(50)
    .describe('Rounds without a better validation loss before training stops; 0 runs all rounds.'),
  learningRate: share.default(0.05).describe('Factor on every leaf.'),
  numLeaves: whole(2, 4096).default(31).describe('Most leaves of a tree.'),
  maxDepth: whole(0, 64).default(0).describe('Most splits between root and leaf; 0: no limit.'),
  minDataInLeaf: whole(1, 1_000_000_000).default(20).describe('Fewest training rows of a leaf.'),
  minSumHessianInLeaf: z.number().min(0).default(0.001).describe('Fewest Σ of second derivatives of a leaf.'),
  maxBin: whole(3, 255).default(255).describe('Most bins of an input, its missing bin counted.'),
  lambdaL2: z.number().min(0).default(0).describe('L2 penalty on leaf values.'),
  featureFraction: share.default(1).describe('Share of inputs offered to each tree.'),
  baggingFraction: share.default(1).describe('Share of rows that grow each tree.'),
  categorySmoothing: z
    .number()
    .min(0)
    .default(50)
    .describe('Added to Σh when categories are sorted (LightGBM: cat_smooth).'),
  monotoneConstraints: z
    .record(z.string(), z.union([z.literal(-1), z.literal(0), z.literal(1)]))
    .default({})
    .describe('By feature: 1 never falls as it grows, −1 never rises.'),
  classWeights: z
    .enum(['none', 'balanced'])
    .default('none')
    .describe('`balanced` weighs every class alike, however rare (classification).'),
  halfLife: durationSchema
    .optional()
    .describe(
      'A training row this much older than the newest weighs half of it; left out: all rows weigh alike.',
    ),
  refit: z
    .boolean()
    .default(false)
    .describe(
      'Once the validation block has told how many rounds are best: grow that many again, from its rows too. They are the newest.',
    ),
  seed: seedSchema.describe('Seeds the sampling of rows and inputs.'),
  start: z
    .enum(['cold', 'warm'])
    .default('cold')
    .describe('`warm` begins at the champion’s scores, with the new window’s own bins.'),
});
