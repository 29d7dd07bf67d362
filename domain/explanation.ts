import { z } from 'zod';

/**
 * What moves a version's scores, input by input, as stored beside it. Shapley values are those of the margin (before the logistic,
 * softmax or exponential function), one per output: base + Σ over inputs = margin, for every row.
 */
export const explanationSchema = z.strictObject({
  format: z.literal('perennial-explanation/1'),
  /** Holdout rows that were explained: all, or 200 of them at equal steps. */
  rows: z.number().int().min(0),
  /** What is predicted without knowing any input; one per output. */
  base: z.array(z.number()),
  inputs: z.array(
    z.strictObject({
      name: z.string(),
      /** Nodes that split on it. */
      splits: z.number().int().min(0),
      /** Sum of the gains of those nodes, in units of the loss. */
      gain: z.number().min(0),
      /** Mean of |Shapley value| over rows and outputs. */
      meanAbsolute: z.number().min(0),
      /** Mean of the Shapley value over rows, one per output. */
      mean: z.array(z.number()),
    }),
  ),
});
/** What moves a version's scores. */
export type Explanation = Readonly<z.infer<typeof explanationSchema>>;
