import { fastify, type FastifyInstance } from 'fastify';
import { isLoopback } from '../../domain/loopback.js';
import { bearerCheck } from '../../storage/bearer-token.js';
import type { MetricsConfig } from './environment.js';
import type { WorkerMetrics } from './worker-metrics.js';

/** What the metrics' server tells of its process. */
export interface MetricsServerPorts {
  readonly metrics: WorkerMetrics;
  /** Where the exporter of the Temporal SDK answers. */
  readonly sdk: string;
  /** True while the worker polls. */
  polls(): boolean;
}

/** A listening server. */
export interface MetricsServer {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Answers `GET /metrics` (with the token, when there is one) and `GET /health/live` and `/health/ready` (for anyone): ready while the worker
 * polls. Throws what listening throws, e.g. EADDRINUSE.
 */
export async function startMetricsServer(
  config: MetricsConfig,
  ports: MetricsServerPorts,
): Promise<MetricsServer> {
  const app = fastify({ forceCloseConnections: true });
  guard(app, config.token);
  app.get('/health/live', () => ({ live: true }));
  app.get('/health/ready', (_request, reply) => {
    const ready = ports.polls();
    return reply.code(ready ? 200 : 503).send({ ready });
  });
  app.get('/metrics', async (_request, reply) => {
    const [own, sdk] = await Promise.all([ports.metrics.text(), sdkText(ports.sdk)]);
    return reply.header('content-type', ports.metrics.contentType).send(`${own}\n${sdk}`);
  });
  const url = await app.listen({ host: config.host, port: config.port });
  return { url, close: () => app.close() };
}

/** The exporter is in this process: it answers, or the process is ending. */
async function sdkText(url: string): Promise<string> {
  const answer = await fetch(url);
  return answer.text();
}

/** Without a token the server is on loopback, where a web page could still reach it under another host name. */
function guard(app: FastifyInstance, token: string | undefined): void {
  const mayRead = token === undefined ? undefined : bearerCheck(token);
  app.addHook('onRequest', async (request, reply) => {
    if (mayRead === undefined) {
      if (!isLoopback(request.hostname))
        await reply.code(403).send({ error: 'without a token, only loopback names are served' });
      return;
    }
    if (request.routeOptions.url !== '/metrics') return;
    if (!mayRead(request.headers.authorization))
      await reply.code(401).send({ error: 'carry PERENNIAL_METRICS_TOKEN as bearer token' });
  });
}
