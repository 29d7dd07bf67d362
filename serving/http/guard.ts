import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { PerennialError } from '../../domain/errors.js';
import { isLoopback } from '../../domain/loopback.js';

/** Paths that load balancers ask without a token. */
const OPEN_PATHS = new Set(['/v2/health/live', '/v2/health/ready']);

/**
 * Lets in only who may: with a token configured, every call but health must carry it (`Authorization: Bearer …`). Without one
 * the server is on loopback, where a web page could still reach it under another host name, so only loopback names are served.
 */
export function guard(app: FastifyInstance, token: string | undefined): void {
  const expected = token === undefined ? undefined : digest(`Bearer ${token}`);
  app.addHook('onRequest', (request, _reply, done) => {
    if (expected === undefined) {
      done(isLoopback(request.hostname) ? undefined : foreignHost(request.hostname));
      return;
    }
    const open = OPEN_PATHS.has(request.routeOptions.url ?? '');
    done(open || carries(request, expected) ? undefined : unauthorized());
  });
}

/** Compared by digest: neither the length nor the time tells anything about the token. */
function carries(request: FastifyRequest, expected: Buffer): boolean {
  return timingSafeEqual(digest(request.headers.authorization ?? ''), expected);
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

function unauthorized(): PerennialError {
  return new PerennialError({
    type: 'unauthorized',
    thing: 'authorization header',
    allowed: "'Bearer <token>' with this server's token",
    next: 'Set PERENNIAL_SERVING_TOKEN to the token of the server. Nothing changed.',
  });
}

function foreignHost(host: string): PerennialError {
  return new PerennialError({
    type: 'foreign-host',
    thing: 'host header',
    value: host,
    allowed: 'a loopback name, while this server has no token',
    next: 'Start the server with PERENNIAL_SERVING_TOKEN to be reached under other names.',
  });
}
