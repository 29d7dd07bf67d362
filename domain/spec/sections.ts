import { z } from 'zod';
import { commandTrainerSchema } from './command-section.js';
import { pluginTrainerSchema } from './plugin-section.js';
import { treesTrainerSchema } from './trees-section.js';
import { durationSchema } from '../duration.js';
import { labelsSchema } from './labels-section.js';
import { count, shareSchema } from './numbers.js';
import { readingKeys } from './reading-section.js';
import { seedSchema } from './seed.js';

export { gateSchema, rolloutSchema, triggerSchema } from './decision-sections.js';
export { shareSchema } from './numbers.js';

/** The one trivial baseline of a model, computable at prediction time. */
export const naiveSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z
      .literal('seasonal')
      .describe(
        'The label one or more periods ago: the least number of periods that the label delay allows.',
      ),
    period: durationSchema.describe('Length of one period, e.g. `7 days`.'),
  }),
  z.strictObject({
    kind: z.literal('mean').describe('Mean of the labels seen so far in the window (regression).'),
  }),
  z.strictObject({ kind: z.literal('majority').describe('The most frequent class so far in the window.') }),
]);

/** What is predicted and how it is judged. */
export const taskSchema = z.strictObject({
  kind: z.enum(['regression', 'binary', 'multiclass']).describe('What is predicted.'),
  label: z.string().min(1).describe('Column that is predicted. It may not be a feature.'),
  metric: z
    .string()
    .min(1)
    .describe(
      'The metric that gates, triggers and bake judge by: one of those below, or `plugin:ours/cost` for one of a plug-in.',
    ),
  naive: naiveSchema.describe('The one trivial baseline of the model, computable at prediction time.'),
  positive: z
    .union([z.string(), z.number(), z.boolean()])
    .optional()
    .describe(
      'The class that counts as positive (binary only); absent: the larger of the two label values in sort order.',
    ),
});

/** Where rows and labels come from. */
export const sourceSchema = z.strictObject({
  rows: z
    .string()
    .min(1)
    .describe(
      'File or glob of CSV, Parquet or JSON lines, below one of the worker’s data roots: relative, or `s3://bucket/prefix/*.parquet`.',
    ),
  eventTime: z.string().min(1).describe('Column with the time at which a row happened.'),
  key: z
    .string()
    .min(1)
    .optional()
    .describe('Column that identifies a row; requests and labels join by it. Absent: the event time.'),
  timeZone: z.string().min(1).default('UTC').describe('IANA time zone of times that carry no offset.'),
  ...readingKeys,
  lateness: durationSchema
    .default('0 seconds')
    .describe('How long after its event time a row may still arrive.'),
  labels: labelsSchema.prefault({}).describe('When labels are known, and where they come from.'),
  sql: z
    .string()
    .min(1)
    .optional()
    .describe(
      'One SELECT (DuckDB) over the view `rows` that computes features; it sees only rows that had arrived, and neither files nor the network.',
    ),
});

const FROM = 'Where serving finds the value: in the request.';
const MAX_MISSING = 'Share of rows in which the value may be missing; more breaks the contract.';

/** One input of the model and what its values may be. */
export const featureSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('number').describe('A number; missing ones are imputed inside the exported model.'),
    from: z.literal('request').default('request').describe(FROM),
    min: z.number().optional().describe('Smallest value that rows may hold.'),
    max: z.number().optional().describe('Largest value that rows may hold.'),
    maxMissing: shareSchema.default(0).describe(MAX_MISSING),
  }),
  z.strictObject({
    type: z
      .literal('category')
      .describe('One of a set of texts or numbers, encoded inside the exported model.'),
    from: z.literal('request').default('request').describe(FROM),
    values: z
      .array(z.union([z.string(), z.number()]))
      .min(1)
      .optional()
      .describe('Allowed categories; absent: whatever the training window holds, with an explicit unknown.'),
    maxUnknown: shareSchema.default(0).describe('Share of rows that may hold a category outside `values`.'),
    maxMissing: shareSchema.default(0).describe(MAX_MISSING),
  }),
]);

const blocks = {
  validation: durationSchema.describe('Length of the block that early stopping sees.'),
  holdout: durationSchema.describe('Length of the newest block, which judges once.'),
  gap: durationSchema.optional().describe('Unused time between the blocks; absent: the label delay.'),
  minRows: count.default(100).describe('Rows that the training block must have.'),
} as const;

/** Which past rows train. `length` counts back from as-of − label delay and includes gaps, validation and holdout. */
export const windowSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('fixed').describe('The newest rows, as many as `length` spans.'),
    length: durationSchema.describe(
      'Counts back from as-of − label delay, and includes gaps, validation and holdout.',
    ),
    ...blocks,
  }),
  z.strictObject({ kind: z.literal('all').describe('Every row up to as-of − label delay.'), ...blocks }),
]);

const gradientTrainer = {
  epochs: count.default(100).describe('Most passes over the training block.'),
  batchSize: count.default(256).describe('Rows per step.'),
  learningRate: z.number().gt(0).default(0.001).describe('Step size of the optimizer.'),
  optimizer: z.enum(['adam', 'sgd']).default('adam').describe('How weights follow the gradient.'),
  l2: z.number().min(0).default(0).describe('Weight of the squared weights in the loss.'),
  patience: z
    .number()
    .int()
    .min(0)
    .default(10)
    .describe(
      'Epochs without improvement on the validation block before training stops; 0 trains all epochs.',
    ),
  classWeights: z
    .enum(['none', 'balanced'])
    .default('none')
    .describe('`balanced` weighs every class alike, however rare (classification).'),
  seed: seedSchema.describe('Seeds initial weights and row order: equal inputs and seed give equal bytes.'),
  start: z
    .enum(['cold', 'warm'])
    .default('cold')
    .describe('`warm` starts from the champion’s weights where the shapes agree.'),
} as const;

/** How the model is trained. */
export const trainerSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('linear').describe('Linear regression.'), ...gradientTrainer }),
  z.strictObject({
    kind: z.literal('logistic').describe('Logistic regression (binary).'),
    ...gradientTrainer,
  }),
  z.strictObject({
    kind: z.literal('softmax').describe('Multinomial logistic regression (multiclass).'),
    ...gradientTrainer,
  }),
  z.strictObject({
    kind: z.literal('mlp').describe('A network of fully connected layers, for every task.'),
    ...gradientTrainer,
    hidden: z.array(count.max(4096)).min(1).max(6).default([64, 32]).describe('Units of each hidden layer.'),
  }),
  treesTrainerSchema,
  commandTrainerSchema,
  pluginTrainerSchema,
]);
