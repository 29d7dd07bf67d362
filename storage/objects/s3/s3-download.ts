import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { S3Bucket } from './s3-bucket.js';

/** What was downloaded. */
export interface S3Copy {
  readonly sha256: string;
  /** The service's ETag of exactly these bytes. */
  readonly etag: string;
}

/**
 * Writes an object of that many bytes to a local file. One attempt: throws when the connection breaks off, and leaves part of the
 * file then. Undefined when there is no object, or one of another size.
 */
export async function download(
  bucket: S3Bucket,
  { name, bytes }: { readonly name: string; readonly bytes: number },
  to: string,
): Promise<S3Copy | undefined> {
  const opened = await bucket.open(name);
  if (opened === undefined) return undefined;
  if (opened.bytes !== bytes) {
    opened.stream.destroy();
    return undefined;
  }
  const hash = createHash('sha256');
  await pipeline(
    opened.stream,
    exactly(bytes, (chunk) => hash.update(chunk)),
    createWriteStream(to),
  );
  return { sha256: hash.digest('hex'), etag: opened.writing.etag };
}

/** Passes bytes through; too few are an error that may be repeated. */
function exactly(bytes: number, tap: (chunk: Buffer) => void): Transform {
  let seen = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      tap(chunk);
      seen += chunk.length;
      done(null, chunk);
    },
    flush(done) {
      const code = 'ERR_STREAM_PREMATURE_CLOSE';
      done(seen === bytes ? null : Object.assign(new Error('the object broke off'), { code }));
    },
  });
}
