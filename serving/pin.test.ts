import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Aliases } from '../domain/aliases.js';
import { objectKey } from '../domain/names.js';
import type { VersionRef } from '../domain/references.js';
import { createLocalStore } from '../storage/objects/local-store.js';
import { createRegistry } from '../storage/registry/registry.js';
import { aliasesAt, constant, registerHandMade } from './fixtures.js';
import {
  inferBody,
  outputOf,
  startTestServer,
  storedRows,
  until,
  type Answered,
  type TestServer,
} from './test-server.js';

const MODEL = '/v2/models/bike-demand';

let server: TestServer;
let one: VersionRef;
let two: VersionRef;
let three: VersionRef;

const pin = (aliases: Aliases): Promise<Answered> => server.call(`${MODEL}/pin`, aliases);
const prediction = async (): Promise<unknown> =>
  outputOf(await server.call(`${MODEL}/infer`, inferBody([1])), 'prediction')[0];
const status = async (): Promise<Answered['body']> => (await server.call(`${MODEL}/status`)).body;

/** Flips bits of a stored object, below the store's own writing. */
async function corrupt(ref: VersionRef, what: 'onnx' | 'golden'): Promise<void> {
  const { manifest } = await createRegistry(server.store).getManifest('bike-demand', ref.version);
  const key = manifest[what].key;
  const bytes = Buffer.from((await server.store.get(key))?.bytes ?? []);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
  await server.store.put(key, bytes);
}

beforeEach(async () => {
  server = await startTestServer(
    async (store) => {
      one = await registerHandMade(store, constant(1));
      two = await registerHandMade(store, constant(2));
      three = await registerHandMade(store, constant(3));
      await createRegistry(store).setAliases(aliasesAt(5, { champion: one }));
    },
    { PERENNIAL_POLL_MS: '3600000' },
  );
});
afterEach(() => server.remove());

describe('a pin', () => {
  it('changes the champion, says from when on, and is obeyed at once', async () => {
    const { status: code, body } = await pin(aliasesAt(6, { champion: two, previous: one }));
    expect(code).toBe(200);
    expect(body).toMatchObject({ generation: 6, champion: 2 });
    expect(Date.parse(String(body['clock']))).toBeLessThanOrEqual(Date.now());
    expect(await prediction()).toBe(2);
  });

  it('of the same aliases again changes nothing', async () => {
    const aliases = aliasesAt(6, { champion: two });
    await pin(aliases);
    expect((await pin(aliases)).body).toMatchObject({ generation: 6, champion: 2 });
  });

  it.each([
    ['a lower generation', 4],
    ['this generation with another champion', 5],
  ])('to %s is refused with the one that is obeyed', async (_what, generation) => {
    const { status: code, body } = await pin(aliasesAt(generation, { champion: two }));
    expect([code, body['error']]).toEqual([
      409,
      `pin of model bike-demand: generation is ${generation}; expected more than 5, which this server obeys with champion 1. ` +
        'Another change came first; read the aliases again and decide anew.',
    ]);
    expect(await prediction()).toBe(1);
  });

  it('is obeyed after a restart, also while the store still says something older', async () => {
    await pin(aliasesAt(6, { champion: two }));
    await server.restart();
    expect(await prediction()).toBe(2);
    expect((await pin(aliasesAt(5, { champion: one }))).status).toBe(409);
  });

  it('can be obeyed without the store: everything it needs was verified and kept before', async () => {
    await pin(aliasesAt(6, { champion: two, previous: one }));
    rmSync(server.storeFolder, { recursive: true });
    await server.restart();
    expect(await prediction()).toBe(2);
    expect((await pin(aliasesAt(7, { champion: one }))).body).toMatchObject({ generation: 7, champion: 1 });
    expect(await prediction()).toBe(1);
  });

  it.each([
    [
      'a version that nobody registered',
      { version: 9, digest: 'a'.repeat(64) },
      404,
      'is 9; expected a registered version',
    ],
    [
      'a number with the digest of another version',
      { version: 2, digest: 'a'.repeat(64) },
      409,
      'version 2 of model bike-demand: digest',
    ],
  ])('to %s is refused', async (_what, champion, code, says) => {
    const { status: found, body } = await pin(aliasesAt(6, { champion }));
    expect([found, body['error']]).toEqual([code, expect.stringContaining(says)]);
    expect(await prediction()).toBe(1);
  });

  it.each(['onnx', 'golden'] as const)(
    'to a corrupt artifact (%s) is refused, and everybody can see it',
    async (what) => {
      await corrupt(two, what);
      const { status: code, body } = await pin(aliasesAt(6, { champion: two }));
      expect([code, body['error']]).toEqual([503, expect.stringContaining('It was not used.')]);
      expect(await prediction()).toBe(1);
      const refused = { generation: 6, reason: expect.stringContaining('artifact blobs/') as string };
      expect((await status())['refused']).toEqual(refused);
      expect((await server.call('/v2/health/ready')).body).toMatchObject({
        ready: true,
        models: [{ name: 'bike-demand', version: '1', generation: 5, refused }],
      });
    },
  );

  it('to a version whose golden rows score otherwise is refused', async () => {
    const { golden } = (await createRegistry(server.store).getManifest('bike-demand', 1)).manifest;
    const liar = await registerHandMade(server.store, constant(4), { golden });
    const { status: code, body } = await pin(aliasesAt(6, { champion: liar }));
    expect([code, body['error']]).toEqual([503, expect.stringContaining('golden row 0')]);
    expect(await prediction()).toBe(1);
  });

  it('is all or nothing: a challenger that cannot be loaded keeps the old champion', async () => {
    await corrupt(three, 'onnx');
    expect((await pin(aliasesAt(6, { champion: two, challenger: three }))).status).toBe(503);
    expect(await prediction()).toBe(1);
    expect(await status()).toMatchObject({ generation: 5, champion: 1, shadow: null });
  });

  it.each([
    ['truncated', '{"model": "bike-'],
    ['empty', {}],
    ['an array', []],
    ['for another model', { ...aliasesAt(6), model: 'other' }],
    ['of a negative generation', aliasesAt(-1)],
    ['with an unknown member', { ...aliasesAt(6), force: true }],
    ['with a bad digest', aliasesAt(6, { champion: { version: 1, digest: 'x' } })],
  ])('that is %s is refused', async (_what, body) => {
    expect((await server.call(`${MODEL}/pin`, body)).status).toBe(400);
    expect(await status()).toMatchObject({ generation: 5, champion: 1 });
  });

  it('lets a model appear', async () => {
    const other = await registerHandMade(server.store, constant(8), { model: 'other' });
    const aliases = { ...aliasesAt(1, { champion: other }), model: 'other' };
    expect((await server.call('/v2/models/other/pin', aliases)).body).toMatchObject({ champion: 1 });
    expect(outputOf(await server.call('/v2/models/other/infer', inferBody([1])), 'prediction')).toEqual([8]);
  });

  it('for a model without any such version leaves no model behind', async () => {
    const aliases = { ...aliasesAt(1, { champion: one }), model: 'ghost' };
    expect((await server.call('/v2/models/ghost/pin', aliases)).status).toBe(404);
    expect((await server.call('/v2/models/ghost/status')).status).toBe(404);
  });

  it('to no champion leaves a model that answers 503', async () => {
    await pin(aliasesAt(6));
    const { status: code, body } = await server.call(`${MODEL}/infer`, inferBody([1]));
    expect([code, body['error']]).toEqual([503, expect.stringContaining('expected a promoted version')]);
  });
});

describe('a server that starts', () => {
  it('prefers what the store says when that is newer', async () => {
    await server.stop();
    await createRegistry(server.store).setAliases(aliasesAt(8, { champion: three }));
    await server.restart();
    expect(await prediction()).toBe(3);
  });

  it('keeps serving what it verified when the newer version in the store is corrupt', async () => {
    await server.stop();
    await corrupt(three, 'onnx');
    await createRegistry(server.store).setAliases(aliasesAt(8, { champion: three }));
    await server.restart();
    expect(await prediction()).toBe(1);
    expect((await status())['refused']).toMatchObject({ generation: 8 });
  });

  it('mends a damaged local copy from the store', async () => {
    await server.stop();
    rmSync(join(server.spoolFolder, 'versions', objectKey.version('bike-demand', 1)));
    await server.restart();
    expect(await prediction()).toBe(1);
  });

  it('never obeys less than it did, though the store forgot', async () => {
    await pin(aliasesAt(9, { champion: two }));
    rmSync(join(server.spoolFolder, 'versions'), { recursive: true });
    await corrupt(two, 'onnx');
    await server.restart();
    expect((await server.call('/v2/health/ready')).status).toBe(503);
    expect((await pin(aliasesAt(6, { champion: one }))).status).toBe(409);
    expect((await pin(aliasesAt(10, { champion: one }))).status).toBe(200);
    expect(await prediction()).toBe(1);
  });
});

describe('a server whose store is away', () => {
  /** A file stands where the folder was, so that nothing can be read or written there. */
  function takeAway(): () => void {
    renameSync(server.storeFolder, `${server.storeFolder}.away`);
    writeFileSync(server.storeFolder, '');
    return () => {
      rmSync(server.storeFolder);
      renameSync(`${server.storeFolder}.away`, server.storeFolder);
    };
  }

  it('starts from its own disk, and says that the store is away', async () => {
    await pin(aliasesAt(6, { champion: two }));
    await server.stop();
    const bringBack = takeAway();
    await server.restart();
    expect(await prediction()).toBe(2);
    const reason = expect.stringContaining('file:') as string;
    const { body } = await server.call('/v2/health/ready');
    expect(body).toMatchObject({ ready: true, store: { reachable: false, lastContact: null, reason } });
    bringBack();
  });

  it('answers, keeps its log, gives no status that it cannot stand by, and stores everything later', async () => {
    const bringBack = takeAway();
    expect(await prediction()).toBe(1);
    const { status: code, body } = await server.call(`${MODEL}/status`);
    expect([code, body['error']]).toEqual([503, expect.stringContaining('file:')]);
    await server.stop();
    bringBack();
    await server.restart();
    expect(await status()).toMatchObject({ lost: 0, champion: 1 });
    expect(await storedRows(server.store)).toHaveLength(1);
  });

  it('can roll back to a version that it never served: it was copied when it was named', async () => {
    await pin(aliasesAt(6, { champion: three, previous: two }));
    const kept = join(server.spoolFolder, 'versions', objectKey.version('bike-demand', 2));
    await until(() => existsSync(kept));
    const bringBack = takeAway();
    expect((await pin(aliasesAt(7, { champion: two }))).status).toBe(200);
    expect(await prediction()).toBe(2);
    bringBack();
  });

  it('takes no label that it could not make durable', async () => {
    const bringBack = takeAway();
    const labels = { labels: [{ key: 'k', label: 1 }] };
    expect((await server.call(`${MODEL}/feedback`, labels)).status).toBe(503);
    bringBack();
    expect((await server.call(`${MODEL}/feedback`, labels)).status).toBe(200);
  });
});

describe('copies of versions on this machine', () => {
  it('are those that the aliases name and the newest few', async () => {
    const many: VersionRef[] = [];
    for (let i = 4; i <= 9; i++) many.push(await registerHandMade(server.store, constant(i)));
    let generation = 5;
    for (const champion of [two, three, ...many])
      await pin(aliasesAt(++generation, { champion, previous: one }));
    const kept = createRegistry(createLocalStore({ root: join(server.spoolFolder, 'versions') }));
    const versions = async (): Promise<number[]> =>
      (await kept.listVersions('bike-demand')).map(({ version }) => version);
    await expect.poll(versions).toEqual([1, 5, 6, 7, 8, 9]);
    expect((await pin(aliasesAt(++generation, { champion: two }))).status).toBe(200);
    expect(await prediction()).toBe(2);
  });
});

describe('a server that polls', () => {
  it('follows the store without being told', async () => {
    await server.restart({ PERENNIAL_POLL_MS: '10' });
    await createRegistry(server.store).setAliases(aliasesAt(6, { champion: two }));
    await until(async () => (await prediction()) === 2);
  });

  it('goes on serving while the store is away', async () => {
    await server.restart({ PERENNIAL_POLL_MS: '10' });
    rmSync(server.storeFolder, { recursive: true });
    expect(await prediction()).toBe(1);
  });
});
