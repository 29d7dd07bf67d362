import { z } from 'zod';
import { canonicalJson } from '../../domain/canonical.js';
import { PerennialError } from '../../domain/errors.js';
import { manifestSchema, type Manifest } from '../../domain/manifest.js';
import { objectKey } from '../../domain/names.js';
import { sha256Schema, type VersionRef } from '../../domain/references.js';
import { sha256 } from '../objects/digest.js';
import type { ObjectStore } from '../objects/object-store.js';
import { corrupt, decodeJson, encodeJson, readAll } from './json-object.js';

/** What lies at a version's key. */
const versionObjectSchema = z.strictObject({ digest: sha256Schema, manifest: manifestSchema });

/** A version's number, digest and manifest. */
export interface RegisteredVersion {
  readonly ref: VersionRef;
  readonly manifest: Manifest;
}

/** Names a manifest: the SHA-256 of its canonical JSON. */
export function manifestDigest(manifest: Manifest): string {
  return sha256(canonicalJson(manifest));
}

/**
 * Gives a manifest a number. An equal manifest that has one keeps it, so that calling twice, also at once, is calling once;
 * otherwise the next free number is taken by creating its object, so that racing callers get different ones.
 */
export async function registerVersion(store: ObjectStore, manifest: Manifest): Promise<VersionRef> {
  const checked = manifestSchema.parse(manifest);
  const digest = manifestDigest(checked);
  const bytes = encodeJson({ digest, manifest: checked });
  for (;;) {
    const taken = await listVersionRefs(store, checked.model);
    const same = taken.find((ref) => ref.digest === digest);
    if (same !== undefined) return same;
    const version = (taken.at(-1)?.version ?? 0) + 1;
    const result = await store.put(objectKey.version(checked.model, version), bytes, { ifNoneMatch: '*' });
    if (result.stored) return { version, digest };
  }
}

/** Versions of a model by number; empty for an unknown model. Throws `registry-corrupt` when one is damaged. */
export async function listVersionRefs(store: ObjectStore, model: string): Promise<VersionRef[]> {
  const objects = await readAll(store, objectKey.versions(model));
  return objects.map(({ key, object }) => {
    const number = Number(key.slice(key.lastIndexOf('/') + 1, -'.json'.length));
    return { version: number, digest: decodeJson(key, object, versionObjectSchema).digest };
  });
}

/** One version, its digest checked. Throws `unknown-version` or `registry-corrupt`. */
export async function readVersion(
  store: ObjectStore,
  model: string,
  version: number,
): Promise<RegisteredVersion> {
  const key = objectKey.version(model, version);
  const object = await store.get(key);
  if (object === undefined) throw unknownVersion(store, model, version);
  const { digest, manifest } = decodeJson(key, object, versionObjectSchema);
  if (manifestDigest(manifest) !== digest || manifest.model !== model)
    throw corrupt(key, `manifest of ${manifest.model}, digest ${manifestDigest(manifest)}`);
  return { ref: { version, digest }, manifest };
}

function unknownVersion(store: ObjectStore, model: string, version: number): PerennialError {
  return new PerennialError({
    type: 'unknown-version',
    thing: `version of model ${model} in ${store.name}`,
    value: version,
    allowed: 'a registered version',
    next: `\`perennial versions ${model}\` lists them.`,
  });
}
