import { z } from 'zod';
import { PerennialError } from '../../../domain/errors.js';
import { assertPrefix } from '../keys.js';

/** Everything that reaches one bucket. Holds secrets: never log it, never put it into an error. */
export interface S3Settings {
  /** The service, e.g. `http://127.0.0.1:9000`; no path. */
  readonly endpoint: URL;
  readonly bucket: string;
  /** Comes before every key: empty, or ending in a slash. */
  readonly prefix: string;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly sessionToken: string | undefined;
  /** Request headers that have the service encrypt what is written. */
  readonly encryption: Readonly<Record<string, string>>;
  /** A connection that is silent for so long is given up. @format milliseconds */
  readonly timeoutMs: number;
}

const ADDRESS = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/;
const ENCRYPTION = /^(AES256|aws:kms(?::[A-Za-z0-9:/_-]+)?)$/;

const AMAZON = 'https://s3.amazonaws.com';

const text = z.string().min(1).optional();

/** Environment of every process that opens an S3 store. The names are those that the AWS tools read, where they have one. */
export const s3EnvironmentSchema = z.object({
  AWS_ACCESS_KEY_ID: z
    .string({ error: 'not set' })
    .min(1)
    .describe('Access key of the bucket. Never logged, never stored.'),
  AWS_SECRET_ACCESS_KEY: z
    .string({ error: 'not set' })
    .min(1)
    .describe('Secret key of the bucket. Never logged, never stored.'),
  AWS_SESSION_TOKEN: text.describe('Session token that goes with temporary keys.'),
  AWS_REGION: text.describe('Region of the bucket; else `AWS_DEFAULT_REGION`, else `us-east-1`.'),
  AWS_DEFAULT_REGION: text.describe('Region of the bucket when `AWS_REGION` is not set.'),
  AWS_ENDPOINT_URL_S3: text.describe(
    'Address of the service when it is not Amazon’s, e.g. `http://127.0.0.1:9000`; no path.',
  ),
  AWS_ENDPOINT_URL: text.describe('Address of the service when `AWS_ENDPOINT_URL_S3` is not set.'),
  PERENNIAL_S3_ENCRYPTION: z
    .string()
    .regex(ENCRYPTION, { error: 'AES256, aws:kms or aws:kms:<key id>' })
    .optional()
    .describe('Encryption at rest that every write asks for: `AES256`, `aws:kms` or `aws:kms:<key id>`.'),
  PERENNIAL_S3_TIMEOUT_MS: z.coerce
    .number()
    .int()
    .min(100)
    .max(600_000)
    .default(30_000)
    .describe('A connection to S3 that is silent for so many milliseconds is given up.'),
});

/** Whether an address names a bucket and not a folder. */
export function isS3Address(address: string): boolean {
  return address.startsWith('s3:');
}

/**
 * Reads how to reach `s3://bucket/prefix`. An empty variable counts as absent. Throws `store-address-invalid`, or
 * `s3-environment-invalid` naming every variable that is missing or wrong; never a secret.
 */
export function readS3Settings(
  address: string,
  env: Readonly<Record<string, string | undefined>>,
): S3Settings {
  const { bucket, prefix } = parseS3Address(address);
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = s3EnvironmentSchema.safeParse(given);
  if (!parsed.success) throw invalidEnvironment(parsed.error);
  const read = parsed.data;
  const region = read.AWS_REGION ?? read.AWS_DEFAULT_REGION ?? 'us-east-1';
  return {
    endpoint: endpointOf(read.AWS_ENDPOINT_URL_S3 ?? read.AWS_ENDPOINT_URL),
    bucket,
    prefix,
    region,
    accessKey: read.AWS_ACCESS_KEY_ID,
    secretKey: read.AWS_SECRET_ACCESS_KEY,
    sessionToken: read.AWS_SESSION_TOKEN,
    encryption: encryptionHeaders(read.PERENNIAL_S3_ENCRYPTION),
    timeoutMs: read.PERENNIAL_S3_TIMEOUT_MS,
  };
}

/** Bucket and prefix (empty, or ending in a slash) of an address. Throws `store-address-invalid`. */
export function parseS3Address(address: string): { bucket: string; prefix: string } {
  const [, bucket, path = ''] = ADDRESS.exec(address) ?? [];
  const prefix = path === '' || path.endsWith('/') ? path : `${path}/`;
  if (bucket === undefined || !isPrefix(prefix)) throw invalidAddress(address);
  return { bucket, prefix };
}

function isPrefix(prefix: string): boolean {
  try {
    assertPrefix(prefix);
    return true;
  } catch {
    return false;
  }
}

function endpointOf(given: string | undefined): URL {
  const url = given ?? AMAZON; // the client turns it into the region's own address
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const fits = parsed !== undefined && /^https?:$/.test(parsed.protocol) && parsed.pathname === '/';
  if (fits && parsed.username === '' && parsed.password === '') return parsed;
  throw new PerennialError({
    type: 's3-environment-invalid',
    thing: 'AWS_ENDPOINT_URL_S3',
    value: '(not shown)', // people put passwords into addresses
    allowed: 'an address such as http://127.0.0.1:9000, without path, user or password',
    next: 'Correct it, or unset it for Amazon S3.',
  });
}

function encryptionHeaders(encryption: string | undefined): Record<string, string> {
  if (encryption === undefined) return {};
  const [, key] = /^aws:kms:(.+)$/.exec(encryption) ?? [];
  const algorithm = key === undefined ? encryption : 'aws:kms';
  return {
    'x-amz-server-side-encryption': algorithm,
    ...(key !== undefined && { 'x-amz-server-side-encryption-aws-kms-key-id': key }),
  };
}

function invalidAddress(address: string): PerennialError {
  return new PerennialError({
    type: 'store-address-invalid',
    thing: 'object store',
    value: address,
    allowed:
      's3://<bucket>/<prefix>: a bucket of 3 to 63 lower-case letters, digits, dots or hyphens, and a prefix of key names',
    next: 'Correct the address; credentials and endpoint come from the environment (docs/operations.md).',
  });
}

function invalidEnvironment(error: z.ZodError): PerennialError {
  const problems = error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  return new PerennialError({
    type: 's3-environment-invalid',
    thing: `environment of the S3 store (${problems.join('; ')})`,
    allowed: 'the variables of docs/reference/environment.md',
    next: 'Set them for every process that opens the store: worker, serving and client.',
  });
}
