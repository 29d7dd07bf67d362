import { PerennialError } from '../../domain/errors.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import { labelKind } from './candidates.js';

/** Columns of a snapshot that are not features, in order. */
export const FIXED_COLUMNS = ['key', 'event_time', 'block', 'label'] as const;

/** Place of the event time among them. */
export const EVENT_TIME = 1;

/** Columns of a snapshot in order: the fixed ones, then the features in the order of the spec. */
export const snapshotColumns = (spec: ModelSpec): string[] => [
  ...FIXED_COLUMNS,
  ...Object.keys(spec.features),
];

/** How {@link readColumns} reads each column of a snapshot. */
export function snapshotKinds(spec: ModelSpec): ('number' | 'text')[] {
  const label = labelKind(spec) === 'number' ? 'number' : 'text';
  return [
    'text',
    'number',
    'text',
    label,
    ...Object.values(spec.features).map(({ type }) => (type === 'number' ? 'number' : 'text')),
  ];
}

/** Refuses feature names that a table cannot tell apart from each other or from the fixed columns (case does not count). */
export function requireDistinctNames(spec: ModelSpec): void {
  const seen = new Set<string>(FIXED_COLUMNS);
  for (const name of Object.keys(spec.features)) {
    if (seen.has(name.toLowerCase())) {
      throw new PerennialError({
        type: 'spec-invalid',
        thing: `features.${name}`,
        value: name,
        allowed: `a name that differs, not only in case, from other features and from ${FIXED_COLUMNS.join(', ')}`,
        next: 'Rename the column in the source and in the spec.',
      });
    }
    seen.add(name.toLowerCase());
  }
}
