import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PerennialError } from '../../domain/errors.js';
import { isLoopback } from '../../domain/loopback.js';
import { bearerCheck } from '../../storage/bearer-token.js';
import type { CodecConfig } from './config.js';

const PREFLIGHT_SECONDS = 600;

/**
 * Lets in only who may. A browser names the page that calls: only the Web UI's may, and only it is told the answer (CORS). With a token
 * every call must carry it; without one the server is on loopback, where a page could reach it under another host name, so only
 * loopback names are served.
 */
export function letIn(app: FastifyInstance, { token, origins }: CodecConfig): void {
  const carried = token === undefined ? undefined : bearerCheck(token);
  app.addHook('onRequest', async (request, reply) => {
    if (carried === undefined && !isLoopback(request.hostname)) throw foreignHost(request.hostname);
    const { origin } = request.headers;
    if (origin !== undefined) {
      if (!origins.includes(origin)) throw foreignOrigin(origin, origins);
      share(reply, origin);
    }
    // A preflight never carries the token; it changes nothing and tells nothing.
    if (request.method === 'OPTIONS') return preflight(request, reply);
    if (carried?.(request.headers.authorization) === false) throw unauthorized();
  });
}

function share(reply: FastifyReply, origin: string): void {
  void reply.headers({
    'access-control-allow-origin': origin,
    // The Web UI may be set up to send the cookies of a proxy that stands before this server.
    'access-control-allow-credentials': 'true',
    vary: 'origin',
  });
}

function preflight(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const asked = request.headers['access-control-request-headers'];
  return reply
    .code(204)
    .headers({
      'access-control-allow-methods': 'POST, OPTIONS',
      'access-control-allow-headers': asked ?? 'authorization, content-type, x-namespace',
      'access-control-max-age': PREFLIGHT_SECONDS,
    })
    .send();
}

function unauthorized(): PerennialError {
  return new PerennialError({
    type: 'unauthorized',
    thing: 'authorization header',
    allowed: "'Bearer <token>' with this server's token",
    next: 'Give it to the CLI with --codec-auth "Bearer <token>", or to the proxy before this server.',
  });
}

function foreignHost(host: string): PerennialError {
  return new PerennialError({
    type: 'foreign-host',
    thing: 'host header',
    value: host,
    allowed: 'a loopback name, while this server has no token',
    next: 'Start the codec server with PERENNIAL_CODEC_TOKEN to be reached under other names.',
  });
}

function foreignOrigin(origin: string, origins: readonly string[]): PerennialError {
  return new PerennialError({
    type: 'foreign-origin',
    thing: 'origin header',
    value: origin,
    allowed: `a page of ${origins.join(', ')}`,
    next: 'Name the address of the Web UI, as the browser shows it, in PERENNIAL_CODEC_ORIGINS.',
  });
}
