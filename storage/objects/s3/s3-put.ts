import type { PutCondition, PutResult } from '../object-store.js';
import type { S3Bucket } from './s3-bucket.js';
import { failureOf, s3Code } from './s3-failures.js';
import { patience, pauseBefore } from './s3-retry.js';
import { holds, newWritingId, parseTag, tagOf, writingHeaders, type Writing } from './s3-writing.js';

/** What a put wants. */
export interface S3Put {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly condition: PutCondition | undefined;
}

/**
 * Writes an object under a condition, exactly once. When an answer is lost (a broken connection, silence, a busy service), what
 * is stored says whether the write took effect: it carries the id that this put chose. Only a write that did not is repeated.
 * Throws the last error when the service stays away; then it is not known.
 */
export async function putOnce(bucket: S3Bucket, put: S3Put): Promise<PutResult> {
  const seen =
    put.condition !== undefined && 'ifMatch' in put.condition ? parseTag(put.condition.ifMatch) : undefined;
  const id = newWritingId();
  const headers = { metadata: writingHeaders(id, seen), condition: conditionHeaders(put.condition, seen) };
  const stored = (etag: string): PutResult => ({
    stored: true,
    etag: tagOf({ etag, id, past: pastOf(seen) }),
  });
  const patient = patience();
  let unsure = false;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return stored(await bucket.put(put.name, put.bytes, headers));
    } catch (error) {
      const failure = failureOf(error);
      const answered = failure === 'condition' || failure === 'missing';
      if (!answered && !mayRepeat(error)) throw error;
      unsure ||= !answered;
      const found = unsure || seen !== undefined ? await bucket.head(put.name) : undefined;
      if (unsure && holds(found?.writing, id)) return stored(etagOf(found?.writing, id));
      if (answered && put.condition !== undefined) return { stored: false, reason: reasonOf(seen, found) };
      if (!patient(attempt)) throw error;
      await pauseBefore(attempt);
    }
  }
}

/** An upload in parts whose end was reached, or that another process removed, is gone: what is stored tells which. */
function mayRepeat(error: unknown): boolean {
  return failureOf(error) === 'later' || s3Code(error) === 'NoSuchUpload';
}

/** Null for a writing that another one has followed since: its tag then matches nothing any more. */
function etagOf(found: Writing | undefined, id: string): string {
  return found?.id === id ? found.etag : 'followed';
}

const pastOf = (seen: Writing | undefined): string[] =>
  seen === undefined || seen.id === '' ? [] : [seen.id, ...seen.past];

function conditionHeaders(
  condition: PutCondition | undefined,
  seen: Writing | undefined,
): Record<string, string> {
  if (condition === undefined) return {};
  return seen === undefined ? { 'if-none-match': '*' } : { 'if-match': `"${seen.etag}"` };
}

function reasonOf(seen: Writing | undefined, found: unknown): 'exists' | 'changed' | 'missing' {
  if (seen === undefined) return 'exists';
  return found === undefined ? 'missing' : 'changed';
}
