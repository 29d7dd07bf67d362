import type { FastifyInstance } from 'fastify';
import type { RoutePorts } from './ports.js';

/** What monitoring reads. With a token configured, it must carry the token like any other caller. */
export function metricsRoutes(app: FastifyInstance, { metrics }: RoutePorts): void {
  app.get('/metrics', async (_request, reply) =>
    reply.header('content-type', metrics.contentType).send(await metrics.text()),
  );
}
