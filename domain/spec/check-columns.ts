import { problem, type SpecProblem } from './problem.js';
import { nearest } from './nearest.js';
import { valueAt } from './schema-path.js';
import type { SpecParts } from './spec-parts.js';
import type { FeatureSpec } from './spec.js';

/** Names that snapshots, requests and answers use beside the features. */
const RESERVED = ['key', 'event_time', 'block', 'label', 'prediction', 'prediction_id', 'scores'];

/** Columns: features against label, time and key; names that collide; bounds and categories of each feature. */
export function checkColumns(parts: SpecParts, input: unknown): SpecProblem[] {
  return [
    ...someFeature(input),
    ...roles(parts),
    ...sourceColumns(parts),
    ...sameName(parts),
    ...Object.entries(parts.features).flatMap(([name, feature]) => oneFeature(name, feature)),
  ];
}

/** Columns are the same whatever their case: that is how the data are read. */
const same = (a: string, b: string | undefined): boolean => a.toLowerCase() === b?.toLowerCase();

function someFeature(input: unknown): SpecProblem[] {
  const features =
    input !== null && typeof input === 'object' && 'features' in input ? input.features : undefined;
  const empty = features !== null && typeof features === 'object' && Object.keys(features).length === 0;
  if (!empty) return [];
  const next = "Name the model's inputs, e.g. { temp: { type: 'number' } }.";
  return [problem({ path: ['features'], value: features, allowed: 'at least one feature', next })];
}

function roles({ whole: { task, source }, features }: SpecParts): SpecProblem[] {
  return Object.keys(features).flatMap((name) => {
    const refuse = (allowed: string, next: string): SpecProblem[] => [
      problem({ path: ['features', name], allowed, next }),
    ];
    if (same(name, task?.label))
      return refuse(
        'features without the label: a model that sees it predicts nothing',
        'Remove it from features.',
      );
    if (same(name, source?.eventTime))
      return refuse(
        'numbers and categories only, and this is the column of the event time',
        'Remove it, or derive numbers from it in `source.sql`, such as the hour.',
      );
    if (RESERVED.some((word) => same(name, word)))
      return refuse(
        `none of the reserved names ${RESERVED.join(', ')}`,
        'Rename the column in `source.sql`.',
      );
    return [];
  });
}

function sourceColumns({ whole: { task, source } }: SpecParts): SpecProblem[] {
  const problems: SpecProblem[] = [];
  const label = task?.label ?? '';
  const owner = same(label, source?.eventTime)
    ? 'the event time'
    : same(label, source?.key)
      ? 'the key'
      : undefined;
  if (owner !== undefined) {
    const allowed = `a column of its own, and this is ${owner}`;
    problems.push(
      problem({ path: ['task', 'label'], value: label, allowed, next: 'Name the column to predict.' }),
    );
  }
  if (source === undefined) return problems;
  if (!isUnderRoot(source.rows)) {
    const allowed = "a file or glob below a data root, such as 'bike-demand/*.parquet'";
    const next = "Write it relative to a data root, which the worker's configuration names.";
    problems.push(problem({ path: ['source', 'rows'], value: source.rows, allowed, next }));
  }
  if (!isTimeZone(source.timeZone)) {
    const allowed = "an IANA time zone such as 'UTC' or 'America/New_York'";
    problems.push(
      problem({
        path: ['source', 'timeZone'],
        value: source.timeZone,
        allowed,
        next: 'Change it in the spec.',
      }),
    );
  }
  return problems;
}

/** Whether a path or pattern stays below a data root, as far as its text tells. */
export function isUnderRoot(path: string): boolean {
  // Whether an address in a bucket lies below a data root is for the worker to say.
  if (path.startsWith('s3://')) return true;
  const climbs = path.split('/').includes('..');
  return (
    !climbs &&
    !path.startsWith('/') &&
    !path.includes('\\') &&
    !path.includes('\0') &&
    !/^[a-z0-9]+:/i.test(path)
  );
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function sameName({ features }: SpecParts): SpecProblem[] {
  const seen = new Map<string, string>();
  return Object.keys(features).flatMap((name) => {
    const first = seen.get(name.toLowerCase());
    seen.set(name.toLowerCase(), first ?? name);
    if (first === undefined) return [];
    const allowed = `names that differ by more than case from '${first}'`;
    return [
      problem({ path: ['features', name], allowed, next: 'Remove one, or rename a column in `source.sql`.' }),
    ];
  });
}

function oneFeature(name: string, feature: FeatureSpec): SpecProblem[] {
  const problems = shareAtMostOne(['features', name, 'maxMissing'], feature.maxMissing);
  if (feature.type === 'category') {
    problems.push(
      ...shareAtMostOne(['features', name, 'maxUnknown'], feature.maxUnknown),
      ...repeated(name, feature),
    );
  } else if ((feature.min ?? -Infinity) > (feature.max ?? Infinity)) {
    const path = ['features', name, 'min'];
    const next = 'Swap the two, or change one.';
    problems.push(
      problem({ path, value: feature.min, allowed: `at most max, which is ${feature.max}`, next }),
    );
  }
  return problems;
}

function repeated(name: string, feature: FeatureSpec & { type: 'category' }): SpecProblem[] {
  const texts = (feature.values ?? []).map(String);
  const twice = texts.find((value, index) => texts.indexOf(value) !== index);
  if (twice === undefined) return [];
  const allowed = `each category once (1 and '1' are the same)`;
  return [
    problem({ path: ['features', name, 'values'], value: twice, allowed, next: 'Remove the repetition.' }),
  ];
}

/** Refuses a share of rows or features above 1. */
export function shareAtMostOne(path: readonly PropertyKey[], share: number): SpecProblem[] {
  if (share <= 1) return [];
  const allowed = 'a share of at most 1 (100%)';
  return [problem({ path, value: share, allowed, next: "Percentages are written as text, such as '5%'." })];
}

/** A slice gate must name a category feature. */
export function checkSlices({ gates, features }: SpecParts, input: unknown): SpecProblem[] {
  return gates.flatMap((gate, index) => {
    if (gate?.kind !== 'slice') return [];
    const feature = Object.hasOwn(features, gate.by) ? features[gate.by] : undefined;
    const malformed = feature === undefined && valueAt(input, ['features', gate.by]) !== undefined;
    if (feature?.type === 'category' || malformed || Object.keys(features).length === 0) return [];
    const categories = Object.keys(features).filter((name) => features[name]?.type === 'category');
    const path = ['gates', index, 'by'];
    if (categories.length === 0) {
      const next = `Declare ${gate.by} as a category, or remove the gate.`;
      return [
        problem({ path, value: gate.by, allowed: 'a feature of type category, and there is none', next }),
      ];
    }
    const near = nearest(gate.by, categories);
    const next = near === undefined ? 'Use one of these.' : `Did you mean '${near}'?`;
    return [
      problem({
        path,
        value: gate.by,
        allowed: `a feature of type category: ${categories.join(', ')}`,
        next,
      }),
    ];
  });
}
