import type { z } from 'zod';
import { canonicalJson } from '../../domain/canonical.js';
import { PerennialError } from '../../domain/errors.js';
import { refuseNewer } from '../../domain/formats.js';
import { objectKey } from '../../domain/names.js';
import type { ArtifactRef } from '../../domain/references.js';
import { sha256, sha256OfFile } from './digest.js';
import type { ObjectStore, StageOptions } from './object-store.js';

/** An object older than this is stored again when it is put: pruning goes by age. @format milliseconds */
const REFRESH_AFTER_MS = 86_400_000;

/**
 * Stores bytes under their own digest and returns the reference. The same bytes twice are one object; a stored object that
 * rotted is written again, and so is one so old that pruning may be about to delete it: whoever puts bytes may refer to them for as
 * long as pruning spares what is young.
 */
export async function putArtifact(store: ObjectStore, bytes: Uint8Array): Promise<ArtifactRef> {
  const digest = sha256(bytes);
  const key = objectKey.blob(digest);
  const result = await store.put(key, bytes, { ifNoneMatch: '*' });
  if (!result.stored && !(await isFresh(store, key, digest))) await store.put(key, bytes);
  return { key, sha256: digest, bytes: bytes.length };
}

async function isFresh(store: ObjectStore, key: string, digest: string): Promise<boolean> {
  const existing = await store.get(key);
  if (existing === undefined || sha256(existing.bytes) !== digest) return false;
  for await (const listed of store.list(key)) {
    if (listed.key === key) return listed.modifiedAt > Date.now() - REFRESH_AFTER_MS;
  }
  return false;
}

/**
 * The bytes of an artifact, checked. Throws `artifact-missing` when there is no such object and `artifact-corrupt` when its
 * length or digest is not the reference's: neither is used, neither is retryable.
 */
export async function getArtifact(store: ObjectStore, ref: ArtifactRef): Promise<Uint8Array> {
  const found = await store.get(ref.key);
  if (found === undefined) throw missing(store, ref);
  check(store, ref, { sha256: sha256(found.bytes), bytes: found.bytes.length });
  return found.bytes;
}

/**
 * A local file with the artifact's bytes, checked like {@link getArtifact}; a damaged local copy is fetched again. Never write to it.
 */
export async function stageArtifact(store: ObjectStore, ref: ArtifactRef): Promise<string> {
  const path = await staged(store, ref, { again: false });
  if (isWhole(ref, await sha256OfFile(path))) return path;
  const fresh = await staged(store, ref, { again: true });
  check(store, ref, await sha256OfFile(fresh));
  return fresh;
}

async function staged(store: ObjectStore, ref: ArtifactRef, options: StageOptions): Promise<string> {
  try {
    return await store.stage(ref.key, options);
  } catch (error) {
    if (error instanceof PerennialError && error.type === 'object-missing') throw missing(store, ref);
    throw error;
  }
}

/** Stores a value as canonical JSON. Throws a RangeError when it holds NaN or an infinity. */
export async function putJsonArtifact(store: ObjectStore, value: unknown): Promise<ArtifactRef> {
  return putArtifact(store, new TextEncoder().encode(canonicalJson(value)));
}

/**
 * The value of a JSON artifact: digest checked, then `schema`. Throws `artifact-corrupt` when it is not what `schema` says, and
 * `format-newer` when only a newer version of the program can read it.
 */
export async function getJsonArtifact<Schema extends z.ZodType>(
  store: ObjectStore,
  ref: ArtifactRef,
  schema: Schema,
): Promise<z.output<Schema>> {
  const text = new TextDecoder().decode(await getArtifact(store, ref));
  const value = parseJson(text);
  refuseNewer(`artifact ${ref.key} of ${store.name}`, value);
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new PerennialError({
    type: 'artifact-corrupt',
    thing: `artifact ${ref.key} of ${store.name}, ${issue?.path.join('.') ?? ''}`,
    value: issue?.message,
    allowed: 'the JSON that its reader knows',
    next: 'It was written by another version of the program or refers to something else; run that version.',
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

type Found = Pick<ArtifactRef, 'sha256' | 'bytes'>;

const isWhole = (ref: ArtifactRef, found: Found): boolean =>
  found.sha256 === ref.sha256 && found.bytes === ref.bytes;

function check(store: ObjectStore, ref: ArtifactRef, found: Found): void {
  if (isWhole(ref, found)) return;
  throw new PerennialError({
    type: 'artifact-corrupt',
    thing: `artifact ${ref.key} of ${store.name}`,
    value: `sha256 ${found.sha256}, ${found.bytes} bytes`,
    allowed: `sha256 ${ref.sha256}, ${ref.bytes} bytes`,
    next: 'It was not used. Restore the object from a copy, or make it again with `perennial reproduce`.',
  });
}

function missing(store: ObjectStore, ref: ArtifactRef): PerennialError {
  return new PerennialError({
    type: 'artifact-missing',
    thing: `artifact of ${store.name}`,
    value: ref.key,
    allowed: 'an object that was stored and not pruned',
    next: 'Check that every process uses the same store, or make it again with `perennial reproduce`.',
  });
}
