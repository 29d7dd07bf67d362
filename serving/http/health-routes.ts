import type { FastifyInstance } from 'fastify';
import type { Manifest } from '../../domain/manifest.js';
import { badRequest } from '../infer/refuse.js';
import type { RoutePorts } from './ports.js';

/** Health and metadata of the protocol. */
export function healthRoutes(app: FastifyInstance, { fleet, heard, manifestOf, stopping }: RoutePorts): void {
  app.get('/v2/health/live', () => ({ live: true }));

  app.get('/v2/health/ready', (_request, reply) => {
    const health = fleet.health();
    const ready = health.ready && !stopping();
    return reply.code(ready ? 200 : 503).send({ ...health, ready, worker: { lastHeard: heard.last() } });
  });

  app.get('/v2', () => ({ name: 'perennial', version: '2', extensions: ['named_inputs'] }));

  app.get<{ Params: { model: string } }>('/v2/models/:model/ready', (request, reply) => {
    const { model } = request.params;
    fleet.get(model);
    const health = fleet.health().models.find(({ name }) => name === model);
    const ready = health?.version !== null && !stopping();
    return reply.code(ready ? 200 : 503).send({ ...health, ready });
  });

  app.get<{ Params: { model: string } }>('/v2/models/:model', (request) => {
    const { champion } = fleet.get(request.params.model).roles.current();
    const manifest = champion?.version.manifest;
    const versions = champion === null ? [] : [String(champion.version.ref.version)];
    return metadata(request.params.model, versions, manifest);
  });

  app.get<{ Params: { model: string; version: string } }>(
    '/v2/models/:model/versions/:version',
    async (request) => {
      const { model, version } = request.params;
      fleet.get(model);
      if (!/^[1-9]\d{0,8}$/.test(version)) throw badRequest('version', version, 'a version number');
      const { ref, manifest } = await manifestOf(model, Number(version));
      return {
        ...metadata(model, [version], manifest),
        parameters: { digest: ref.digest, task: manifest.task },
      };
    },
  );
}

/** Readiness of one version of a model: only the champion is. */
export function versionReadiness(app: FastifyInstance, { fleet, stopping }: RoutePorts): void {
  app.get<{ Params: { model: string; version: string } }>(
    '/v2/models/:model/versions/:version/ready',
    (request, reply) => {
      const { champion } = fleet.get(request.params.model).roles.current();
      const ready = String(champion?.version.ref.version) === request.params.version && !stopping();
      return reply.code(ready ? 200 : 503).send({ name: request.params.model, ready });
    },
  );
}

function metadata(model: string, versions: readonly string[], manifest: Manifest | undefined): object {
  return {
    name: model,
    versions,
    platform: 'onnx_onnxruntime',
    inputs: [
      ...(manifest?.inputs ?? []).map(({ name, type }) => ({
        name,
        datatype: type === 'number' ? 'FP64' : 'BYTES',
        shape: [-1, 1],
      })),
      { name: 'event_time', datatype: 'BYTES', shape: [-1, 1], parameters: { optional: true } },
      { name: 'key', datatype: 'BYTES', shape: [-1, 1], parameters: { optional: true } },
    ],
    outputs: [
      { name: 'prediction', datatype: manifest?.task === 'regression' ? 'FP64' : 'BYTES', shape: [-1] },
      { name: 'prediction_id', datatype: 'BYTES', shape: [-1] },
      ...scoresOf(manifest),
    ],
  };
}

function scoresOf(manifest: Manifest | undefined): object[] {
  if (manifest === undefined || manifest.classes === null) return [];
  const { classes } = manifest;
  return [{ name: 'scores', datatype: 'FP64', shape: [-1, classes.length], parameters: { classes } }];
}
