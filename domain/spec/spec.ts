import { z } from 'zod';
import { durationSchema } from '../duration.js';
import { modelNameSchema } from '../references.js';
import * as section from './sections.js';

/**
 * The spec of one model, as a team writes it. Parsing fills in defaults and keeps durations as text, so that a parsed spec is
 * also a valid spec: it is what is stored, digested and shown. Use {@link parseSpec} of `parse-spec.ts` at every door.
 */
export const specSchema = z.strictObject({
  model: modelNameSchema,
  task: section.taskSchema,
  source: section.sourceSchema,
  features: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_ .-]*$/), section.featureSchema),
  window: section.windowSchema,
  trainer: section.trainerSchema,
  /** How often the monitor looks at what is serving; slots count from the first version's as-of. */
  monitor: z.strictObject({ every: durationSchema.default('1 day') }).prefault({}),
  triggers: z.array(section.triggerSchema).default([]),
  retraining: z
    .strictObject({
      when: z.literal('any').default('any'),
      cooldown: durationSchema.default('1 day'),
      budget: z
        .strictObject({ retrains: z.number().int().min(1), per: durationSchema })
        .default({ retrains: 10, per: '30 days' }),
    })
    .prefault({}),
  gates: z.array(section.gateSchema).default([]),
  rollout: section.rolloutSchema.prefault({}),
  serving: z.strictObject({ clockSkew: durationSchema.default('5 minutes') }).prefault({}),
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
