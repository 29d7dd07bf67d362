import { z } from 'zod';
import type { ModelSpec } from '../domain/spec/spec.js';
import type { Table } from '../engines/features/table.js';
import { profileCategorical, profileNumeric, type ColumnProfile } from '../stats/index.js';

/** Reference profiles of a version's features, by name: what later requests are compared with. */
export interface ReferenceProfile {
  readonly format: 'perennial-profile/1';
  readonly rows: number;
  readonly features: Readonly<Record<string, ColumnProfile>>;
}

/** Profiles of the training block's features. */
export function profileOf(spec: ModelSpec, table: Table): ReferenceProfile {
  const features = Object.entries(spec.features).map(([name, feature]): [string, ColumnProfile] => [
    name,
    feature.type === 'number'
      ? profileNumeric(table.numbers[name] ?? new Float64Array())
      : profileCategorical(table.categories[name] ?? []),
  ]);
  return { format: 'perennial-profile/1', rows: table.rows, features: Object.fromEntries(features) };
}

const numericSchema = z.custom<ColumnProfile>(
  (value) => typeof value === 'object' && value !== null && 'kind' in value,
);

/** Reads a stored profile. Its bytes were checked by digest, so only its shape is checked here. */
export const referenceProfileSchema = z.object({
  format: z.literal('perennial-profile/1'),
  rows: z.number(),
  features: z.record(z.string(), numericSchema),
});
