import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { REFUSAL_HEADER } from '../../domain/serving-refusals.js';
import { isRecord } from '../infer/tensor.js';
import type { RoutePorts } from './ports.js';

interface Named {
  Params: { model: string };
}

/** Scoring and labels. */
export function inferRoutes(
  app: FastifyInstance,
  { fleet, metrics, traces, feedbackLimit }: RoutePorts,
): void {
  const onResponse = (request: FastifyRequest<Named>, reply: FastifyReply, done: () => void): void => {
    const { statusCode: status, elapsedTime } = reply;
    const type = reply.getHeader(REFUSAL_HEADER);
    const refusal = status === 200 ? undefined : typeof type === 'string' ? type : `http-${status}`;
    metrics.count({ model: request.params.model, status, refusal, seconds: elapsedTime / 1000 });
    done();
  };
  app.post<Named>('/v2/models/:model/infer', { onResponse }, async (request, reply) => {
    const answer = await fleet.get(request.params.model).infer(request.body);
    traces?.answered(answer);
    // Written here: the answer is plain data, and the framework's own serializer is slower.
    return reply.header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(answer));
  });

  app.post<{ Params: { model: string; version: string } }>(
    '/v2/models/:model/versions/:version/infer',
    { onResponse },
    async (request) => {
      const answer = await fleet.get(request.params.model).infer(request.body, request.params.version);
      traces?.answered(answer);
      return answer;
    },
  );

  app.post<Named>('/v2/models/:model/feedback', ({ params: { model }, body, ip }) => {
    const labels = isRecord(body) && Array.isArray(body['labels']) ? body['labels'].length : 1;
    try {
      feedbackLimit.take(ip, labels);
    } catch (error) {
      metrics.refuseLabels(model, labels);
      throw error;
    }
    return fleet.get(model).feedback(body);
  });
}
