import { PerennialError } from '../../domain/errors.js';
import { objectKey } from '../../domain/names.js';
import { specSchema, type ModelSpec } from '../../domain/spec/spec.js';
import { sha256 } from '../objects/digest.js';
import type { ObjectStore } from '../objects/object-store.js';
import { corrupt, decodeJson, encodeJson } from './json-object.js';
import { specDigest } from './spec-digest.js';

/** Stores a parsed spec under its digest; again is fine. */
export async function writeSpec(store: ObjectStore, spec: ModelSpec): Promise<{ digest: string }> {
  const digest = specDigest(spec);
  await store.put(objectKey.spec(spec.model, digest), encodeJson(spec), { ifNoneMatch: '*' });
  return { digest };
}

/** A stored spec, digest checked. Throws `unknown-spec` or `registry-corrupt`. */
export async function readSpec(store: ObjectStore, model: string, digest: string): Promise<ModelSpec> {
  const key = objectKey.spec(model, digest);
  const object = await store.get(key);
  if (object === undefined) {
    throw new PerennialError({
      type: 'unknown-spec',
      thing: `spec of model ${model} in ${store.name}`,
      value: digest,
      allowed: 'the digest of an applied spec',
      next: 'Apply it with `perennial apply <spec>`, and check that every process uses the same store.',
    });
  }
  if (sha256(object.bytes) !== digest) throw corrupt(key, `digest ${sha256(object.bytes)}`);
  return decodeJson(key, object, specSchema);
}
