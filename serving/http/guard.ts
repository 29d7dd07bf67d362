import type { FastifyInstance } from 'fastify';
import { PerennialError } from '../../domain/errors.js';
import { isLoopback } from '../../domain/loopback.js';
import { bearerCheck } from '../../storage/bearer-token.js';

/** Paths that load balancers ask without a token. */
const OPEN_PATHS = new Set(['/v2/health/live', '/v2/health/ready']);

/** Who may call. */
export interface GuardOptions {
  /** Of everything; undefined only on loopback. */
  readonly token: string | undefined;
  /** Of `/metrics` alone: what reads metrics must not be able to change what serves. */
  readonly metricsToken: string | undefined;
}

/**
 * Lets in only who may: with a token configured, every call but health must carry it (`Authorization: Bearer …`). Without one
 * the server is on loopback, where a web page could still reach it under another host name, so only loopback names are served.
 */
export function guard(app: FastifyInstance, { token, metricsToken }: GuardOptions): void {
  const mayCall = token === undefined ? undefined : bearerCheck(token);
  const mayRead = metricsToken === undefined ? undefined : bearerCheck(metricsToken);
  app.addHook('onRequest', (request, _reply, done) => {
    if (mayCall === undefined) {
      done(isLoopback(request.hostname) ? undefined : foreignHost(request.hostname));
      return;
    }
    const path = request.routeOptions.url ?? '';
    const { authorization } = request.headers;
    const reads = path === '/metrics' && mayRead?.(authorization) === true;
    done(OPEN_PATHS.has(path) || reads || mayCall(authorization) ? undefined : unauthorized());
  });
}

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
