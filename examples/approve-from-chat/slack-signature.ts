import { createHmac, timingSafeEqual } from 'node:crypto';

/** Older requests are refused, so that nobody sends a recorded one again. @format seconds */
const MOST_AGE = 300;

/** What Slack says of a request in its headers. */
export interface SignedRequest {
  readonly timestamp: string | undefined;
  readonly signature: string | undefined;
  /** The body, byte by byte as it came: one that was parsed and written again has another signature. */
  readonly body: string;
}

/**
 * Whether a request comes from Slack, by the app's signing secret, and is fresh. See
 * https://docs.slack.dev/authentication/verifying-requests-from-slack
 */
export function isFromSlack(
  { timestamp = '', signature = '', body }: SignedRequest,
  signingSecret: string,
  now: number = Date.now(),
): boolean {
  if (!/^\d{1,12}$/.test(timestamp) || Math.abs(now / 1000 - Number(timestamp)) > MOST_AGE) return false;
  const expected = `v0=${createHmac('sha256', signingSecret).update(`v0:${timestamp}:${body}`).digest('hex')}`;
  const [given, wanted] = [Buffer.from(signature), Buffer.from(expected)];
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
