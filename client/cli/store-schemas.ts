import { z } from 'zod';
import { metricValueSchema } from '../../domain/verdict.js';

const metric = metricValueSchema.nullable();

/** `versions`: one member per version, oldest first. */
export const versionsSchema = z.array(
  z.strictObject({
    version: z.number().int(),
    digest: z.string(),
    role: z.enum(['champion', 'challenger', 'previous']).nullable(),
    asOf: z.string(),
    trainer: z.string().describe('Kind of its trainer; `imported` where somebody else trained it.'),
    program: z
      .strictObject({ name: z.string(), version: z.string() })
      .nullable()
      .describe("The team's own program that trained it."),
    notices: z.array(z.string()).describe('What its trainer noticed in the training rows.'),
    onnx: z.string().describe('SHA-256 of the ONNX file.'),
    metric: z.string(),
    value: metric.describe('On the holdout.'),
    championValue: metric.describe('Of the champion that it was judged against.'),
    naiveValue: metric.describe('Of the trivial baseline.'),
  }),
);

/** `predict`: one prediction per row, in order. */
export const predictSchema = z.strictObject({
  model: z.string(),
  version: z.number().int(),
  from: z.enum(['serving', 'store']).describe('`store`: scored here, and not logged.'),
  predictions: z.array(z.union([z.number(), z.string()])),
  predictionIds: z.array(z.string()).describe('Empty when scored from the store.'),
});

/** `prune`: what nothing refers to. */
export const pruneSchema = z.strictObject({
  garbage: z.array(z.strictObject({ key: z.string(), bytes: z.number().int() })),
  garbageBytes: z.number().int(),
  referred: z.number().int().describe('Blobs that something refers to.'),
  young: z.number().int().describe('Blobs that nothing refers to yet.'),
  deleted: z.boolean(),
});

/** `upgrade`: the builds of a deployment, newest first. */
export const buildsSchema = z.strictObject({
  deployment: z.string(),
  current: z.string().nullable().describe('Null: workers without versions get the work.'),
  builds: z.array(z.strictObject({ build: z.string(), current: z.boolean(), since: z.string().nullable() })),
});

/** `upgrade <build>`: what was moved. */
export const upgradedSchema = z.strictObject({
  deployment: z.string(),
  build: z.string(),
  before: z.string().nullable(),
});

const told = { asOf: z.string().nullable(), because: z.string() };

/** `demo`: the story in numbers. */
export const demoSchema = z.strictObject({
  model: z.string(),
  checks: z.number().int(),
  retrains: z.array(
    z.strictObject({ trigger: z.string(), version: z.number().int().nullable(), outcome: z.string() }),
  ),
  refused: z.array(z.strictObject({ reason: z.string(), ...told })),
  rollbacks: z.array(
    z.strictObject({
      version: z.number().int().nullable(),
      by: z.string(),
      at: z.string().nullable(),
      because: z.string(),
    }),
  ),
  resumedDigestEqual: z.boolean().describe('The killed run gave what an undisturbed one gives.'),
  error: z.record(z.string(), z.number()).describe('Mean absolute error on the judged rows, by line.'),
  retrainCount: z.strictObject({ scheduled: z.number().int(), perennial: z.number().int() }),
  champion: z.strictObject({ version: z.number().int(), digest: z.string() }).nullable(),
});
