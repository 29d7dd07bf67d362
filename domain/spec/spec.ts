import { z } from 'zod';
import { durationSchema } from '../duration.js';
import { modelNameSchema } from '../references.js';
import * as section from './sections.js';

/**
 * The spec of one model, as a team writes it. Parsing fills in defaults and keeps durations as text, so that a parsed spec is
 * also a valid spec: it is what is stored, digested and shown. Use {@link parseSpec} of `parse-spec.ts` at every door.
 */
export const specSchema = z.strictObject({
  model: modelNameSchema.describe('Name of the model; every workflow, object and ledger line carries it.'),
  task: section.taskSchema.describe('What is predicted and how it is judged.'),
  source: section.sourceSchema.describe('Where rows and labels come from.'),
  features: z
    .record(z.string().regex(/^.*\S.*$/), section.featureSchema)
    .describe('The model’s inputs by name, and what their values may be.'),
  window: section.windowSchema.describe('Which past rows train, validate and judge.'),
  trainer: section.trainerSchema.describe('How the model is trained.'),
  monitor: z
    .strictObject({
      every: durationSchema
        .default('1 day')
        .describe('How often the monitor looks; slots count from the first version’s as-of.'),
    })
    .prefault({})
    .describe('Watching what is serving.'),
  triggers: z
    .array(section.triggerSchema)
    .default([])
    .describe('Why a retrain is asked without a person. None: only people and a new spec ask.'),
  retraining: z
    .strictObject({
      when: z.literal('any').default('any').describe('One trigger is enough.'),
      cooldown: durationSchema
        .default('1 day')
        .describe(
          'Event time between two retrains; doubled once for a trigger whose last attempt gave no candidate. People are not held by it.',
        ),
      budget: z
        .strictObject({
          retrains: z.number().int().min(1).describe('How many.'),
          per: durationSchema.describe('Within how much event time.'),
        })
        .default({ retrains: 10, per: '30 days' })
        .describe('Most retrains that triggers may start.'),
    })
    .prefault({})
    .describe('How often triggers may start a retrain.'),
  gates: z
    .array(section.gateSchema)
    .default([])
    .describe(
      'Checks that a candidate must pass, beside parity of the exported model and, for a first version, being better than the baseline.',
    ),
  rollout: section.rolloutSchema
    .prefault({})
    .describe('How a candidate reaches traffic, and how it is watched.'),
  serving: z
    .strictObject({
      clockSkew: durationSchema
        .default('5 minutes')
        .describe('How far ahead of the receipt time a request’s event time may be.'),
    })
    .prefault({})
    .describe('Limits on requests.'),
});

/** A parsed spec: every default present. */
export type ModelSpec = z.output<typeof specSchema>;
/** A spec as people may write it. */
export type ModelSpecInput = z.input<typeof specSchema>;
/** One input of the model. */
export type FeatureSpec = ModelSpec['features'][string];
/** The `task` section. */
export type TaskSpec = ModelSpec['task'];
/** The `trainer` section. */
export type TrainerSpec = ModelSpec['trainer'];
/** The `window` section. */
export type WindowSpec = ModelSpec['window'];
/** One member of `triggers`. */
export type TriggerSpec = ModelSpec['triggers'][number];
/** One member of `gates`. */
export type GateSpec = ModelSpec['gates'][number];

/** Types a spec in a TypeScript module: `export default defineModel({...})`. Checks nothing at run time. */
export const defineModel = (spec: ModelSpecInput): ModelSpecInput => spec;
