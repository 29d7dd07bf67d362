import { join, resolve } from 'node:path';
import { z } from 'zod';
import { PerennialError } from '../../domain/errors.js';
import { createDiskCache } from './disk-cache.js';
import { createLocalStore } from './local-store.js';
import type { ObjectStore } from './object-store.js';
import { isS3Address, parseS3Address, readS3Settings } from './s3/s3-settings.js';
import { createS3Store, type S3Store } from './s3/s3-store.js';

/** How to open a store. */
export interface OpenStoreOptions {
  /** Folder of this process for local copies of what lies in a bucket; not used for a store in a folder. */
  readonly cache: string;
  /** Where credentials and endpoint are read. Default: the environment of this process. */
  readonly env?: NodeJS.ProcessEnv;
}

/** Environment of every process that keeps local copies of what lies in a bucket. */
export const cacheEnvironmentSchema = z.object({
  PERENNIAL_CACHE_BYTES: z.coerce
    .number()
    .int()
    .min(1_000_000)
    .default(10_000_000_000)
    .describe('Local copies of what lies in a bucket never take more than this, in bytes, per cache folder.'),
});

/** The limit of a process's caches, in bytes. Throws `config-invalid`. */
export function cacheLimit(env: NodeJS.ProcessEnv): number {
  const { PERENNIAL_CACHE_BYTES: value } = env;
  const parsed = cacheEnvironmentSchema.safeParse(value === '' ? {} : env);
  if (parsed.success) return parsed.data.PERENNIAL_CACHE_BYTES;
  throw new PerennialError({
    type: 'config-invalid',
    thing: 'environment variable PERENNIAL_CACHE_BYTES',
    value,
    allowed: 'whole bytes, at least 1000000',
    next: 'Correct it, or unset it for 10 GB.',
  });
}

/** The address that stands for an S3 server of its own, which `perennial up` and `perennial demo` start. */
export const LOCAL_S3 = 's3';

/**
 * An address as other processes understand it: a folder becomes absolute, a bucket stays as it is. Throws `store-address-invalid` for
 * {@link LOCAL_S3}, which names no store by itself, and for a bucket that cannot be.
 */
export function resolveStore(address: string): string {
  if (address === LOCAL_S3) {
    throw new PerennialError({
      type: 'store-address-invalid',
      thing: 'object store',
      value: address,
      allowed: 'a folder, or s3://bucket/prefix; s3 alone is for `perennial up` and `perennial demo`',
      next: 'Name the bucket, or write ./s3 for a folder of that name.',
    });
  }
  if (!isS3Address(address)) return resolve(address);
  parseS3Address(address);
  return address;
}

/** A data root as other processes understand it: a folder becomes absolute, a bucket stays as it is. */
export function resolveRoot(root: string): string {
  return isS3Address(root) ? root : resolve(root);
}

/**
 * Opens the store at an address: a folder, or `s3://bucket/prefix` with credentials and endpoint from the environment. Throws
 * `store-unavailable` for a folder that cannot be used, `store-address-invalid` or `s3-environment-invalid`. A bucket is reached at
 * the first call.
 */
export function openStore(address: string, options: OpenStoreOptions): ObjectStore {
  return isS3Address(address) ? openBucket(address, options) : createLocalStore({ root: address });
}

/** Opens a store and, when it is a bucket, tries out that it keeps a store's promises: also throws `store-unfit`. */
export async function startStore(address: string, options: OpenStoreOptions): Promise<ObjectStore> {
  if (!isS3Address(address)) return openStore(address, options);
  const store = openBucket(address, options);
  await store.check();
  return store;
}

function openBucket(address: string, { cache, env = process.env }: OpenStoreOptions): S3Store {
  const files = createDiskCache({ folder: join(cache, 'objects'), limitBytes: cacheLimit(env) });
  return createS3Store(readS3Settings(address, env), files);
}
