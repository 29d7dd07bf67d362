import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { aliasesSchema } from '../../domain/aliases.js';
import { instant, instantSchema } from '../../domain/references.js';
import type { ObeyedChampions } from '../../domain/serving-refusals.js';
import { badRequest } from '../infer/refuse.js';
import type { RoutePorts } from './ports.js';

interface Named {
  Params: { model: string };
}

const clockSchema = z.strictObject({ to: instantSchema });

/** What lifecycle and the driver of a stepped clock use. */
export function controlRoutes(app: FastifyInstance, { fleet, clock, heard }: RoutePorts): void {
  const onRequest = (_request: FastifyRequest, _reply: FastifyReply, done: () => void): void => {
    heard.note();
    done();
  };
  app.get<Named>('/v2/models/:model/status', { onRequest }, (request) =>
    fleet.get(request.params.model).status(),
  );

  app.get<Named>('/v2/models/:model/champions', { onRequest }, (request): ObeyedChampions => {
    const { model, champions } = fleet.get(request.params.model);
    return { model, champions: [...champions()] };
  });

  app.post<Named>('/v2/models/:model/pin', { onRequest }, (request) => {
    const aliases = aliasesSchema.parse(request.body);
    const { model } = request.params;
    if (aliases.model !== model) throw badRequest('model', aliases.model, `'${model}', as the path says`);
    return fleet.pin(aliases);
  });

  app.post('/v2/clock', { onRequest }, async (request) => {
    const { to } = clockSchema.parse(request.body);
    await clock.moveTo(to);
    return { clock: instant(clock.now()) };
  });
}
