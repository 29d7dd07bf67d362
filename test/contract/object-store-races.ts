import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Aliases } from '../../domain/aliases.js';
import type { VersionRef } from '../../domain/references.js';
import { getArtifact, putArtifact, stageArtifact } from '../../storage/objects/artifacts.js';
import type { ObjectStore } from '../../storage/objects/object-store.js';
import { createRegistry } from '../../storage/registry/registry.js';
import { openStore, type Work } from './object-store-process.js';
import type { StoreUnderTest } from './object-store.js';
import { race, startProcess } from './store-processes.js';

const CRASHES = process.env['PERENNIAL_SOAK'] === '1' ? 40 : 4;
const FLOOD_BYTES = 300_000;
const MODEL = 'bike-demand';

/** What several real processes, crashes and rotten bits must not break in a store. */
export function describeStoreRaces(name: string, make: () => Promise<StoreUnderTest> | StoreUnderTest): void {
  describe(`the object store ${name}, from several processes`, () => {
    let under: StoreUnderTest;
    let store: ObjectStore;
    beforeEach(async () => {
      under = await make();
      store = openStore(under.address);
    });
    afterEach(() => under.remove());

    const each = <T>(count: number, of: (i: number) => T): T[] =>
      Array.from({ length: count }, (_, i) => of(i));
    const read = async (key: string): Promise<string> =>
      new TextDecoder().decode((await store.get(key))?.bytes);

    it('lets one of 32 parallel creates win', async () => {
      const said = await race(
        under.address,
        each(4, (i): Work => ({ work: 'create', key: 'k', name: `p${i}`, times: 8 })),
      );
      expect(said.flatMap(({ stored }) => stored)).toEqual([await read('k')]);
    });

    it('counts 200 compare-and-swap increments of four processes one by one', async () => {
      const said = await race(
        under.address,
        each(4, (): Work => ({ work: 'increment', key: 'k', times: 50 })),
      );
      const wrote = said.flatMap(({ wrote: numbers }) => numbers as number[]).sort((a, b) => a - b);
      expect(wrote).toEqual(each(200, (i) => i + 1));
      expect(await read('k')).toBe('200');
    });

    it('keeps the history of aliases linear under 100 racing promotes and rollbacks, one champion at any time', async () => {
      const registry = createRegistry(store);
      const racing = race(
        under.address,
        each(4, (i): Work => ({ work: 'move', model: MODEL, from: 1000 * (i + 1), times: 25 })),
      );
      const watched = watchUntil(racing, () => registry.getAliases(MODEL));
      const said = await racing;
      const history = said.flatMap(({ set }) => set as Aliases[]).sort((a, b) => a.generation - b.generation);
      expect(history.map(({ generation }) => generation)).toEqual(each(100, (i) => i + 1));
      history.forEach((move, i) => expectFollows(move, history[i - 1]));
      expect(history.filter(({ champion }, i) => isEqual(champion, history[i - 1]?.previous))).not.toEqual(
        [],
      );
      expect(await registry.getAliases(MODEL)).toEqual(history.at(-1));
      const seen = await watched;
      expect(seen.map(({ generation }) => generation)).toEqual(
        seen.map(({ generation }) => generation).sort((a, b) => a - b),
      );
      for (const aliases of seen) {
        if (aliases.generation > 0) expect(aliases).toEqual(history[aliases.generation - 1]);
      }
    });

    it('shows no part of an object that a killed process was writing, and nothing is left locked', async () => {
      for (let crash = 0; crash < CRASHES; crash++) {
        const writer = await startProcess(under.address, {
          work: 'flood',
          prefix: 'flood/',
          bytes: FLOOD_BYTES,
        });
        writer.go();
        for (let puts = 0; puts <= crash % 4; puts++) await writer.next();
        await writer.kill();
        await expectWhole(store, 'flood/');
        expect(await store.put('flood/again', new Uint8Array(FLOOD_BYTES).fill(1))).toMatchObject({
          stored: true,
        });
      }
    });

    it('refuses an artifact with one flipped bit, 400 times, and one cut short, and heals when it is put again', async () => {
      const content = Uint8Array.from({ length: 4096 }, (_, i) => (i * 31) % 256);
      const ref = await putArtifact(store, content);
      for (let i = 0; i < 400; i++) {
        const flipped = Uint8Array.from(content);
        const at = (i * 2654435761) % content.length;
        flipped[at] = (flipped[at] ?? 0) ^ (1 << (i % 8));
        await store.put(ref.key, flipped);
        await expect(getArtifact(store, ref)).rejects.toMatchObject({ type: 'artifact-corrupt' });
        if (i % 40 === 0)
          await expect(stageArtifact(store, ref)).rejects.toMatchObject({ type: 'artifact-corrupt' });
      }
      await store.put(ref.key, content.slice(0, -1));
      await expect(getArtifact(store, ref)).rejects.toMatchObject({ type: 'artifact-corrupt' });
      await store.delete(ref.key);
      await expect(getArtifact(store, ref)).rejects.toMatchObject({ type: 'artifact-missing' });
      await expect(stageArtifact(store, ref)).rejects.toMatchObject({ type: 'artifact-missing' });
      expect(await putArtifact(store, content)).toEqual(ref);
      await store.put(ref.key, new Uint8Array(3));
      expect(await putArtifact(store, content)).toEqual(ref);
      expect(Buffer.compare(await getArtifact(store, ref), content)).toBe(0);
      expect(Buffer.compare(readFileSync(await stageArtifact(store, ref)), content)).toBe(0);
    });
  });
}

/** What `look` finds, again and again until the work is done. */
async function watchUntil<T>(work: Promise<unknown>, look: () => Promise<T>): Promise<T[]> {
  let done = false;
  void work.catch(() => undefined).finally(() => (done = true));
  const found: T[] = [];
  while (!done) found.push(await look());
  return found;
}

const isEqual = (a: VersionRef | null, b: VersionRef | null | undefined): boolean =>
  a !== null && a.version === b?.version;

/** A rollback goes to the previous champion and leaves none; a promote keeps the champion it replaced. */
function expectFollows(move: Aliases, before: Aliases | undefined): void {
  expect(move.champion).not.toBeNull();
  if (move.previous !== null || before === undefined) expect(move.previous).toEqual(before?.champion ?? null);
  else expect(move.champion).toEqual(before.previous);
}

async function expectWhole(store: ObjectStore, prefix: string): Promise<void> {
  for await (const { key, bytes } of store.list(prefix)) {
    const content = (await store.get(key))?.bytes ?? new Uint8Array();
    expect({ key, bytes, length: content.length }).toEqual({ key, bytes: FLOOD_BYTES, length: FLOOD_BYTES });
    expect(content.every((byte) => byte === content[0])).toBe(true);
  }
}
