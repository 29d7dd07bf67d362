import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { noAliases } from '../../domain/aliases.js';
import { canonicalJson } from '../../domain/canonical.js';
import { PerennialError } from '../../domain/errors.js';
import { objectKey } from '../../domain/names.js';
import { sampleEntry, sampleManifest, scratchFolder } from '../fixtures.js';
import { createLocalStore } from '../objects/local-store.js';
import type { ObjectStore } from '../objects/object-store.js';
import { LEDGER_START, sealLine } from './ledger-line.js';
import { createRegistry, type Registry } from './registry.js';

const MODEL = 'bike-demand';
const SOAK = process.env['PERENNIAL_SOAK'] === '1';
const aliases = (generation: number, version: number) => ({
  ...noAliases(MODEL),
  generation,
  champion: { version, digest: 'a'.repeat(64) },
});
const line = sealLine(sampleEntry(), {
  model: MODEL,
  seq: 1,
  previousHash: LEDGER_START,
  decidedAt: '2026-01-01T00:00:00.000Z',
});

let store: ObjectStore;
let registry: Registry;
beforeEach(async () => {
  const folder = scratchFolder();
  onTestFinished(folder.remove);
  store = createLocalStore({ root: folder.path });
  registry = createRegistry(store);
  await registry.register(sampleManifest(1));
  await registry.setAliases(aliases(5, 1));
  await registry.appendLedger([line]);
});

/** A registry that finds other bytes under one key. */
function finding(key: string, bytes: Uint8Array): Registry {
  const get: ObjectStore['get'] = (asked) =>
    asked === key ? Promise.resolve({ bytes, etag: 'rotten' }) : store.get(asked);
  return createRegistry({ ...store, get });
}

const typeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'taken',
    (error: unknown) => (error instanceof PerennialError ? error.type : String(error)),
  );

describe('an object of the registry', () => {
  it.each([
    ['aliases', objectKey.aliases(MODEL), (one: Registry) => one.getAliases(MODEL)],
    ['manifest', objectKey.version(MODEL, 1), (one: Registry) => one.getManifest(MODEL, 1)],
    ['ledger line', objectKey.ledgerLine(MODEL, 1), (one: Registry) => one.ledger(MODEL)],
  ])('(%s) is refused with a bit of any byte flipped, and cut short anywhere', async (_what, key, read) => {
    const sound = (await store.get(key))?.bytes ?? new Uint8Array();
    expect(await typeOf(read(finding(key, sound)))).toBe('taken');
    const taken: string[] = [];
    const check = async (name: string, bytes: Uint8Array): Promise<void> => {
      const type = await typeOf(read(finding(key, bytes)));
      if (type !== 'registry-corrupt') taken.push(`${name}: ${type}`);
    };
    for (let at = 0; at < sound.length; at++) {
      if (at % 8 === 0 || SOAK) await check(`cut at ${at}`, sound.slice(0, at));
      for (const bit of SOAK ? [0, 1, 2, 3, 4, 5, 6, 7] : [at % 8]) {
        const flipped = Uint8Array.from(sound);
        flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
        await check(`bit ${bit} of byte ${at}`, flipped);
      }
    }
    expect(taken).toEqual([]);
  });
});

describe('aliases', () => {
  it('that rotted are replaced by whoever moves them next', async () => {
    await store.put(objectKey.aliases(MODEL), new TextEncoder().encode('{"generation":'));
    expect(await typeOf(registry.getAliases(MODEL))).toBe('registry-corrupt');
    expect(await registry.setAliases(aliases(6, 2))).toBe('set');
    expect(await registry.getAliases(MODEL)).toEqual(aliases(6, 2));
  });

  it('of the first format, without a digest, are read and moved', async () => {
    await store.put(objectKey.aliases(MODEL), new TextEncoder().encode(canonicalJson(aliases(5, 1))));
    expect(await registry.getAliases(MODEL)).toEqual(aliases(5, 1));
    expect(await registry.setAliases(aliases(5, 1))).toBe('already');
    expect(await typeOf(registry.setAliases(aliases(4, 2)))).toBe('stale-generation');
    expect(await registry.setAliases(aliases(6, 2))).toBe('set');
  });
});
