import type { Client } from 'minio';
import { textOf } from './s3-listing.js';
import { repeating } from './s3-retry.js';
import { writingOf } from './s3-writing.js';

/** One object of a bucket. */
export interface S3Target {
  readonly client: Client;
  readonly bucketName: string;
  readonly objectName: string;
}

/** Headers of a write. */
export interface PutHeaders {
  /** What the object carries: its metadata. */
  readonly metadata: Readonly<Record<string, string>>;
  /** When it may be written: If-None-Match, If-Match, or nothing. */
  readonly condition: Readonly<Record<string, string>>;
}

/** Larger objects are sent in parts of this size, each repeated by itself when it fails. */
export const PART_BYTES = 16 * 1024 * 1024;
const AT_ONCE = 4;

/**
 * Writes an object in parts and gives its ETag. It appears whole at the end, under the condition, or not at all. Parts of an attempt
 * that failed are removed; those of a process that was killed stay until the bucket's lifecycle rule removes them.
 */
export async function putParts(
  target: S3Target,
  bytes: Uint8Array,
  { metadata, condition }: PutHeaders,
): Promise<string> {
  const { client, bucketName, objectName } = target;
  const uploadId = await repeating(() =>
    client.initiateNewMultipartUpload(bucketName, objectName, { ...metadata }),
  );
  const upload = { ...target, uploadId };
  try {
    const etags = await sendParts(upload, bytes);
    return await complete(upload, etags, condition);
  } catch (error) {
    // When the end of the upload was reached and its answer lost, there is nothing to remove: that is fine.
    await client
      .abortMultipartUpload(bucketName, objectName, encodeURIComponent(uploadId))
      .catch(() => undefined);
    throw error;
  }
}

type Upload = S3Target & { readonly uploadId: string };

async function sendParts(upload: Upload, bytes: Uint8Array): Promise<string[]> {
  const count = Math.ceil(bytes.length / PART_BYTES);
  const etags: string[] = [];
  let next = 0;
  const sender = async (): Promise<void> => {
    for (let i = next++; i < count; i = next++) {
      const part = bytes.subarray(i * PART_BYTES, (i + 1) * PART_BYTES);
      etags[i] = await repeating(() => sendPart(upload, i + 1, part));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, sender));
  return etags;
}

async function sendPart(
  { client, uploadId, ...target }: Upload,
  n: number,
  part: Uint8Array,
): Promise<string> {
  const query = `partNumber=${n}&uploadId=${encodeURIComponent(uploadId)}`;
  const body = Buffer.from(part.buffer, part.byteOffset, part.byteLength);
  const response = await client.makeRequestAsyncOmit({ method: 'PUT', ...target, query }, body);
  return writingOf(response.headers).etag;
}

// The client's own call takes no condition.
async function complete(
  { client, uploadId, ...target }: Upload,
  etags: readonly string[],
  condition: Readonly<Record<string, string>>,
): Promise<string> {
  const parts = etags.map(
    (etag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>"${etag}"</ETag></Part>`,
  );
  const xmlns = 'http://s3.amazonaws.com/doc/2006-03-01/';
  const body = `<CompleteMultipartUpload xmlns="${xmlns}">${parts.join('')}</CompleteMultipartUpload>`;
  const query = `uploadId=${encodeURIComponent(uploadId)}`;
  const headers = { ...condition };
  const response = await client.makeRequestAsync({ method: 'POST', ...target, query, headers }, body);
  return completedEtag(await textOf(response));
}

/** A completion answers 200 before it knows its end: the text says what came of it. */
function completedEtag(text: string): string {
  const etag = /<ETag>(?:&quot;|&#34;|")?([^<&"]+)/.exec(text)?.[1];
  if (etag !== undefined) return etag;
  const code = /<Code>([A-Za-z]+)<\/Code>/.exec(text)?.[1] ?? 'InternalError';
  throw Object.assign(new Error('the upload was not completed'), { code });
}
