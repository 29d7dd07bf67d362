import { problem, type SpecProblem } from './problem.js';
import { valueAt } from './schema-path.js';

/** A value that the design names and nothing reads yet, and what to write meanwhile. */
interface Absent {
  readonly what: string;
  readonly allowed: string;
  readonly instead: string;
}

type Place = readonly PropertyKey[];

/** What the spec asks for that is not built yet: refused by name, so that it is not taken for a mistake in writing. */
export function notBuilt(input: unknown): SpecProblem[] {
  return [
    ...byValue(input, ['window', 'kind'], WINDOWS),
    ...byKey(input, ['rollout'], ROLLOUT),
    ...byValue(input, ['source', 'eventTime'], { 'file-order': FILE_ORDER }),
    ...each(input, 'features').flatMap((place) => byValue(input, [...place, 'from'], { lookup: LOOKUP })),
    ...each(input, 'triggers').flatMap((place) => [
      ...byValue(input, [...place, 'kind'], TRIGGERS),
      ...byValue(input, [...place, 'action'], { rollback: ROLLBACK }),
    ]),
  ];
}

const WINDOW = { allowed: "'fixed' or 'all'", instead: "use 'fixed' with a length, or 'all'" };
const WINDOWS: Readonly<Record<string, Absent>> = {
  dynamic: { what: 'a window found by search', ...WINDOW },
  representative: { what: 'a window matched to the present', ...WINDOW },
};

const TRIGGER = { allowed: "'schedule', 'performance', 'data-drift', 'new-data' or 'plugin'" };
const TRIGGERS: Readonly<Record<string, Absent>> = {
  'concept-drift': {
    what: 'a change detector as trigger',
    ...TRIGGER,
    instead: "use 'performance' meanwhile",
  },
  feedback: { what: 'feedback as trigger', ...TRIGGER, instead: "use 'new-data' or 'performance' meanwhile" },
  event: {
    what: 'an outside event as trigger',
    ...TRIGGER,
    instead: 'ask by `perennial retrain` or the update `retrain`',
  },
};

const FILE_ORDER: Absent = {
  what: 'a source without event time',
  allowed: 'the column that holds the time of each row',
  instead: 'add such a column',
};

const LOOKUP: Absent = {
  what: 'a feature that serving looks up',
  allowed: "'request'",
  instead: 'leave it out and send the value with each request',
};

const ROLLBACK: Absent = {
  what: 'rolling back by a trigger',
  allowed: "'alert' or 'retrain'",
  instead: "use 'alert' and `perennial rollback`; a version that bakes is rolled back by itself",
};

const SLICES = {
  allowed: 'a key of rollout: first, shadow, approval, bake',
  instead: 'use shadow, approval and bake',
};
const ROLLOUT: Readonly<Record<string, Absent>> = {
  canary: { what: 'serving a slice of the traffic', ...SLICES },
  ab: { what: 'a measured split of the traffic', ...SLICES },
};

function byValue(input: unknown, path: Place, table: Readonly<Record<string, Absent>>): SpecProblem[] {
  const value = valueAt(input, path);
  const absent = typeof value === 'string' && Object.hasOwn(table, value) ? table[value] : undefined;
  return absent === undefined ? [] : [refuse(path, value, absent)];
}

function byKey(input: unknown, path: Place, table: Readonly<Record<string, Absent>>): SpecProblem[] {
  return Object.entries(table).flatMap(([key, absent]) => {
    const value = valueAt(input, [...path, key]);
    return value === undefined ? [] : [refuse([...path, key], value, absent)];
  });
}

function refuse(path: Place, value: unknown, { what, allowed, instead }: Absent): SpecProblem {
  const next = `${what[0]?.toUpperCase() ?? ''}${what.slice(1)} is not built yet; ${instead}.`;
  return problem({ path, value, allowed, next }, 'not-built-yet');
}

function each(input: unknown, section: string): Place[] {
  const value = valueAt(input, [section]);
  if (Array.isArray(value)) return value.map((_, index) => [section, index]);
  return value !== null && typeof value === 'object' ? Object.keys(value).map((key) => [section, key]) : [];
}
