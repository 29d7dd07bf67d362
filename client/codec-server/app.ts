import { fastify, type FastifyInstance, type FastifyReply } from 'fastify';
import { PerennialError } from '../../domain/errors.js';
import { createPayloadCodec } from '../../storage/payloads/payload-codec.js';
import { letIn } from './access.js';
import type { CodecConfig } from './config.js';
import { fromJson, requestSchema, toJson } from './payload-json.js';

/** Temporal allows payloads of 2 MiB; a page of a history holds many, in base64. @format bytes */
const BODY_LIMIT = 32 << 20;

/** Refusals that are the caller's to mend. */
const STATUS: Readonly<Record<string, number>> = {
  'bad-request': 400,
  'payload-key-unknown': 400,
  'payload-not-authentic': 400,
  unauthorized: 401,
  'foreign-origin': 403,
  'foreign-host': 403,
};

/**
 * The two calls that Temporal's Web UI and CLI make of a codec server, `POST /encode` and `POST /decode`, with `{"payloads":[…]}` both
 * ways. Logs nothing: what passes is what was to be kept secret.
 */
export function createCodecApp(config: CodecConfig): FastifyInstance {
  const app = fastify({ bodyLimit: BODY_LIMIT, forceCloseConnections: 'idle' });
  const codec = createPayloadCodec(config.keys);
  answerErrors(app);
  letIn(app, config);
  for (const call of ['encode', 'decode'] as const) {
    app.post(`/${call}`, async (request) => {
      const { payloads } = requestSchema.parse(request.body);
      return { payloads: (await codec[call](payloads.map(fromJson))).map(toJson) };
    });
  }
  return app;
}

function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler((error, _, reply) => {
    if (error instanceof PerennialError) return answer(reply, STATUS[error.type] ?? 500, error.message);
    return answer(reply, Math.min(statusOf(error), 500), SHAPE);
  });
  app.setNotFoundHandler((_, reply) =>
    answer(reply, 404, 'path is unknown; expected POST /encode or POST /decode.'),
  );
}

const SHAPE =
  'request cannot be used; expected JSON such as {"payloads":[{"metadata":{"encoding":"…"},"data":"…"}]}, its texts in base64. ' +
  'Nothing was changed.';

const answer = (reply: FastifyReply, status: number, line: string): FastifyReply =>
  reply.code(status).send({ error: line, message: line });

/** Fastify's refusals carry their status; a body of another shape is the caller's to mend. */
function statusOf(error: unknown): number {
  return error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 400;
}
