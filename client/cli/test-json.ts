import assert from 'node:assert/strict';
import type { z } from 'zod';
import { errorSchema, JSON_SCHEMAS } from './json-schemas.js';

/** The schema that docs/reference/json.md shows for a command line; undefined where it shows none. */
export function schemaFor(args: readonly string[]): z.ZodType | undefined {
  const [command = '', next = '-'] = args;
  const named = !next.startsWith('-');
  const fits = (form: string): boolean => {
    const [name, member = ''] = form.split(' ');
    return name === command && (member.startsWith('-') ? args.includes(member) : member !== '' && named);
  };
  return JSON_SCHEMAS[Object.keys(JSON_SCHEMAS).find(fits) ?? command];
}

/** Parses what a command printed with `--json`. Throws unless it is one line and what is documented for it, no member more. */
export function documented(args: readonly string[], out: string): unknown {
  assert.equal(out.includes('\n'), false, 'one line');
  const printed: unknown = JSON.parse(out);
  const failed = printed !== null && typeof printed === 'object' && 'error' in printed;
  const schema = failed ? errorSchema : schemaFor(args);
  assert.ok(schema, `a schema of ${args.join(' ')}`);
  assert.deepEqual(schema.parse(printed), printed);
  return printed;
}
