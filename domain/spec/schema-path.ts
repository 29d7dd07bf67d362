import { z } from 'zod';

/** The value at a path of the input, or undefined. Never throws. */
export function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const part of path) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}

/** The schema that judges the value at `path`; the input decides between the members of a union. Undefined when there is none. */
export function schemaAt(schema: unknown, path: readonly PropertyKey[], input: unknown): unknown {
  const resolved = resolve(schema, input);
  const [part, ...rest] = path;
  if (part === undefined) return resolved;
  return schemaAt(childOf(resolved, part), rest, valueAt(input, [part]));
}

/** Names that an object at this place may have; empty for anything but an object with fixed members. */
export function keysAt(schema: unknown, path: readonly PropertyKey[], input: unknown): string[] {
  const found = schemaAt(schema, path, input);
  return found instanceof z.ZodObject ? Object.keys(found.shape) : [];
}

function childOf(schema: unknown, part: PropertyKey): unknown {
  if (schema instanceof z.ZodObject) return (schema.shape as Record<PropertyKey, unknown>)[part];
  if (schema instanceof z.ZodRecord) return schema.valueType;
  if (schema instanceof z.ZodArray) return schema.element;
  return undefined;
}

function resolve(schema: unknown, input: unknown): unknown {
  const wrapped =
    schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault;
  if (wrapped) return resolve(schema.unwrap(), input);
  if (schema instanceof z.ZodDiscriminatedUnion) {
    const { discriminator } = schema.def;
    const value = valueAt(input, [discriminator]);
    return schema.options.find((option) => memberValues(option, discriminator).includes(value));
  }
  return schema;
}

function memberValues(option: unknown, discriminator: string): unknown[] {
  const member = childOf(option, discriminator);
  return member instanceof z.ZodLiteral ? [...member.values] : [];
}
