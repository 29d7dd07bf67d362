import { z } from 'zod';
import { didYouMean } from './nearest.js';
import { missing, orList, problem, type SpecProblem } from './problem.js';
import { keysAt, schemaAt, valueAt } from './schema-path.js';

type Issue = z.core.$ZodIssue;

/** What a schema and the input that it refused are called while its issues are put into words. */
export interface Refused {
  readonly schema: z.ZodType;
  readonly input: unknown;
}

/** Puts one issue of zod into words: path, value, allowed, next step. An issue about several keys gives one problem each. */
export function schemaProblems(refused: Refused, issue: Issue): SpecProblem[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => unknownKey(refused, issue.path, key));
  const value = valueAt(refused.input, issue.path);
  const allowed = allowedBy(refused, issue);
  const finding = { path: issue.path, value, allowed, next: nextStep(issue, value) };
  return [value === undefined ? missing({ ...finding, next: whenMissing(issue) }) : problem(finding)];
}

function unknownKey({ schema, input }: Refused, path: readonly PropertyKey[], key: string): SpecProblem {
  const known = keysAt(schema, path, input);
  const owner = path.length === 0 ? 'the spec' : problem({ path, allowed: '', next: '' }).path;
  return problem({
    path: [...path, key],
    value: valueAt(input, [...path, key]),
    allowed: `a key of ${owner}: ${known.join(', ')}`,
    next: didYouMean(key, known, 'Remove it.'),
  });
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a finite number',
  int: 'a whole number',
  object: 'an object {…}',
  record: 'an object {…}',
  array: 'a list […]',
  boolean: 'true or false',
};

function allowedBy(refused: Refused, issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return (
        (issue.expected === 'string' && patternAt(refused, issue.path)) ||
        (TYPES[issue.expected] ?? issue.expected)
      );
    case 'invalid_value':
      return orList(issue.values);
    case 'invalid_union':
      return unionOf(refused, issue);
    case 'too_small':
      return bound(issue, issue.minimum, issue.inclusive === false ? 'more than' : 'at least');
    case 'too_big':
      return bound(issue, issue.maximum, issue.inclusive === false ? 'less than' : 'at most');
    case 'invalid_key':
      return 'a name of one line that is not blank';
    default:
      return issue.message;
  }
}

function unionOf(refused: Refused, issue: Issue & { code: 'invalid_union' }): string {
  if ('options' in issue && issue.options !== undefined) return orList(issue.options);
  const issues = issue.errors.flat().map((each) => ({ ...each, path: issue.path }));
  const onlyTypes = issues.every(({ code }) => code === 'invalid_type');
  const pattern = onlyTypes || issues.some(({ code }) => code === 'invalid_format');
  const described = pattern ? patternAt(refused, issue.path) : undefined;
  return described ?? [...new Set(issues.map((each) => allowedBy(refused, each)))].join(' or ');
}

function bound(issue: { origin: string }, limit: number | bigint, comparison: string): string {
  if (issue.origin === 'string') return 'text that is not empty';
  if (issue.origin === 'array') return `a list of ${comparison} ${limit}`;
  return `a number of ${comparison} ${limit}`;
}

/** What a text at this place must look like, when its schema says more than that it is text. */
function patternAt({ schema, input }: Refused, path: readonly PropertyKey[]): string | undefined {
  const leaf = schemaAt(schema, path, input);
  if (!(leaf instanceof z.ZodType)) return undefined;
  const tried = leaf.safeParse('');
  const issues = (tried.error?.issues ?? []).flatMap((issue) =>
    issue.code === 'invalid_union' ? issue.errors.flat() : [issue],
  );
  return issues.find(({ code }) => code === 'invalid_format')?.message;
}

function nextStep(issue: Issue, value: unknown): string {
  if (issue.code === 'invalid_value') return didYouMean(value, issue.values, 'Use one of these.');
  if (issue.code === 'invalid_union' && 'options' in issue && issue.options !== undefined)
    return didYouMean(value, issue.options, 'Use one of these.');
  if (issue.code === 'invalid_key') return 'Rename the column, for instance in `source.sql`.';
  const isDuration = issue.code === 'invalid_format' && issue.message.startsWith('a duration');
  return (isDuration ? durationHint(value) : undefined) ?? 'Change it in the spec.';
}

function whenMissing(issue: Issue): string {
  if (issue.path[0] === 'source' && issue.path[1] === 'eventTime')
    return 'Name the column that holds the time of each row; taking the order of the file instead is not built yet.';
  return 'Add it.';
}

const UNITS: Readonly<Record<string, string>> = {
  ms: 'milliseconds',
  s: 'seconds',
  sec: 'seconds',
  m: 'minutes',
  min: 'minutes',
  h: 'hours',
  d: 'days',
  w: 'weeks',
};

/** `3d` is what many tools take for three days. */
function durationHint(value: unknown): string | undefined {
  const match = typeof value === 'string' ? /^(\d+(?:\.\d+)?) ?([a-z]+)$/i.exec(value.trim()) : null;
  const [, count, unit] = match ?? [];
  if (count === undefined || unit === undefined) return undefined;
  const short = unit.toLowerCase();
  const name = UNITS[short] ?? Object.values(UNITS).find((known) => known.startsWith(short));
  return name === undefined ? undefined : `Write '${count} ${count === '1' ? name.slice(0, -1) : name}'.`;
}
