import { z } from 'zod';
import type { ModelSpec } from '../domain/spec/spec.js';
import type { Table } from '../engines/features/table.js';
import { profileCategorical, profileNumeric } from '../stats/index.js';
import { blockLengthOf } from './metric-rows.js';

const numbers = z.array(z.number());
const dependenceSchema = z.strictObject({
  blockRows: z.number().int().min(1),
  blocks: z.number().int().min(1),
  cut: numbers,
  scale: numbers,
  dof: numbers,
});
const rowCounts = { rows: z.number().int().min(0), missing: z.number().int().min(0) };

const numericSchema = z.strictObject({
  kind: z.literal('numeric'),
  ...rowCounts,
  min: z.number().nullable(),
  max: z.number().nullable(),
  mean: z.number().nullable(),
  sd: z.number().nullable(),
  sketch: z.strictObject({ values: numbers, at: numbers, before: numbers }),
  error: z.number().min(0),
  bins: z.strictObject({ inner: numbers, counts: numbers }),
  dependence: dependenceSchema.optional(),
});

const categoricalSchema = z.strictObject({
  kind: z.literal('categorical'),
  ...rowCounts,
  counts: z.array(z.tuple([z.string(), z.number().int().min(0)])),
  rest: z.strictObject({ categories: z.number().int().min(0), rows: z.number().int().min(0) }),
  dependence: dependenceSchema.optional(),
});

/** Reads a stored profile. Versions made before dependence was measured have none: their rows count as independent. */
export const referenceProfileSchema = z.strictObject({
  format: z.literal('perennial-profile/1'),
  rows: z.number().int().min(0),
  features: z.record(z.string(), z.discriminatedUnion('kind', [numericSchema, categoricalSchema])),
});
/** Reference profiles of a version's features, by name: what later requests are compared with. */
export type ReferenceProfile = Readonly<z.infer<typeof referenceProfileSchema>>;

/** Profiles of the training block's features. The rows are in time order; a block of the dependence is a day of them. */
export function profileOf(spec: ModelSpec, table: Table): ReferenceProfile {
  const options = { blockRows: blockLengthOf(table.eventTimes) };
  const features = Object.entries(spec.features).map(([name, feature]) => [
    name,
    feature.type === 'number'
      ? profileNumeric(table.numbers[name] ?? new Float64Array(), options)
      : profileCategorical(table.categories[name] ?? [], options),
  ]);
  return referenceProfileSchema.parse({
    format: 'perennial-profile/1',
    rows: table.rows,
    features: Object.fromEntries(features),
  });
}
