import type { FastifyInstance, FastifyReply } from 'fastify';
import { ZodError } from 'zod';
import { PerennialError, showValue } from '../../domain/errors.js';
import { TooMuchFeedback } from './feedback-limit.js';
import { REFUSAL_HEADER } from '../../domain/serving-refusals.js';

/** Refusals that are the caller's to mend, or that say what state this server is in. Anything else is 503. */
const STATUS: Readonly<Record<string, number>> = {
  'bad-request': 400,
  unauthorized: 401,
  'foreign-host': 403,
  'unknown-model': 404,
  'unknown-version': 404,
  'stale-generation': 409,
  'digest-mismatch': 409,
  'clock-is-wall': 409,
  'clock-backwards': 409,
  'too-much-feedback': 429,
  'model-failed': 500,
};

/** Fastify's own refusals in this server's words. */
const FASTIFY: Readonly<Record<string, { status: number; line: string }>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: {
    status: 413,
    line: 'body is too large; expected at most the body limit of this server. Send the rows in several requests.',
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    status: 415,
    line: "content-type is not supported; expected 'application/json'. Send JSON.",
  },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    status: 400,
    line: 'body is not as long as content-length says; expected the whole body. Send it again.',
  },
};

/** Makes every error of the app one line of JSON, `{"error": …}`, with the status it deserves. Nothing internal leaks. */
export function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => {
    const { status, line } = translate(error);
    if (status === 500) request.log.error({ err: error, url: request.routeOptions.url }, 'request failed');
    else if (status > 500)
      request.log.warn({ reason: line, url: request.routeOptions.url }, 'request refused');
    if (error instanceof PerennialError) void reply.header(REFUSAL_HEADER, error.type);
    if (error instanceof TooMuchFeedback) void reply.header('retry-after', error.retryAfter);
    return sendError(reply, status, line);
  });
  app.setNotFoundHandler((request, reply) =>
    sendError(
      reply,
      404,
      `path is ${showValue(`${request.method} ${request.url}`)}; expected one of the Open Inference Protocol v2. GET /v2 says what this is.`,
    ),
  );
}

function sendError(reply: FastifyReply, status: number, line: string): FastifyReply {
  return reply
    .code(status)
    .header('content-type', 'application/json; charset=utf-8')
    .send(JSON.stringify({ error: line }));
}

function translate(error: unknown): { status: number; line: string } {
  if (error instanceof PerennialError)
    return { status: STATUS[error.type] ?? 503, line: oneLine(error.message) };
  if (error instanceof ZodError) return { status: 400, line: oneLine(zodLine(error)) };
  const { code, statusCode } = fastifyFields(error);
  const known = FASTIFY[code];
  if (known !== undefined) return known;
  if (statusCode >= 400 && statusCode < 500)
    return { status: statusCode, line: oneLine(error instanceof Error ? error.message : 'bad request') };
  return { status: 500, line: 'the server failed; expected an answer. See its log; repeat later.' };
}

function zodLine(error: ZodError): string {
  const [issue] = error.issues;
  const at = issue === undefined || issue.path.length === 0 ? 'body' : issue.path.join('.');
  return `${at}: ${issue?.message ?? 'invalid'}. Correct the request; nothing changed.`;
}

function fastifyFields(error: unknown): { code: string; statusCode: number } {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const statusCode = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  return { code, statusCode };
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ');
