import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { objectKey } from '../../domain/names.js';
import { scratchFolder } from '../fixtures.js';
import { putArtifact } from '../objects/artifacts.js';
import { createLocalStore } from '../objects/local-store.js';
import type { ObjectStore } from '../objects/object-store.js';
import { prune } from './prune.js';

let folder: ReturnType<typeof scratchFolder>;
beforeEach(() => {
  folder = scratchFolder();
});
afterEach(() => folder.remove());

const DAY_MS = 86_400_000;
const tenDaysAgo = (): number => Date.now() - 10 * DAY_MS;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A store of its own below the scratch folder. */
function newStore(name: string) {
  const root = join(folder.path, name);
  const store = createLocalStore({ root });
  const age = (key: string, days: number): void => {
    const at = Date.now() / 1000 - days * 86_400;
    utimesSync(join(root, key), at, at);
  };
  return { store, age };
}

async function keysOf(store: ObjectStore): Promise<Set<string>> {
  const keys = new Set<string>();
  for await (const { key } of store.list('')) keys.add(key);
  return keys;
}

/** Where references stand: each blob is named by at most one of these, or by the blob after it. */
const holders = [
  (i: number) => objectKey.version('m', i + 1),
  (i: number) => objectKey.ledgerLine('m', i + 1),
  (i: number) => `models/m/lookup/abc/${i}`,
  (i: number) => `formats/of-tomorrow/${i}.bin`,
];

const blobArbitrary = fc.record({
  days: fc.constantFrom(0, 5, 9, 11, 40),
  holder: fc.constantFrom('none', 'next', 'state', 0, 1, 2, 3),
});

describe('pruning', () => {
  it('never deletes what is referred to or young, and deletes all else, whatever the store holds', async () => {
    let n = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(blobArbitrary, { maxLength: 12 }), async (plan) => {
        const { store, age } = newStore(`store-${n++}`);
        const states: string[] = [];
        const keys: string[] = [];
        const kept = new Set<string>();
        // From the last to the first, so that a blob can be named by the one after it... which is stored later.
        let named = '';
        let reachable = false;
        for (const [i, { days, holder }] of plan.entries()) {
          const { key } = await putArtifact(store, bytes(JSON.stringify({ i, child: named })));
          keys.push(key);
          age(key, days);
          if (typeof holder === 'number')
            await store.put(holders[holder]?.(i) ?? '', bytes(`{"ref":"${key}"}`));
          if (holder === 'state') states.push(`{"queue":[{"key":"${key}"}]}`);
          reachable = typeof holder === 'number' || holder === 'state';
          if (reachable || days < 10) kept.add(key);
          // What a kept blob names is kept with it, all the way down.
          if (reachable)
            for (let j = i - 1; j >= 0 && plan[j]?.holder === 'next'; j--) kept.add(keys[j] ?? '');
          named = holder === 'next' ? key : '';
        }
        const before = await keysOf(store);
        const options = { before: tenDaysAgo(), alsoReferring: states };
        const dry = await prune(store, { ...options, delete: false });
        expect(await keysOf(store)).toEqual(before);
        const real = await prune(store, { ...options, delete: true });
        expect(real.garbage).toEqual(dry.garbage);
        const left = await keysOf(store);
        for (const key of keys) expect({ key, left: left.has(key) }).toEqual({ key, left: kept.has(key) });
        for (const key of before) if (!key.startsWith('blobs/')) expect(left.has(key)).toBe(true);
        expect((await prune(store, { ...options, delete: true })).garbage).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it('keeps a blob that is stored again while it looks', async () => {
    const { store, age } = newStore('s');
    const content = bytes('the same snapshot again');
    const { key } = await putArtifact(store, content);
    age(key, 40);
    let listings = 0;
    const racing: ObjectStore = {
      ...store,
      async *list(prefix) {
        yield* store.list(prefix);
        if (++listings === 1) await putArtifact(store, content);
      },
    };
    expect((await prune(racing, { before: tenDaysAgo(), delete: true })).garbage).toHaveLength(1);
    expect(await store.get(key)).toBeDefined();
  });

  it('forgets checkpoints and probes of processes that died, with the bytes they name, and keeps those of now', async () => {
    const { store, age } = newStore('s');
    for (const [run, days] of [
      ['old', 40],
      ['new', 1],
    ] as const) {
      const { key } = await putArtifact(store, bytes(`weights of ${run}`));
      age(key, 40);
      await store.put(objectKey.checkpoint('m', run), bytes(`{"bytes":{"key":"${key}"}}`));
      age(objectKey.checkpoint('m', run), days);
    }
    await store.put(objectKey.probe('p'), bytes('probe'));
    age(objectKey.probe('p'), 40);
    expect((await prune(store, { before: tenDaysAgo(), delete: true })).garbage).toHaveLength(3);
    const left = [...(await keysOf(store))];
    expect(left).toContain(objectKey.checkpoint('m', 'new'));
    expect(left).toHaveLength(2);
  });

  it('refuses a grace in which a retrain could still be running', async () => {
    const { store } = newStore('s');
    await expect(prune(store, { before: Date.now() - DAY_MS, delete: false })).rejects.toThrow(
      "grace of pruning is '24 hours'; expected at least 2 days: a retrain refers to what it stored when it registers its version. Give a longer --older-than.",
    );
  });
});
