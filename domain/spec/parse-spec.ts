import { PerennialError } from '../errors.js';
import { checkColumns, checkSlices } from './check-columns.js';
import { checkLabels } from './check-labels.js';
import { checkPlugins } from './check-plugins.js';
import { checkTask } from './check-task.js';
import { checkTimes } from './check-times.js';
import { notBuilt } from './not-built.js';
import { problem, type SpecProblem } from './problem.js';
import { schemaProblems } from './schema-problems.js';
import { specParts } from './spec-parts.js';
import { specSchema, type ModelSpec } from './spec.js';

/** A spec with its defaults, or everything that is wrong with it. */
export type SpecCheck =
  | { readonly spec: ModelSpec; readonly problems: readonly [] }
  | { readonly spec: undefined; readonly problems: readonly SpecProblem[] };

/**
 * Reads a spec: shape, then what its parts say together. Defaults are filled in; a parsed spec parses to itself. Throws a
 * PerennialError of type `spec-invalid` whose message names every problem with path, value, what is allowed and what to do;
 * `refusal.problems` holds them one by one ({@link SpecProblem}). Throws nothing else, whatever the input.
 */
export function parseSpec(input: unknown): ModelSpec {
  const { spec, problems } = checkSpec(input);
  if (spec !== undefined) return spec;
  const [only, ...others] = problems;
  if (only !== undefined && others.length === 0)
    throw new PerennialError({ ...only, type: 'spec-invalid', problems });
  throw new PerennialError({
    type: 'spec-invalid',
    thing: 'spec',
    allowed: 'a spec without problems',
    next: 'Mend them and apply it again.',
    problems,
  });
}

/** Like {@link parseSpec}, with the problems as the answer instead of an error. Never throws. */
export function checkSpec(input: unknown): SpecCheck {
  try {
    return check(input);
  } catch (cause) {
    const allowed = `plain data that can be read (${cause instanceof Error ? cause.message : typeof cause})`;
    const next = 'Export an object of texts, numbers, lists and objects.';
    return { spec: undefined, problems: [problem({ path: [], allowed, next })] };
  }
}

function check(input: unknown): SpecCheck {
  const parsed = specSchema.safeParse(input);
  const absent = notBuilt(input);
  const shape = (parsed.error?.issues ?? []).flatMap((issue) =>
    schemaProblems({ schema: specSchema, input }, issue),
  );
  const parts = specParts(parsed.success ? parsed.data : input);
  const together = [
    ...checkColumns(parts, input),
    ...checkLabels(parts),
    ...checkTask(parts),
    ...checkSlices(parts, input),
    ...checkTimes(parts),
    ...checkPlugins(parts),
  ];
  const problems = [
    ...absent,
    ...shape.filter(({ path }) => !absent.some((known) => known.path === path)),
    ...together,
  ];
  if (parsed.success && problems.length === 0) return { spec: parsed.data, problems: [] };
  return { spec: undefined, problems };
}
