import { describe, expect, it } from 'vitest';
import { aliasesAt, constant, hangsWhenHot, registerHandMade } from '../../serving/fixtures.js';
import { inferBody, outputOf } from '../../serving/test-server.js';
import { createRegistry } from '../../storage/registry/registry.js';
import { servingBench } from '../support/serving.js';

const MODEL = '/v2/models/bike-demand';

describe('a champion that hangs in native code', () => {
  it('fails its own requests, can be rolled back, and does not keep the server from stopping', async () => {
    const bench = servingBench();
    const good = await registerHandMade(bench.store, constant(1));
    const bad = await registerHandMade(bench.store, hangsWhenHot);
    await createRegistry(bench.store).setAliases(aliasesAt(1, { champion: bad, previous: good }));
    const server = await bench.start();
    const hung = await server.call(`${MODEL}/infer`, inferBody([1000]));
    expect([hung.status, hung.body['error']]).toEqual([503, expect.stringContaining('no answer within')]);
    expect((await server.call('/v2/health/live')).status).toBe(200);
    expect((await server.call(`${MODEL}/pin`, aliasesAt(2, { champion: good }))).status).toBe(200);
    expect(outputOf(await server.call(`${MODEL}/infer`, inferBody([1000])), 'prediction')).toEqual([1]);
    await server.stop(60_000);
    expect(server.running()).toBe(false);
  });
});
