import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

const WRITING = 'x-amz-meta-perennial-writing';
const PAST = 'x-amz-meta-perennial-past';
const KEEP = 24;

/**
 * One writing of an object, named by an id that its writer chose and that the object carries as metadata, together with the ids of
 * the writings that it followed by compare-and-swap. By it a writer whose answer was lost finds out what became of its request:
 * the object carries its id, or followed it, or never had it. The service's ETag cannot tell, for equal bytes have equal ETags.
 */
export interface Writing {
  /** The service's ETag, without quotes. */
  readonly etag: string;
  /** Empty for an object that another program wrote. */
  readonly id: string;
  /** Newest first; at most 24. */
  readonly past: readonly string[];
}

/** A new id for a writing. */
export function newWritingId(): string {
  return randomBytes(9).toString('base64url');
}

/** What a response says about the writing that it shows. */
export function writingOf(headers: IncomingHttpHeaders): Writing {
  const id = headers[WRITING];
  const past = headers[PAST];
  return {
    etag: (headers.etag ?? '').replace(/^"|"$/g, ''),
    id: typeof id === 'string' ? id : '',
    past: typeof past === 'string' && past !== '' ? past.split('.') : [],
  };
}

/** Headers that make an object carry an id and those of the writings before it. */
export function writingHeaders(id: string, seen: Writing | undefined): Record<string, string> {
  const past = seen === undefined || seen.id === '' ? [] : [seen.id, ...seen.past].slice(0, KEEP);
  return { [WRITING]: id, ...(past.length > 0 && { [PAST]: past.join('.') }) };
}

/** Whether an object holds the writing with this id, or a later one that followed it. */
export function holds(found: Writing | undefined, id: string): boolean {
  return found !== undefined && (found.id === id || found.past.includes(id));
}

/** The tag of the port: what a later compare-and-swap needs. */
export function tagOf({ etag, id, past }: Writing): string {
  return [etag, [id, ...past].join('.')].join(' ');
}

/** Reads a tag back; a tag of another store names a writing that no object holds. */
export function parseTag(tag: string): Writing {
  const [etag = '', ids = ''] = tag.split(' ');
  const [id = '', ...past] = ids.split('.');
  return { etag, id, past };
}
