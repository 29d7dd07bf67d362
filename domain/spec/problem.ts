import type { Refusal } from '../errors.js';

/** One thing that is wrong in a spec. `thing` is what the message begins with; `path` is where it is. */
export interface SpecProblem extends Refusal {
  readonly type: 'spec-invalid' | 'not-built-yet';
  /** As a reader would write it, e.g. `triggers[1].every`; empty for the spec itself. */
  readonly path: string;
}

/** What a check says of a place in the spec. */
export interface Finding {
  readonly path: readonly PropertyKey[];
  /** Absent: the message names no value. */
  readonly value?: unknown;
  readonly allowed: string;
  readonly next: string;
}

/** A finding as a problem of the spec. */
export function problem(finding: Finding, type: SpecProblem['type'] = 'spec-invalid'): SpecProblem {
  const path = pathText(finding.path);
  return { type, path, thing: path === '' ? 'spec' : path, ...pick(finding) };
}

/** A finding about something that the spec lacks. */
export function missing(finding: Omit<Finding, 'value'>): SpecProblem {
  const found = problem(finding);
  return { ...found, thing: `${found.thing} is missing` };
}

function pick({ value, allowed, next }: Finding): Pick<Finding, 'value' | 'allowed' | 'next'> {
  return { ...(value !== undefined && { value }), allowed, next };
}

/** A path as people write it: `features.temp.min`, `triggers[1].every`, `features['wind speed']`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    const name = String(part);
    if (!/^[A-Za-z_$][\w$-]*$/.test(name)) return `${text}['${name}']`;
    return text === '' ? name : `${text}.${name}`;
  }, '');
}

/** `'a', 'b' or 'c'` */
export function orList(values: readonly unknown[]): string {
  const texts = values.map((value) => (typeof value === 'string' ? `'${value}'` : String(value)));
  const last = texts.pop() ?? '';
  return texts.length === 0 ? last : `${texts.join(', ')} or ${last}`;
}
