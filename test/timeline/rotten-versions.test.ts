import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createServingDoor } from '../../activities/serving-door.js';
import { createCli } from '../../client/cli/program.js';
import { keptIo } from '../../client/cli/test-io.js';
import { constant, registerHandMade } from '../../serving/fixtures.js';
import { inferBody, outputOf } from '../../serving/test-server.js';
import { putArtifact, stageArtifact } from '../../storage/objects/artifacts.js';
import { createLocalStore } from '../../storage/objects/local-store.js';
import type { ObjectStore } from '../../storage/objects/object-store.js';
import { askNew, bakeSaw, idle, serveFirst, waitingIn } from '../replay/steps.js';
import { startScriptedModel, type ScriptedModel } from '../support/scripted-model.js';
import { sharedServer } from '../support/temporal.js';
import { servingBench, type ServingProcess } from '../support/serving.js';

const COPIES = join('r1', 'versions');

/** A real lifecycle before a real serving process over one store. Version n predicts n. */
async function served() {
  const bench = servingBench();
  let replica: ServingProcess | undefined;
  const line = await startScriptedModel({
    lookEveryMs: 1000,
    serving: async (storeFolder) => {
      replica = await bench.start({ PERENNIAL_STORE: storeFolder, PERENNIAL_POLL_MS: '200' });
      return createServingDoor({ urls: [replica.url] });
    },
  });
  if (replica === undefined) throw new Error('no replica was started');
  const store = createLocalStore({ root: line.storeFolder });
  line.script.violations = ['no rows'];
  await line.apply();
  await idle(line);
  return { line, store, replica, copies: createLocalStore({ root: join(bench.folder, COPIES) }) };
}

async function register(line: ScriptedModel, store: ObjectStore, value: number): Promise<string> {
  const { version } = await registerHandMade(store, constant(value), { model: line.model });
  return (await line.registry.getManifest(line.model, version)).manifest.onnx.key;
}

async function promote(line: ScriptedModel, version: number): Promise<void> {
  await line.update('promote', { version, override: true, by: 'ada', reason: 'to begin with' });
  if (version > 1) {
    await waitingIn(line, version, 'bake');
    line.bake.open(bakeSaw('pass'));
  }
  await idle(line);
}

async function flipBit(store: ObjectStore, key: string): Promise<void> {
  const bytes = Uint8Array.from((await store.get(key))?.bytes ?? []);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 4;
  await store.put(key, bytes);
}

/** What a person sees who runs `perennial <command> <model>`. */
async function screen(line: ScriptedModel, command: string): Promise<string> {
  const { address, namespace } = sharedServer();
  const where = ['--store', line.storeFolder, '--address', address, '--namespace', namespace];
  const io = keptIo({ width: 200 });
  await createCli(io).run([command, line.model, ...where, '--task-queue', line.taskQueue]);
  return io.written.join('\n');
}

/** A file stands where the store's folder was, so that nothing can be read or written there. */
function takeAway(folder: string): () => void {
  renameSync(folder, `${folder}.away`);
  writeFileSync(folder, '');
  return () => {
    rmSync(folder);
    renameSync(`${folder}.away`, folder);
  };
}

it('falls back past what is damaged, says so, also without the store, and serves nothing damaged', async () => {
  const { line, store, replica, copies } = await served();
  const predicts = async (): Promise<unknown> =>
    outputOf(await replica.call(`/v2/models/${line.model}/infer`, inferBody([1])), 'prediction')[0];
  const told = async (kind: string): Promise<string[]> =>
    (await line.registry.ledger(line.model)).filter((one) => one.kind === kind).map(({ why }) => why);
  const keys: string[] = [];
  for (const value of [1, 2, 3, 4]) {
    keys.push(await register(line, store, value));
    await promote(line, value);
  }
  const key = (version: number): string => keys[version - 1] ?? '';
  expect(await predicts()).toBe(4);

  // The store is gone, and so is the copy of the previous champion: the one before it is verified and on the replica's disk.
  await copies.delete(key(3));
  const bringBack = takeAway(line.storeFolder);
  const back = line.update('rollback', { by: 'ada', reason: 'wrong prices' });
  await expect.poll(predicts).toBe(2);
  bringBack();
  expect(await back).toMatchObject({
    outcome: 'rolled-back',
    version: 2,
    instead: expect.stringContaining('version 3 cannot be served: file:') as string,
  });
  await line.until('the store has it', ({ outbox, republish }) => outbox.length === 0 && !republish);
  expect((await line.registry.getAliases(line.model)).champion?.version).toBe(2);
  expect(await told('unservable')).toEqual([expect.stringContaining('(store-unavailable at http')]);
  expect((await told('rolled-back')).at(-1)).toContain('wrong prices; version 3 cannot be served');
  expect(await predicts()).toBe(2);

  // Every former champion is damaged, here and there: nothing to go back to, and the champion stays.
  keys.push(await register(line, store, 5));
  await promote(line, 5);
  await flipBit(store, key(3));
  for (const version of [1, 2]) for (const each of [store, copies]) await flipBit(each, key(version));
  expect(await line.update('rollback', { by: 'ada' })).toMatchObject({
    outcome: 'refused',
    because: expect.stringContaining('no former champion can be served') as string,
  });
  expect(await line.update('rollback', { by: 'ada', to: 1 })).toMatchObject({
    outcome: 'refused',
    because: expect.stringContaining('version 1 cannot be served') as string,
  });
  await idle(line);
  const refused = (await told('unservable')).slice(1);
  expect(refused.map((why) => [why.slice(0, 9), why.includes('artifact-corrupt')])).toEqual([
    ['version 2', true],
    ['version 3', true],
    ['version 1', true],
    ['version 1', true],
  ]);
  expect(await predicts()).toBe(5);
  expect((await line.state()).aliases).toMatchObject({ champion: { version: 5 }, previous: { version: 2 } });

  // A candidate whose bytes rotted gets no traffic and is no champion anywhere.
  keys.push(await register(line, store, 6));
  await flipBit(store, key(6));
  await line.update('promote', { version: 6, override: true, by: 'ada', reason: 'prices' });
  await idle(line);
  expect((await told('rollout-ended')).at(-1)).toContain('refused: version 6 cannot be served: artifact');
  expect((await line.registry.getAliases(line.model)).champion?.version).toBe(5);
  expect(await predicts()).toBe(5);

  expect(await screen(line, 'status')).toContain('damaged    version 6 cannot be served: artifact');

  // Restored from a copy, it serves again.
  await flipBit(store, key(2));
  expect(await screen(line, 'rollback')).toContain('serves v2 again');
  expect(await predicts()).toBe(2);
});

it('a snapshot that rotted ends its retrain by name, in the ledger, and the next one stores it again', async () => {
  const line = await startScriptedModel();
  const store = createLocalStore({ root: line.storeFolder });
  const snapshot = Uint8Array.from({ length: 4096 }, (_, i) => i % 256);
  const ref = await putArtifact(store, snapshot);
  await serveFirst(line);
  await flipBit(store, ref.key);
  line.script.heavyWork = () => stageArtifact(store, ref);
  await askNew(line);
  await idle(line);
  const ended = (await line.registry.ledger(line.model)).findLast(({ kind }) => kind === 'retrain-ended');
  expect(ended?.why).toMatch(/^artifact-corrupt: artifact blobs\/.* It was not used/);
  expect((await line.state()).aliases.champion?.version).toBe(1);

  await putArtifact(store, snapshot);
  await askNew(line);
  await waitingIn(line, 2, 'shadow');
});
