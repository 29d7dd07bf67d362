import { createHash } from 'node:crypto';
import { PerennialError } from '../../../domain/errors.js';
import type { DiskCache } from '../disk-cache.js';
import { assertKey, assertPrefix, isKey } from '../keys.js';
import type { ListedObject, ObjectStore, StageOptions, StoredObject } from '../object-store.js';
import { createBucket, type S3Bucket } from './s3-bucket.js';
import { download } from './s3-download.js';
import { BusyError, unavailable } from './s3-failures.js';
import { putOnce } from './s3-put.js';
import { repeating } from './s3-retry.js';
import { selfTest } from './s3-self-test.js';
import type { S3Settings } from './s3-settings.js';
import { tagOf } from './s3-writing.js';

/** A store in a bucket. */
export interface S3Store extends ObjectStore {
  /**
   * Tries out once that the service keeps a store's promises. The first conditional put does it, too; a process that will write
   * calls it at its start, to be refused at once. Throws `store-unfit`, or `store-unavailable`: then it may be called again.
   */
  check(): Promise<void>;
}

/**
 * A store in a bucket of any S3 service with atomic conditional writes, for any number of processes. Objects lie under the prefix
 * and their key. Connects at the first call. Equal bytes under a key have equal ETags there, so that a change by compare-and-swap
 * cannot tell a later writing of equal bytes from the one it saw; what it replaces is the same all the same.
 *
 * Failure semantics: requests that are answered "busy", broken off or silent are repeated for two to three seconds where that is safe; a put whose answer was lost is looked up by the id that it carries.
 */
export function createS3Store(settings: S3Settings, cache: DiskCache): S3Store {
  const bucket = createBucket(settings);
  const name = `s3://${settings.bucket}/${settings.prefix}`.replace(/\/$/, '');
  const context: Context = { bucket, cache, name, prefix: settings.prefix };
  const guard = <T>(key: string, work: () => Promise<T>): Promise<T> => guarded(context, key, work);
  let fit: Promise<void> | undefined;
  const check = (): Promise<void> =>
    (fit ??= guard('', () => repeating(() => selfTest(bucket, context))).catch((error: unknown) => {
      fit = undefined;
      throw error;
    }));
  return {
    name,
    check,
    get: (key) => guard(key, () => read(context, key)),
    put: async (key, bytes, condition) => {
      const object = named(context, key);
      if (condition !== undefined) await check();
      return guard(key, () => putOnce(bucket, { name: object, bytes, condition }));
    },
    list: (prefix) => listKeys(context, prefix),
    folders: (prefix) => guard(prefix, () => folderNames(context, prefix)),
    delete: (key) => guard(key, () => bucket.delete(named(context, key))),
    stage: (key, options) => guard(key, () => repeating(() => staged(context, key, options))),
  };
}

interface Context {
  readonly bucket: S3Bucket;
  readonly cache: DiskCache;
  readonly name: string;
  readonly prefix: string;
}

function named(context: Context, key: string): string {
  assertKey(key);
  return context.prefix + key;
}

async function read(context: Context, key: string): Promise<StoredObject | undefined> {
  const found = await context.bucket.get(named(context, key));
  return found && { bytes: found.bytes, etag: tagOf(found.writing) };
}

async function* listKeys(context: Context, prefix: string): AsyncGenerator<ListedObject> {
  assertPrefix(prefix);
  try {
    for await (const { name, bytes, modifiedAt } of context.bucket.list(context.prefix + prefix, '')) {
      const key = name.slice(context.prefix.length);
      // A folder marker, or what another program put there: no key of ours.
      if (isKey(key)) yield { key, bytes, modifiedAt };
    }
  } catch (error) {
    throw explain(context, prefix, error);
  }
}

async function folderNames(context: Context, prefix: string): Promise<string[]> {
  assertPrefix(prefix);
  const names: string[] = [];
  for await (const { name } of context.bucket.list(context.prefix + prefix, '/')) {
    const folder = name.slice(context.prefix.length + prefix.length, -1);
    if (name.endsWith('/') && isKey(folder)) names.push(folder);
  }
  return names;
}

/** A local copy, named by key and ETag: equal writings of a key are one copy. */
async function staged(
  { bucket, cache, ...context }: Context,
  key: string,
  { again = false }: StageOptions = {},
): Promise<string> {
  const object = named({ bucket, cache, ...context }, key);
  const head = await bucket.head(object);
  if (head === undefined) throw missing(context.name, key);
  const known = again ? undefined : await cache.find(copyName(object, head.writing.etag));
  if (known !== undefined) return known;
  return cache.add(head.bytes, async (path) => {
    const copied = await download(bucket, { name: object, bytes: head.bytes }, path);
    // Another writing came between the two requests: look again.
    if (copied === undefined) throw new BusyError(409);
    return copyName(object, copied.etag);
  });
}

const copyName = (object: string, etag: string): string =>
  createHash('sha256').update(`${object}\n${etag}`).digest('hex');

async function guarded<T>(context: Context, key: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw explain(context, key, error);
  }
}

function explain({ name }: Context, key: string, error: unknown): unknown {
  return error instanceof PerennialError ? error : unavailable(name, key, error);
}

function missing(name: string, key: string): PerennialError {
  return new PerennialError({
    type: 'object-missing',
    thing: `object of ${name}`,
    value: key,
    allowed: 'a key that was stored and not deleted',
    next: 'Check that every process uses the same store.',
  });
}
