import { mkdirSync, realpathSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { PerennialError } from '../../domain/errors.js';
import { assertKey, assertPrefix } from './keys.js';
import {
  errorCode,
  linkNew,
  makeFolder,
  removeFile,
  sweepScratch,
  syncFolder,
  writeScratch,
} from './local-files.js';
import { listFolder, listNames } from './local-listing.js';
import {
  forgetWritings,
  markDeleted,
  newestWriting,
  withWriting,
  writingTag,
  type Writing,
} from './local-writings.js';
import type { ObjectStore, PutCondition, PutResult, StoredObject } from './object-store.js';

/** Name of the folder below the root that holds unfinished files; no key can name it. */
const SCRATCH = '.scratch';

/**
 * A store in a local folder, for any number of processes on machines that share it. Needs a file system with hard links (every
 * usual one but FAT). Objects lie as plain files under their key; `<key>@/` holds later writings (see local-writings.ts).
 *
 * `delete` is meant for what nobody writes any more: it is not ordered against a conditional put of the same key at the same
 * moment. It frees the disk of all writings.
 *
 * Creates `root` when it is absent; throws `store-unavailable` when that is not possible.
 */
export function createLocalStore({ root }: { readonly root: string }): ObjectStore {
  const folder = openRoot(root);
  const scratch = join(folder, SCRATCH);
  const context: Context = { root: folder, scratch, name: `file:${folder}` };
  let swept: Promise<void> | undefined;
  const guard = <T>(key: string, work: () => Promise<T>): Promise<T> => guarded(context, key, work);
  return {
    name: context.name,
    get: (key) =>
      guard(key, async () => (await read(pathOf(context, key))) ?? (await nothingThere(context, undefined))),
    put: (key, bytes, condition) =>
      guard(key, async () => {
        const base = pathOf(context, key);
        await (swept ??= sweepScratch(scratch));
        return write(context, base, { bytes, condition });
      }),
    async *list(prefix) {
      assertPrefix(prefix);
      try {
        let found = false;
        for await (const listed of listFolder(folder, prefix)) {
          found = true;
          yield listed;
        }
        if (!found) await nothingThere(context, undefined);
      } catch (error) {
        throw explain(context, prefix, error);
      }
    },
    folders: (prefix) =>
      guard(prefix, async () => {
        assertPrefix(prefix);
        const names = await listNames(join(folder, prefix));
        return names.length > 0 ? names : nothingThere(context, names);
      }),
    delete: (key) => guard(key, () => remove(pathOf(context, key))),
    stage: (key) => guard(key, () => stagedPath(context, key)),
  };
}

interface Context {
  readonly root: string;
  readonly scratch: string;
  readonly name: string;
}

function openRoot(root: string): string {
  try {
    mkdirSync(join(resolve(root), SCRATCH), { recursive: true });
    return realpathSync(root);
  } catch (cause) {
    throw unavailable(`file:${root}`, root, cause);
  }
}

/**
 * What a look that found nothing comes to: the folder is there and has nothing under that name. Throws the file system's error when the
 * folder itself is gone (a volume that is not mounted): that is a store that is away, not an empty one.
 */
async function nothingThere<T>({ scratch }: Context, nothing: T): Promise<T> {
  await stat(scratch);
  return nothing;
}

function pathOf(context: Context, key: string): string {
  assertKey(key);
  return join(context.root, key);
}

async function read(base: string): Promise<StoredObject | undefined> {
  for (;;) {
    const { n, path } = await newestWriting(base);
    if (path === undefined) return undefined;
    const found = await withWriting(path, async (file) => ({
      bytes: new Uint8Array(await file.readFile()),
      etag: await writingTag(n, file),
    }));
    if (found !== undefined) return found;
  }
}

interface Put {
  readonly bytes: Uint8Array;
  readonly condition: PutCondition | undefined;
}

async function write(context: Context, base: string, { bytes, condition }: Put): Promise<PutResult> {
  const early = await refusal(await newestWriting(base), condition);
  if (early !== undefined) return early;
  const finished = await writeScratch(context.scratch, bytes);
  try {
    for (;;) {
      const newest = await newestWriting(base);
      const refused = await refusal(newest, condition);
      if (refused !== undefined) return refused;
      await makeFolder(dirname(newest.nextPath), context.root);
      if (!(await linkNew(finished, newest.nextPath))) continue;
      await syncFolder(dirname(newest.nextPath));
      const etag = await withWriting(finished, (file) => writingTag(newest.n + 1, file));
      return { stored: true, etag: etag ?? '' };
    }
  } finally {
    await removeFile(finished);
  }
}

async function refusal(newest: Writing, condition: PutCondition | undefined): Promise<PutResult | undefined> {
  if (condition === undefined) return undefined;
  if ('ifNoneMatch' in condition)
    return newest.path === undefined ? undefined : { stored: false, reason: 'exists' };
  if (newest.path === undefined) return { stored: false, reason: 'missing' };
  const etag = await withWriting(newest.path, (file) => writingTag(newest.n, file));
  return etag === condition.ifMatch ? undefined : { stored: false, reason: 'changed' };
}

async function remove(base: string): Promise<void> {
  for (;;) {
    const { n, path, nextPath } = await newestWriting(base);
    if (path === undefined) return;
    if (n === 1) await removeFile(path);
    else if (!(await markDeleted(nextPath))) continue;
    else await forgetWritings(base, nextPath);
    return syncFolder(dirname(path));
  }
}

async function stagedPath(context: Context, key: string): Promise<string> {
  const { path } = await newestWriting(pathOf(context, key));
  if (path !== undefined) return path;
  await nothingThere(context, undefined);
  throw new PerennialError({
    type: 'object-missing',
    thing: `object of ${context.name}`,
    value: key,
    allowed: 'a key that was stored and not deleted',
    next: 'Check that every process uses the same store.',
  });
}

async function guarded<T>(context: Context, key: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw explain(context, key, error);
  }
}

/** A file system's error becomes a refusal; anything else stays what it is. */
function explain(context: Context, key: string, error: unknown): unknown {
  if (errorCode(error) === undefined || error instanceof PerennialError) return error;
  return unavailable(context.name, key, error);
}

function unavailable(name: string, value: string, cause: unknown): PerennialError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new PerennialError(
    {
      type: 'store-unavailable',
      thing: `${name}: ${value}`,
      value: reason,
      allowed: 'a folder that this process may read and write, on a file system with hard links',
      next: 'Check the folder, its permissions and the free space, then try again.',
      retryable: true,
    },
    { cause },
  );
}
