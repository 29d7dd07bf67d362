import { fastify, LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { badRequest } from '../infer/refuse.js';
import { answerErrors } from './errors.js';
import { guard, type GuardOptions } from './guard.js';
import { controlRoutes } from './control-routes.js';
import { healthRoutes, versionReadiness } from './health-routes.js';
import { inferRoutes } from './infer-routes.js';
import { metricsRoutes } from './metrics-routes.js';
import type { RoutePorts } from './ports.js';

/** How the app listens. */
export interface AppOptions extends GuardOptions {
  readonly logger: FastifyBaseLogger;
  /** @format bytes */
  readonly bodyLimit: number;
}

/** A request that takes longer to arrive than this is cut off. @format milliseconds */
const REQUEST_WITHIN_MS = 30_000;

/** The HTTP face of a fleet; not listening yet. */
export function createApp(ports: RoutePorts, options: AppOptions): FastifyInstance {
  const app: FastifyInstance = fastify({
    loggerInstance: options.logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: options.bodyLimit,
    requestTimeout: REQUEST_WITHIN_MS,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 200 },
  });
  readJsonOnly(app);
  answerErrors(app);
  // Who may not ask starts no span, and chooses nothing in one.
  guard(app, options);
  ports.traces?.watch(app);
  healthRoutes(app, ports);
  versionReadiness(app, ports);
  inferRoutes(app, ports);
  metricsRoutes(app, ports);
  controlRoutes(app, ports);
  return app;
}

/** JSON and nothing else; the body is only ever read by named members, so a `__proto__` in it is just another member. */
function readJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, JSON.parse(body.toString()));
    } catch {
      done(
        badRequest(
          'body',
          excerpt(body.toString()),
          'JSON',
          'Send the whole body as valid JSON (no NaN, no Infinity).',
        ),
      );
    }
  });
}

const excerpt = (text: string): string => (text.length > 60 ? `…${text.slice(-60)}` : text);
