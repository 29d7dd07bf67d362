import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * Whether an `authorization` header carries this token (RFC 6750). Compared by digest: neither the length nor the time tells
 * anything about the token.
 */
export function bearerCheck(token: string): (authorization: string | undefined) => boolean {
  const expected = digest(`Bearer ${token}`);
  return (authorization = '') => timingSafeEqual(digest(authorization), expected);
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
