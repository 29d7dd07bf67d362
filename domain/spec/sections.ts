import { z } from 'zod';
import { durationSchema } from '../duration.js';

/** A share written as `5%` or as a number of 0..1; stored as a number. */
export const shareSchema = z.union([
  z.number().min(0).max(10),
  z
    .string()
    .regex(/^\d+(\.\d+)?%$/, { message: "a percentage such as '5%', or a number such as 0.05" })
    .transform((text) => Number(text.slice(0, -1)) / 100)
    .pipe(z.number().max(10)),
]);

const count = z.number().int().min(1);
const probability = z.number().gt(0).lt(1);

/** The one trivial baseline of a model, computable at prediction time. */
export const naiveSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('seasonal'), period: durationSchema }),
  z.strictObject({ kind: z.literal('mean') }),
  z.strictObject({ kind: z.literal('majority') }),
]);

/** What is predicted and how it is judged. */
export const taskSchema = z.strictObject({
  kind: z.enum(['regression', 'binary', 'multiclass']),
  label: z.string().min(1),
  metric: z.string().min(1),
  naive: naiveSchema,
  /** The class that counts as positive (binary only); default: the larger of the two label values in sort order. */
  positive: z.union([z.string(), z.number(), z.boolean()]).optional(),
});

/** Where rows and labels come from. */
export const sourceSchema = z.strictObject({
  rows: z.string().min(1),
  eventTime: z.string().min(1),
  key: z.string().min(1).optional(),
  timeZone: z.string().min(1).default('UTC'),
  lateness: durationSchema.default('0 seconds'),
  labels: z.strictObject({ delay: durationSchema.default('0 seconds') }).prefault({}),
  sql: z.string().min(1).optional(),
});

/** One input of the model and what its values may be. */
export const featureSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('number'),
    from: z.literal('request').default('request'),
    min: z.number().optional(),
    max: z.number().optional(),
    maxMissing: shareSchema.default(0),
  }),
  z.strictObject({
    type: z.literal('category'),
    from: z.literal('request').default('request'),
    /** Allowed categories; absent: whatever the training window holds, with an explicit unknown. */
    values: z
      .array(z.union([z.string(), z.number()]))
      .min(1)
      .optional(),
    /** Share of rows that may hold a category outside `values`. */
    maxUnknown: shareSchema.default(0),
    maxMissing: shareSchema.default(0),
  }),
]);

/** Which past rows train. `length` counts back from as-of − label delay and includes gaps, validation and holdout. */
export const windowSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('fixed'),
    length: durationSchema,
    validation: durationSchema,
    holdout: durationSchema,
    /** Unused time between the blocks; default: the label delay. */
    gap: durationSchema.optional(),
    /** Rows that the training block must have. */
    minRows: count.default(100),
  }),
  z.strictObject({
    kind: z.literal('all'),
    validation: durationSchema,
    holdout: durationSchema,
    gap: durationSchema.optional(),
    minRows: count.default(100),
  }),
]);

const gradientTrainer = {
  epochs: count.default(100),
  batchSize: count.default(256),
  learningRate: z.number().gt(0).default(0.001),
  optimizer: z.enum(['adam', 'sgd']).default('adam'),
  l2: z.number().min(0).default(0),
  /** Epochs without improvement on the validation block before training stops; 0 trains all epochs. */
  patience: z.number().int().min(0).default(10),
  classWeights: z.enum(['none', 'balanced']).default('none'),
  seed: z.number().int().min(0).max(4_294_967_295).default(0),
  /** `warm` starts from the champion's weights where the shapes agree. */
  start: z.enum(['cold', 'warm']).default('cold'),
} as const;

/** How the model is trained. */
export const trainerSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('linear'), ...gradientTrainer }),
  z.strictObject({ kind: z.literal('logistic'), ...gradientTrainer }),
  z.strictObject({ kind: z.literal('softmax'), ...gradientTrainer }),
  z.strictObject({
    kind: z.literal('mlp'),
    ...gradientTrainer,
    hidden: z.array(count.max(4096)).min(1).max(6).default([64, 32]),
  }),
]);

const action = z.enum(['alert', 'retrain']);

/** Why a retrain is asked without a person. */
export const triggerSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('schedule'), every: durationSchema, offset: durationSchema.optional() }),
  z.strictObject({
    kind: z.literal('performance'),
    relativeTo: z.literal('naive').default('naive'),
    worseBy: shareSchema,
    over: durationSchema,
    minLabels: count.default(100),
    confidence: probability.default(0.95),
    action: action.default('retrain'),
  }),
  z.strictObject({
    kind: z.literal('data-drift'),
    test: z.enum(['psi', 'ks']),
    /** PSI above this is drift (default 0.2); for `ks`, the corrected p-value below which a feature drifted (default 0.01). */
    threshold: z.number().gt(0).optional(),
    shareOfFeatures: shareSchema.default(0.3),
    over: durationSchema.optional(),
    /** `retrain` asks only when the performance trigger of the same check fired too. */
    action: action.default('alert'),
  }),
  z.strictObject({ kind: z.literal('new-data'), rows: count, action: action.default('retrain') }),
]);

/** A check that a candidate must pass. */
export const gateSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('not-worse-than-champion'),
    margin: shareSchema.default(0.01),
    confidence: probability.default(0.95),
  }),
  z.strictObject({ kind: z.literal('better-than-champion'), confidence: probability.default(0.95) }),
  z.strictObject({
    kind: z.literal('slice'),
    /** Feature whose every value (category) is a slice. */
    by: z.string().min(1),
    margin: shareSchema.default(0.1),
    minRows: count.default(30),
    confidence: probability.default(0.95),
  }),
  z.strictObject({ kind: z.literal('latency'), p99: durationSchema }),
  z.strictObject({ kind: z.literal('size'), maxBytes: count }),
  z.strictObject({ kind: z.literal('minimum-rows'), holdout: count }),
]);

/** How a candidate reaches traffic, and how it is watched. */
export const rolloutSchema = z.strictObject({
  first: z.enum(['ask', 'auto']).default('ask'),
  shadow: z
    .strictObject({
      requests: z.number().int().min(0).default(100),
      span: durationSchema.default('1 day'),
      giveUpAfter: durationSchema.default('14 days'),
    })
    .prefault({}),
  approval: z
    .strictObject({
      from: z.array(z.string().min(1)).min(1),
      expiresAfter: durationSchema.default('7 days'),
      onExpiry: z.enum(['reject', 'approve']).default('reject'),
    })
    .optional(),
  bake: z
    .strictObject({ span: durationSchema.default('1 day'), rollBackIfWorseBy: shareSchema.default(0.1) })
    .prefault({}),
});
