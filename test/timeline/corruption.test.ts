import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { performanceReferenceSchema } from '../../activities/performance-reference.js';
import { referenceProfileSchema } from '../../activities/reference-profile.js';
import type { RetrainPorts } from '../../activities/retrain-ports.js';
import { createExportActivity } from '../../activities/export-model.js';
import { createExtractActivities } from '../../activities/extract.js';
import { createTrainActivity } from '../../activities/train-model.js';
import { PerennialError } from '../../domain/errors.js';
import { explanationSchema } from '../../domain/explanation.js';
import type { Manifest } from '../../domain/manifest.js';
import { objectKey } from '../../domain/names.js';
import type { ArtifactRef } from '../../domain/references.js';
import { REFUSAL_HEADER } from '../../domain/serving-refusals.js';
import type { FleetHealth } from '../../serving/fleet.js';
import { aliasesAt } from '../../serving/fixtures.js';
import { outputOf, startTestServer, type TestServer } from '../../serving/test-server.js';
import { createRandom } from '../../stats/index.js';
import { scratchFolder } from '../../storage/fixtures.js';
import { getJsonArtifact } from '../../storage/objects/artifacts.js';
import { createLocalStore } from '../../storage/objects/local-store.js';
import { createRegistry } from '../../storage/registry/registry.js';
import { damage } from '../support/damage.js';
import { inActivity, release, releasedSpec, retrainPorts, type Released } from '../support/released-model.js';

/** At least each artifact in each way twice. */
const CASES = process.env['PERENNIAL_SOAK'] === '1' ? 400 : 108;
const MODEL = '/v2/models/bike-demand';
const folder = scratchFolder();
const random = createRandom(20260401);

let server: TestServer;
let ports: RetrainPorts;
let one: Released;
let two: Released;
let manifest: Manifest;
beforeAll(async () => {
  server = await startTestServer(
    async (store) => {
      ports = await retrainPorts(store, folder.path);
      one = await release(ports, '2026-02-20T00:00:00.000Z');
      two = await release(ports, '2026-02-21T00:00:00.000Z');
      await createRegistry(store).setAliases(aliasesAt(1, { champion: one.ref }));
    },
    { PERENNIAL_POLL_MS: '3600000' },
  );
  ({ manifest } = await ports.registry.getManifest('bike-demand', two.ref.version));
});
afterAll(async () => {
  await server.remove();
  folder.remove();
});

/** The type of the refusal; fails when it was taken. */
async function refusalOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof PerennialError) return error.type;
    throw error;
  }
  return 'taken';
}

/** What serving says of a change to the version. */
async function pinned(): Promise<string> {
  const response = await fetch(`${server.url()}${MODEL}/pin`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(aliasesAt(2, { champion: two.ref })),
  });
  return response.ok ? 'taken' : (response.headers.get(REFUSAL_HEADER) ?? response.statusText);
}

const needed = (ref: ArtifactRef | undefined): ArtifactRef => {
  if (ref === undefined) throw new Error('the version has no such artifact');
  return ref;
};

/** Every object of a version: its key, and who reads it, as the program does. */
function artifacts(): readonly { name: string; key: string; read: () => Promise<string> }[] {
  const { store } = ports;
  const json = (ref: ArtifactRef, schema: Parameters<typeof getJsonArtifact>[2]) => () =>
    refusalOf(getJsonArtifact(store, ref, schema));
  const { profile, weights, onnx, golden, sourceManifest, specDigest } = manifest;
  const explanation = needed(manifest.explanation);
  const reference = needed(manifest.reference);
  const exporting = () => refusalOf(inActivity(() => createExportActivity(ports).exportModel(two.exporting)));
  const contract = { ...two.training, source: sourceManifest, firstVersion: true };
  const checking = () => refusalOf(inActivity(() => createExtractActivities(ports).checkContract(contract)));
  return [
    { name: 'model.onnx', key: onnx.key, read: pinned },
    { name: 'golden rows', key: golden.key, read: pinned },
    { name: 'manifest', key: objectKey.version('bike-demand', two.ref.version), read: pinned },
    { name: 'spec', key: objectKey.spec('bike-demand', specDigest), read: pinned },
    { name: 'weights', key: weights.key, read: exporting },
    { name: 'source manifest', key: sourceManifest.key, read: checking },
    { name: 'profile', key: profile.key, read: json(profile, referenceProfileSchema) },
    { name: 'explanation', key: explanation.key, read: json(explanation, explanationSchema) },
    { name: 'reference', key: reference.key, read: json(reference, performanceReferenceSchema) },
  ];
}

const row = { name: 'x', shape: [1], datatype: 'FP64', data: [3] };
const weather = { name: 'weather', shape: [1], datatype: 'BYTES', data: ['wet'] };
const answer = async (): Promise<unknown[]> => {
  const answered = await server.call(`${MODEL}/infer`, { inputs: [row, weather] });
  return [answered.body['model_version'], outputOf(answered, 'prediction')[0]];
};

describe('bytes that rotted', () => {
  it(`${CASES} of ${CASES} artifacts are refused by name and never served`, async () => {
    const all = artifacts();
    const before = await answer();
    const refusals = new Map<string, number>();
    const taken: string[] = [];
    for (let i = 0; i < CASES; i++) {
      const { name, key, read } = all[i % all.length] ?? { name: '', key: '', read: pinned };
      const sound = (await ports.store.get(key))?.bytes ?? new Uint8Array();
      const rotten = damage(sound, Math.floor(i / all.length), random);
      await ports.store.put(key, rotten.bytes);
      const said = await read();
      await ports.store.put(key, sound);
      const known = said === 'artifact-corrupt' || said === 'registry-corrupt';
      if (!known) taken.push(`${name}, ${rotten.kind}: ${said}`);
      refusals.set(name, (refusals.get(name) ?? 0) + 1);
      if (read === pinned) expect(await answer()).toEqual(before);
    }
    expect(taken).toEqual([]);
    expect([...refusals.values()].reduce((sum, count) => sum + count, 0)).toBe(CASES);
    const health = (await server.call('/v2/health/ready')).body as unknown as FleetHealth;
    expect(health.models[0]).toMatchObject({ version: '1', refused: { generation: 2 } });
    // Restored, the same version is taken.
    expect(await pinned()).toBe('taken');
    expect((await answer())[0]).toBe('2');
  });

  it(`${CASES} of ${CASES} snapshots end a training by name before it begins`, async () => {
    let loads = 0;
    const features: RetrainPorts['features'] = {
      ...ports.features,
      until: () => features,
      loadBlocks: (request) => {
        loads += 1;
        return ports.features.loadBlocks(request);
      },
    };
    const { train } = createTrainActivity({ ...ports, features });
    const { key } = two.training.snapshot.file;
    const sound = (await ports.store.get(key))?.bytes ?? new Uint8Array();
    const taken: string[] = [];
    for (let i = 0; i < CASES; i++) {
      const rotten = damage(sound, i, random);
      await ports.store.put(key, rotten.bytes);
      const said = await refusalOf(inActivity(() => train(two.training)));
      if (said !== 'artifact-corrupt') taken.push(`${rotten.kind}: ${said}`);
    }
    expect({ taken, loads }).toEqual({ taken: [], loads: 0 });
    await ports.store.delete(key);
    expect(await refusalOf(inActivity(() => train(two.training)))).toBe('artifact-missing');
    await ports.store.put(key, sound);
    expect(await inActivity(() => train(two.training))).toMatchObject({ kind: releasedSpec.trainer.kind });
    expect(loads).toBe(1);
  });

  it('a copy on the replica’s own disk is not served while the store is away, and is mended when it is back', async () => {
    const copies = createLocalStore({ root: join(server.spoolFolder, 'versions') });
    const copy = async (): Promise<Uint8Array> =>
      (await copies.get(manifest.onnx.key))?.bytes ?? new Uint8Array();
    await expect.poll(async () => (await copy()).length).toBe(manifest.onnx.bytes);
    await server.stop();
    const sound = await copy();
    await copies.put(manifest.onnx.key, damage(sound, 0, random).bytes);
    await server.restart({ PERENNIAL_STORE: join(folder.path, 'data', 'rows.parquet') });
    const away = await server.call(`${MODEL}/infer`, { inputs: [row, weather] });
    expect([away.status, away.body['error']]).toEqual([503, expect.stringContaining('could not be loaded')]);
    const health = (await server.call('/v2/health/ready')).body as unknown as FleetHealth;
    expect([health.ready, health.store.reachable, health.models[0]?.refused?.generation]).toEqual([
      false,
      false,
      2,
    ]);
    await server.restart({ PERENNIAL_POLL_MS: '20' });
    expect((await answer())[0]).toBe('2');
    await expect.poll(copy).toEqual(sound);
  });
});
