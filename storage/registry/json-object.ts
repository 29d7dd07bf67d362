import type { z } from 'zod';
import { canonicalJson } from '../../domain/canonical.js';
import { PerennialError } from '../../domain/errors.js';
import { refuseNewer } from '../../domain/formats.js';
import type { ObjectStore, StoredObject } from '../objects/object-store.js';

/** How many objects are read at once. */
const PARALLEL = 16;

/** Bytes of a value as the registry stores it: canonical JSON. */
export function encodeJson(value: unknown): Uint8Array {
  return new TextEncoder().encode(canonicalJson(value));
}

/**
 * The value that a registry object holds. Throws `registry-corrupt` when it is not JSON of the expected shape, byte for byte as the
 * registry writes it, and `format-newer` for what only a newer version of the program can read.
 */
export function decodeJson<Schema extends z.ZodType>(
  key: string,
  object: StoredObject,
  schema: Schema,
): z.output<Schema> {
  let value: unknown;
  const text = new TextDecoder().decode(object.bytes);
  try {
    value = JSON.parse(text);
  } catch {
    throw corrupt(key, 'text that is not JSON');
  }
  if (canonicalJson(value) !== text) throw corrupt(key, 'JSON that the registry did not write');
  refuseNewer(`registry object ${key}`, value);
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw corrupt(key, `${issue?.path.join('.') || 'value'}: ${issue?.message ?? 'unknown shape'}`);
}

/** An object of the registry is not what was stored. Not retryable. */
export function corrupt(key: string, value: string): PerennialError {
  return new PerennialError({
    type: 'registry-corrupt',
    thing: `registry object ${key}`,
    value,
    allowed: 'exactly what was stored',
    next: 'It was not used. Restore the object from a copy.',
  });
}

/** Reads all objects below a prefix, some at a time, in key order. */
export async function readAll(
  store: ObjectStore,
  prefix: string,
): Promise<readonly { readonly key: string; readonly object: StoredObject }[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) keys.push(key);
  const found: { key: string; object: StoredObject }[] = [];
  for (let start = 0; start < keys.length; start += PARALLEL) {
    const some = keys.slice(start, start + PARALLEL);
    const objects = await Promise.all(some.map((key) => store.get(key)));
    some.forEach((key, i) => {
      const object = objects[i];
      if (object !== undefined) found.push({ key, object });
    });
  }
  return found;
}
