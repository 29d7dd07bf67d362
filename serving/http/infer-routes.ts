import type { FastifyInstance } from 'fastify';
import type { RoutePorts } from './ports.js';

interface Named {
  Params: { model: string };
}

/** Scoring and labels. */
export function inferRoutes(app: FastifyInstance, { fleet }: RoutePorts): void {
  app.post<Named>('/v2/models/:model/infer', async (request, reply) => {
    const answer = await fleet.get(request.params.model).infer(request.body);
    // Written here: the answer is plain data, and the framework's own serializer is slower.
    return reply.header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(answer));
  });

  app.post<{ Params: { model: string; version: string } }>(
    '/v2/models/:model/versions/:version/infer',
    (request) => fleet.get(request.params.model).infer(request.body, request.params.version),
  );

  app.post<Named>('/v2/models/:model/feedback', (request) =>
    fleet.get(request.params.model).feedback(request.body),
  );
}
