import type { IncomingMessage } from 'node:http';
import { Client } from 'minio';
import { failureOf } from './s3-failures.js';
import { listPages, type S3Listed } from './s3-listing.js';
import { putParts, PART_BYTES, type PutHeaders, type S3Target } from './s3-multipart.js';
import { repeating } from './s3-retry.js';
import type { S3Settings } from './s3-settings.js';
import { createAgent, createTransport } from './s3-transport.js';
import { writingOf, type Writing } from './s3-writing.js';

/** Requests to one bucket. Names are whole: prefixes are the caller's business. Throws what the client and the network throw. */
export interface S3Bucket {
  /** The object; undefined when there is none. Repeated while the service is busy. */
  get(name: string): Promise<{ bytes: Uint8Array; writing: Writing } | undefined>;
  /** The object as a stream that may break off, and its length; not repeated. */
  open(name: string): Promise<{ stream: IncomingMessage; bytes: number; writing: Writing } | undefined>;
  /** What {@link get} would find. */
  head(name: string): Promise<{ bytes: number; writing: Writing } | undefined>;
  /** One attempt to write; gives the new ETag. Larger objects go in parts and appear at the end, whole. */
  put(name: string, bytes: Uint8Array, headers: PutHeaders): Promise<string>;
  /** The same, in parts whatever the size. */
  putInParts(name: string, bytes: Uint8Array, headers: PutHeaders): Promise<string>;
  /** Objects by name; with a delimiter, folders in place of what lies below them. Each page is repeated while the service is busy. */
  list(prefix: string, delimiter: '' | '/'): AsyncGenerator<S3Listed>;
  /** Removes an object; an absent one is fine. */
  delete(name: string): Promise<void>;
}

/** Reaches a bucket. Connects at the first request. */
export function createBucket(settings: S3Settings): S3Bucket {
  const client = createClient(settings);
  const bucketName = settings.bucket;
  const open: S3Bucket['open'] = (objectName) =>
    ifThere(async () => {
      const stream = await client.makeRequestAsync({ method: 'GET', bucketName, objectName });
      return { stream, bytes: Number(stream.headers['content-length']), writing: writingOf(stream.headers) };
    });
  const putInParts: S3Bucket['putInParts'] = (objectName, bytes, { metadata, condition }) =>
    putParts({ client, bucketName, objectName }, bytes, {
      metadata: { ...metadata, ...settings.encryption },
      condition,
    });
  return {
    open,
    get: (name) =>
      repeating(async () => {
        const found = await open(name);
        return found && { bytes: await readWhole(found.stream, found.bytes), writing: found.writing };
      }),
    head: (objectName) =>
      repeating(() =>
        ifThere(async () => {
          const { headers } = await client.makeRequestAsyncOmit({ method: 'HEAD', bucketName, objectName });
          return { bytes: Number(headers['content-length']), writing: writingOf(headers) };
        }),
      ),
    put: (objectName, bytes, headers) => {
      if (bytes.length > PART_BYTES) return putInParts(objectName, bytes, headers);
      const all = { ...headers.metadata, ...settings.encryption, ...headers.condition };
      return putWhole({ client, bucketName, objectName }, bytes, all);
    },
    putInParts,
    list: (prefix, delimiter) => listPages(client, { bucketName, prefix, delimiter }),
    delete: async (objectName) => {
      await repeating(() => ifThere(() => client.removeObject(bucketName, objectName)));
    },
  };
}

async function putWhole(
  { client, ...target }: S3Target,
  bytes: Uint8Array,
  headers: Record<string, string>,
): Promise<string> {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const response = await client.makeRequestAsyncOmit({ method: 'PUT', ...target, headers }, body);
  return writingOf(response.headers).etag;
}

function createClient({ endpoint, region, accessKey, secretKey, ...settings }: S3Settings): Client {
  const secure = endpoint.protocol === 'https:';
  return new Client({
    endPoint: endpoint.hostname,
    ...(endpoint.port !== '' && { port: Number(endpoint.port) }),
    useSSL: secure,
    region,
    accessKey,
    secretKey,
    ...(settings.sessionToken !== undefined && { sessionToken: settings.sessionToken }),
    transport: createTransport(secure, settings.timeoutMs),
    transportAgent: createAgent(secure),
    // The client cannot know which requests may be repeated; we do.
    retryOptions: { disableRetry: true },
  });
}

async function ifThere<T>(request: () => Promise<T>): Promise<T | undefined> {
  try {
    return await request();
  } catch (error) {
    if (failureOf(error) === 'missing') return undefined;
    throw error;
  }
}

async function readWhole(stream: IncomingMessage, length: number): Promise<Uint8Array> {
  const whole = Buffer.alloc(length);
  let at = 0;
  for await (const piece of stream) {
    const chunk: Buffer = piece;
    at += chunk.copy(whole, at);
  }
  if (at === length) return new Uint8Array(whole.buffer, whole.byteOffset, length);
  throw Object.assign(new Error('the object broke off'), { code: 'ERR_STREAM_PREMATURE_CLOSE' });
}
