import { afterEach, describe, expect, it } from 'vitest';
import { REFUSAL_HEADER } from '../domain/serving-refusals.js';
import { createRegistry } from '../storage/registry/registry.js';
import { aliasesAt, constant, registerHandMade } from './fixtures.js';
import { inferBody, startTestServer, type TestServer } from './test-server.js';

const MODEL = '/v2/models/bike-demand';

let server: TestServer;
afterEach(() => server.remove());

describe('a server whose runtime scores otherwise than the one that trained', () => {
  it('serves nothing of it from the start, is not ready, and names the golden row', async () => {
    server = await startTestServer(async (store) => {
      await registerHandMade(store, constant(1));
      const { golden } = (await createRegistry(store).getManifest('bike-demand', 1)).manifest;
      const champion = await registerHandMade(store, constant(1.001), { golden });
      await createRegistry(store).setAliases(aliasesAt(1, { champion }));
    });
    const refused = { generation: 1, reason: expect.stringContaining('golden row 0') as string };
    expect(await server.call('/v2/health/ready')).toMatchObject({
      status: 503,
      body: { ready: false, models: [{ ready: false, version: null, refused }] },
    });
    expect((await server.call(`${MODEL}/infer`, inferBody([1]))).status).toBe(503);
    const champion = (await createRegistry(server.store).listVersions('bike-demand'))[1] ?? null;
    const pinned = await fetch(`${server.url()}${MODEL}/pin`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(aliasesAt(2, { champion })),
    });
    expect([pinned.status, pinned.headers.get(REFUSAL_HEADER)]).toEqual([503, 'golden-mismatch']);
  });
});

describe('health', () => {
  it('says when a worker was last heard: by a status, a pin or a clock, not by a request', async () => {
    server = await startTestServer(async (store) => {
      const champion = await registerHandMade(store, constant(1));
      await createRegistry(store).setAliases(aliasesAt(1, { champion }));
    });
    const heard = async (): Promise<unknown> =>
      ((await server.call('/v2/health/ready')).body['worker'] as { lastHeard: unknown }).lastHeard;
    await server.call(`${MODEL}/infer`, inferBody([1]));
    expect(await heard()).toBeNull();
    await server.call(`${MODEL}/status`);
    expect(await heard()).toMatch(/Z$/);
  });

  it('tells former champions, for a rollback while the store is away', async () => {
    server = await startTestServer(async (store) => {
      const champion = await registerHandMade(store, constant(1));
      await createRegistry(store).setAliases(aliasesAt(1, { champion }));
    });
    const [one = null] = await createRegistry(server.store).listVersions('bike-demand');
    const two = await registerHandMade(server.store, constant(2));
    await server.call(`${MODEL}/pin`, aliasesAt(2, { champion: two, previous: one }));
    const champions = async (): Promise<unknown> => (await server.call(`${MODEL}/champions`)).body;
    expect(await champions()).toEqual({ model: 'bike-demand', champions: [two, one] });
    await server.restart();
    expect(await champions()).toEqual({ model: 'bike-demand', champions: [two, one] });
    await server.call(`${MODEL}/pin`, aliasesAt(3, { champion: one }));
    expect(await champions()).toEqual({ model: 'bike-demand', champions: [one] });
  });
});
