import { PerennialError } from '../../../domain/errors.js';
import { createBucket, type S3Bucket } from './s3-bucket.js';
import { download, type S3Copy } from './s3-download.js';
import { unavailable } from './s3-failures.js';
import { repeating } from './s3-retry.js';
import { readS3Settings } from './s3-settings.js';

/** A file that others put into a bucket. */
export interface S3File {
  /** `s3://bucket/key`. */
  readonly path: string;
  readonly bytes: number;
  /** The service's ETag, without quotes. */
  readonly etag: string;
}

/** Reads files that others put into buckets. Every method throws `store-unavailable` when the service fails. */
export interface S3Files {
  /** Every file whose `s3://bucket/key` begins so, by path. */
  list(prefix: string): Promise<S3File[]>;
  /** Writes a file of that many bytes to a local path, whole; undefined when there is none, or one of another size. */
  download(file: Pick<S3File, 'path' | 'bytes'>, to: string): Promise<S3Copy | undefined>;
}

/** Reaches the buckets of one service, with endpoint and credentials from the environment. Connects at the first call. */
export function createS3Files(env: NodeJS.ProcessEnv): S3Files {
  const buckets = new Map<string, S3Bucket>();
  const at = (path: string): { bucket: S3Bucket; root: string; key: string } => {
    const [, root = '', key = ''] = /^(s3:\/\/[^/]+\/)(.*)$/s.exec(path) ?? [];
    const bucket = buckets.get(root) ?? createBucket(readS3Settings(root, env));
    buckets.set(root, bucket);
    return { bucket, root, key };
  };
  return {
    list: (prefix) =>
      guarded(prefix, async () => {
        const { bucket, root, key } = at(prefix);
        const files: S3File[] = [];
        for await (const { name, bytes, etag } of bucket.list(key, '')) {
          if (!name.endsWith('/')) files.push({ path: root + name, bytes, etag });
        }
        return files;
      }),
    download: ({ path, bytes }, to) =>
      guarded(path, () => {
        const { bucket, key } = at(path);
        return repeating(() => download(bucket, { name: key, bytes }, to));
      }),
  };
}

async function guarded<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof PerennialError ? error : unavailable('source in a bucket', path, error);
  }
}
