import { PerennialError } from '../../domain/errors.js';

const SEGMENT = /^[A-Za-z0-9_=+:,~-][A-Za-z0-9_=+:,~.-]{0,199}$/;
const MAX_KEY_LENGTH = 900;

const ALLOWED =
  "names joined by '/', each of letters, digits and _=+:,~.- (≤ 200 characters, not starting with a dot), 900 characters at most";

/**
 * Refuses a key that could name anything outside the store: absolute, climbing (`..`), empty segments, backslash, NUL, hidden
 * names. The same rule holds for every store, so that what one accepts another accepts too.
 */
export function assertKey(key: string): void {
  if (!isKey(key)) throw invalidKey('object key', key);
}

/** Whether {@link assertKey} takes a key. */
export function isKey(key: string): boolean {
  return key.length <= MAX_KEY_LENGTH && key.split('/').every((segment) => SEGMENT.test(segment));
}

/** Refuses a prefix that no key could start with. The empty prefix is every key. */
export function assertPrefix(prefix: string): void {
  const segments = prefix.split('/');
  const last = segments.pop() ?? '';
  const fits = prefix.length <= MAX_KEY_LENGTH && segments.every((segment) => SEGMENT.test(segment));
  if (fits && (last === '' || SEGMENT.test(last))) return;
  throw invalidKey('object prefix', prefix);
}

function invalidKey(thing: string, value: string): PerennialError {
  return new PerennialError({
    type: 'key-invalid',
    thing,
    value,
    allowed: ALLOWED,
    next: 'Nothing was read or written; use the names of domain/names.ts.',
  });
}
