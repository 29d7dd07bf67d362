import { createHmac } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/common';
import type { Webhook } from '../../domain/webhooks.js';

/** How long a receiver may take. @format milliseconds */
const ANSWER_MS = 10_000;
/** Most of an answer that is read. @format bytes */
const MOST_READ = 200;
/** Longest pause that a receiver may ask for. @format seconds */
const LONGEST_PAUSE = 3600;

/** A message on its way. */
export interface Message {
  readonly id: string;
  readonly body: string;
  /** Stops the call. */
  readonly signal: AbortSignal;
  /** Wall clock, epoch milliseconds. */
  readonly now: number;
}

/**
 * Sends a message, once. Follows no redirect. Throws an ApplicationFailure that says why it was not taken and whether to try again;
 * neither it nor anything else that leaves here holds the address, the host, a secret or what was answered.
 */
export async function post(hook: Webhook, message: Message): Promise<void> {
  const answer = await call(hook, message);
  const word = await firstWord(answer, hook);
  if (answer.ok) return;
  const { status } = answer;
  const redirect = status === 0 || (status >= 300 && status < 400);
  const said = redirect ? `${status}, a redirect, which is not followed` : `${status}${word}`;
  const again = status === 408 || status === 429 || status >= 500;
  throw failure(`webhook ${hook.name} answered ${said}`, 'webhook-refused', {
    again,
    pause: again ? pauseOf(answer) : undefined,
  });
}

async function call(hook: Webhook, { id, body, signal, now }: Message): Promise<Response> {
  try {
    return await fetch(hook.url, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'perennial',
        'perennial-event-id': id,
        ...signature(hook, body, now),
      },
      body,
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
    });
  } catch (error) {
    // Its own words name the host.
    const text = `webhook ${hook.name} cannot be reached: ${codeOf(error)}`;
    throw failure(text, 'webhook-unreachable', { again: true });
  }
}

/** `t=<epoch seconds>,v1=<hex HMAC-SHA256 of "t.body">`. */
function signature({ secret }: Webhook, body: string, now: number): Record<string, string> {
  if (secret === undefined) return {};
  const at = Math.floor(now / 1000);
  const v1 = createHmac('sha256', secret).update(`${at}.${body}`).digest('hex');
  return { 'perennial-signature': `t=${at},v1=${v1}` };
}

const CODE = /^[A-Z][A-Z0-9_]{1,60}$/;

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if (error.name === 'TimeoutError') return `no answer within ${ANSWER_MS / 1000} s`;
  if (error.name === 'AbortError') return 'stopped';
  const cause: unknown = error.cause;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' && CODE.test(code) ? code : 'the call failed';
}

/** What Slack calls the fault, such as `invalid_payload`; other answers may repeat what we sent. */
async function firstWord(answer: Response, { kind, url }: Webhook): Promise<string> {
  const text = await beginning(answer);
  const isWord = kind === 'slack' && !answer.ok && /^[a-z]+(_[a-z]+)+$/.test(text);
  return isWord && !url.includes(text) ? ` (${text})` : '';
}

/** A receiver may answer without end: the beginning is read, the rest is dropped. */
async function beginning({ body }: Response): Promise<string> {
  if (body === null) return '';
  const reader = body.getReader();
  try {
    const { value } = await reader.read();
    return new TextDecoder().decode((value ?? new Uint8Array()).subarray(0, MOST_READ)).trim();
  } catch {
    return '';
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function pauseOf({ headers }: Response): number | undefined {
  const seconds = Number(headers.get('retry-after') ?? NaN);
  return seconds > 0 ? Math.min(seconds, LONGEST_PAUSE) * 1000 : undefined;
}

/** A failure without a stack: only people read it, in a history. */
export function failure(
  message: string,
  type: string,
  { again, pause }: { readonly again: boolean; readonly pause?: number | undefined },
): ApplicationFailure {
  const thrown = ApplicationFailure.create({
    ...{ message, type, nonRetryable: !again },
    ...(pause !== undefined && { nextRetryDelay: pause }),
  });
  thrown.stack = '';
  return thrown;
}
