import type { z } from 'zod';
import { errorSchema, JSON_SCHEMAS, WITHOUT_RESULT } from '../../client/cli/json-schemas.js';
import { jsonSchemaOf, type JsonSchema } from './json-schema.js';
import { fenced } from './markdown.js';

const INTRO = `# What \`--json\` prints

One line of JSON on standard output; progress and hints go to standard error. What is written here is held by tests against what the
commands print. Members may be added in any version: read the ones you know. None is renamed or changes its type before a new major
version.

The exit code says the same as without \`--json\`: ${'`perennial --help`'} lists them. A refusal that a command prints as its result
(\`"outcome": "refused"\`) has exit code 3. ${WITHOUT_RESULT.map((name) => `\`${name}\``).join(', ')} run until they are stopped and print no
result. What fails prints:`;

/** `docs/reference/json.md`: the output of commands with `--json`, from the schemas that tests hold it against. */
export function jsonPage(): string {
  const sections = Object.entries(JSON_SCHEMAS).flatMap(([command, schema]) => [
    `## perennial ${command}${command.startsWith('ledger --at') ? ' …' : ''}`,
    ...(schema.description === undefined ? [] : [schema.description]),
    text(schema),
  ]);
  return [INTRO, text(errorSchema), ...sections].join('\n\n');
}

const text = (schema: z.ZodType): string => fenced('text', shape(jsonSchemaOf(schema)));

/** A schema as a sketch: members with their types, one a line. */
function shape(schema: JsonSchema, indent = ''): string {
  const options = schema.anyOf ?? schema.oneOf;
  if (options !== undefined) return options.map((option) => shape(option, indent)).join(' | ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (schema.items !== undefined) return `[ ${shape(schema.items, indent)} … ]`;
  const { properties, additionalProperties: others } = schema;
  const named = typeof others === 'object' ? { '<name>': others } : {};
  if (properties !== undefined)
    return members({ ...properties, ...named }, [...(schema.required ?? []), '<name>'], indent);
  if (typeof others === 'object') return `{ <name>: ${shape(others, indent)} }`;
  if (schema.type === undefined) return 'any';
  return typeof schema.type === 'string' ? schema.type : schema.type.join(' | ');
}

function members(
  properties: Readonly<Record<string, JsonSchema>>,
  required: readonly string[],
  indent: string,
): string {
  const inner = `${indent}  `;
  const lines = Object.entries(properties).map(([name, member]) => {
    const about = member.description === undefined ? '' : `  // ${member.description}`;
    return `${inner}${name}${required.includes(name) ? '' : '?'}: ${shape(member, inner)}${about}`;
  });
  return ['{', ...lines, `${indent}}`].join('\n');
}
