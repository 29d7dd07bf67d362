import { z } from 'zod';

/** What the pages read of a JSON schema (draft 2020-12). */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
}

/** The JSON schema of what a caller may write, defaults included. */
export function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      // zod leaves out the default of a value that parsing transforms; here it is text for people.
      if (zodSchema instanceof z.ZodDefault) jsonSchema.default ??= zodSchema.def.defaultValue;
    },
  }) as JsonSchema;
}

/** One key that may be written, as a row of a table. */
export interface KeyRow {
  /** From the section on, e.g. `labels.delay`. */
  readonly path: string;
  readonly type: string;
  /** `needed`, `–` (may be absent) or the default. */
  readonly fallback: string;
  readonly meaning: string;
}

/** The keys of an object, those of nested objects after their parent. Unions of objects stay one row. */
export function keyRows(schema: JsonSchema, prefix = ''): KeyRow[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, member]) => {
    const path = `${prefix}${name}`;
    const row = {
      path,
      type: typeText(member),
      fallback: fallbackText(schema, name, member),
      meaning: member.description ?? '',
    };
    return member.properties === undefined ? [row] : [row, ...keyRows(member, `${path}.`)];
  });
}

/** The members of a union of objects, or the object itself. */
export function variants(schema: JsonSchema): readonly JsonSchema[] {
  return schema.oneOf ?? [schema];
}

function fallbackText(parent: JsonSchema, name: string, member: JsonSchema): string {
  if (member.default !== undefined && member.const !== undefined) return code(member.default);
  if (member.const !== undefined) return 'needed';
  if (member.default !== undefined)
    return isEmptyObject(member.default) && member.properties !== undefined
      ? 'its defaults'
      : code(member.default);
  return parent.required?.includes(name) === true ? 'needed' : '–';
}

const isEmptyObject = (value: unknown): boolean => JSON.stringify(value) === '{}';

/** What may be written, in words: `duration`, `number, 0 to 1`, `'a' or 'b'`. */
export function typeText(schema: JsonSchema): string {
  if (schema.title !== undefined) return schema.title;
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(code).join(', ');
  const members = schema.anyOf ?? schema.oneOf;
  if (members !== undefined) return [...new Set(members.map(typeText))].join(' or ');
  if (schema.items !== undefined) return `list of ${typeText(schema.items)}${listBounds(schema)}`;
  if (typeof schema.additionalProperties === 'object' && schema.properties === undefined)
    return `map of ${typeText(schema.additionalProperties)}`;
  if (schema.type === undefined) return 'anything';
  const types: readonly string[] = typeof schema.type === 'string' ? [schema.type] : schema.type;
  return types.map((type) => WORDS[type] ?? type).join(' or ') + numberBounds(schema);
}

const WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'whole number',
  boolean: 'true or false',
  null: 'null',
};

function numberBounds(schema: JsonSchema): string {
  const { minimum, exclusiveMinimum, exclusiveMaximum } = schema;
  // zod writes the largest safe integer where there is no limit.
  const maximum = schema.maximum === Number.MAX_SAFE_INTEGER ? undefined : schema.maximum;
  const parts = [
    ...(minimum === undefined || minimum === Number.MIN_SAFE_INTEGER ? [] : [`from ${minimum}`]),
    ...(exclusiveMinimum === undefined ? [] : [`above ${exclusiveMinimum}`]),
    ...(maximum === undefined ? [] : [`to ${maximum}`]),
    ...(exclusiveMaximum === undefined ? [] : [`below ${exclusiveMaximum}`]),
  ];
  return parts.length === 0 ? '' : `, ${parts.join(' ')}`;
}

function listBounds({ minItems, maxItems }: JsonSchema): string {
  if (minItems === undefined && maxItems === undefined) return '';
  return maxItems === undefined ? `, at least ${minItems ?? 0}` : `, ${minItems ?? 0} to ${maxItems} of them`;
}

const code = (value: unknown): string => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
