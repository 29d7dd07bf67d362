import { PerennialError } from '../../../domain/errors.js';

/** The service answered with a status that says: later, perhaps. Whether the request took effect is not known. */
export class BusyError extends Error {
  override readonly name = 'BusyError';
  constructor(status: number) {
    super(`HTTP status ${status}`);
  }
}

/** The connection was silent for too long. Whether the request took effect is not known. */
export class SilentError extends Error {
  override readonly name = 'SilentError';
  constructor(timeoutMs: number) {
    super(`nothing came for ${timeoutMs / 1000} s`);
  }
}

/**
 * What a failed request means: `later` may succeed when repeated and may have taken effect; `missing` and `condition` are answers;
 * `refused` will be refused again.
 */
export type Failure = 'later' | 'missing' | 'condition' | 'refused';

const LATER = new Set([
  'ConditionalRequestConflict',
  'InternalError',
  'OperationAborted',
  'RequestTimeout',
  'ServiceUnavailable',
  'SlowDown',
  'Throttling',
]);
const NETWORK = new Set([
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ETIMEDOUT',
]);

/** Sorts an error that the client or the network threw. */
export function failureOf(error: unknown): Failure {
  if (error instanceof BusyError || error instanceof SilentError) return 'later';
  const code = s3Code(error);
  if (code === 'NoSuchKey' || code === 'NotFound') return 'missing';
  if (code === 'PreconditionFailed') return 'condition';
  return LATER.has(code) || NETWORK.has(code) ? 'later' : 'refused';
}

/** The code of an S3 or network error, empty when there is none. */
export function s3Code(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

interface Advice {
  readonly allowed: string;
  readonly next: string;
}

const CREDENTIALS: Advice = {
  allowed: 'credentials that the service knows',
  next: 'Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, and the clock of this machine.',
};
const REGION: Advice = {
  allowed: 'the region that the bucket is in',
  next: 'Set AWS_REGION to the region of the bucket.',
};
const DISK: Advice = {
  allowed: 'a cache folder with free space that this process may write',
  next: 'Free some space, or name another folder for its state.',
};
const ADVICE: Readonly<Record<string, Advice>> = {
  NoSuchBucket: {
    allowed: 'a bucket that exists',
    next: 'Create the bucket, or correct its name in the address of the store.',
  },
  AccessDenied: {
    allowed: 'credentials that may read, write, list and delete below the prefix',
    next: 'Give them s3:GetObject, s3:PutObject, s3:DeleteObject and s3:ListBucket, or use others.',
  },
  InvalidAccessKeyId: CREDENTIALS,
  SignatureDoesNotMatch: CREDENTIALS,
  ExpiredToken: CREDENTIALS,
  InvalidToken: CREDENTIALS,
  RequestTimeTooSkewed: CREDENTIALS,
  XAdminUserNotFound: CREDENTIALS, // versitygw's word for an unknown key
  AuthorizationHeaderMalformed: REGION,
  EACCES: DISK,
  ENOSPC: DISK,
  EROFS: DISK,
  PermanentRedirect: REGION,
  MovedPermanently: REGION,
};

const REFUSED: Advice = {
  allowed: 'a request that the S3 service accepts',
  next: 'Check the bucket, the region and what the credentials may do.',
};
const UNREACHABLE: Advice = {
  allowed: 'an S3 service that answers',
  next: 'Check AWS_ENDPOINT_URL_S3, the network and that the service runs, then try again.',
};

/** What people read about a request that failed for good. Its message names the reason, never a credential or a header. */
export function unavailable(name: string, key: string, cause: unknown): PerennialError {
  const code = s3Code(cause);
  const { allowed, next } = ADVICE[code] ?? (isS3Word(code) ? REFUSED : UNREACHABLE);
  return new PerennialError({
    type: 'store-unavailable',
    thing: `${name}: ${key === '' ? 'all keys' : key}`,
    value: reasonOf(cause, code),
    allowed,
    next,
    retryable: true,
  });
}

/** A service that does not do what a store needs; repeating does not help. */
export function unfit(name: string, value: string): PerennialError {
  return new PerennialError({
    type: 'store-unfit',
    thing: `S3 service of ${name}`,
    value,
    allowed: 'one winner of 32 parallel writes with If-None-Match or If-Match',
    next: 'Use a service with atomic conditional writes: Amazon S3, MinIO, versitygw 1.8.0 or newer.',
  });
}

/** S3 writes its codes like `NoSuchBucket`, the system like `ECONNREFUSED`. */
function isS3Word(code: string): boolean {
  return /[a-z]/.test(code) && !LATER.has(code);
}

function reasonOf(cause: unknown, code: string): string {
  if (cause instanceof BusyError || cause instanceof SilentError) return cause.message;
  // The text of a foreign error may quote a request; its code does not.
  return code === '' ? 'a request that failed' : code;
}
