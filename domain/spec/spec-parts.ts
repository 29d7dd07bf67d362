import type { z } from 'zod';
import * as section from './sections.js';
import { specSchema, type FeatureSpec, type GateSpec, type ModelSpec, type TriggerSpec } from './spec.js';
import { valueAt } from './schema-path.js';

type Whole = Omit<ModelSpec, 'features' | 'triggers' | 'gates'>;

/**
 * The parts of a spec that are well formed by themselves, so that checks across parts can speak although another part is not.
 * A member of `triggers` or `gates` that is not well formed leaves its place empty.
 */
export interface SpecParts {
  readonly whole: { readonly [Name in keyof Whole]?: Whole[Name] };
  readonly features: Readonly<Record<string, FeatureSpec>>;
  readonly triggers: readonly (TriggerSpec | undefined)[];
  readonly gates: readonly (GateSpec | undefined)[];
}

/** Parses each part by itself. */
export function specParts(input: unknown): SpecParts {
  const part = <Schema extends z.ZodType>(schema: Schema, name: string): z.output<Schema> | undefined =>
    schema.safeParse(valueAt(input, [name])).data;
  const { model, task, source, window, trainer, monitor, retraining, rollout, serving } = specSchema.shape;
  return {
    whole: withoutUndefined({
      model: part(model, 'model'),
      task: part(task, 'task'),
      source: part(source, 'source'),
      window: part(window, 'window'),
      trainer: part(trainer, 'trainer'),
      monitor: part(monitor, 'monitor'),
      retraining: part(retraining, 'retraining'),
      rollout: part(rollout, 'rollout'),
      serving: part(serving, 'serving'),
    }),
    features: features(valueAt(input, ['features'])),
    triggers: members(section.triggerSchema, valueAt(input, ['triggers'])),
    gates: members(section.gateSchema, valueAt(input, ['gates'])),
  };
}

function withoutUndefined<T extends object>(value: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as {
    [Key in keyof T]?: Exclude<T[Key], undefined>;
  };
}

function features(input: unknown): Record<string, FeatureSpec> {
  if (input === null || typeof input !== 'object') return {};
  const parsed = Object.entries(input).map(
    ([name, value]) => [name, section.featureSchema.safeParse(value).data] as const,
  );
  return Object.fromEntries(
    parsed.flatMap(([name, feature]) => (feature === undefined ? [] : [[name, feature]])),
  );
}

function members<Schema extends z.ZodType>(schema: Schema, input: unknown): (z.output<Schema> | undefined)[] {
  return Array.isArray(input) ? input.map((member: unknown) => schema.safeParse(member).data) : [];
}
