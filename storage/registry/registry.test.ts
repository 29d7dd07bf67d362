import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { noAliases, type Aliases } from '../../domain/aliases.js';
import type { LedgerLine } from '../../domain/ledger.js';
import { specSchema } from '../../domain/spec/spec.js';
import { sampleEntry, sampleManifest, scratchFolder } from '../fixtures.js';
import { createLocalStore } from '../objects/local-store.js';
import type { ObjectStore } from '../objects/object-store.js';
import { LEDGER_START, sealLine } from './ledger-line.js';
import { createRegistry, type Registry } from './registry.js';
import { specDigest } from './spec-digest.js';

const MODEL = 'bike-demand';
let folder: ReturnType<typeof scratchFolder>;
let store: ObjectStore;
let registry: Registry;

beforeEach(() => {
  folder = scratchFolder();
  store = createLocalStore({ root: folder.path });
  registry = createRegistry(store);
});
afterEach(() => folder.remove());

function chain(effective: readonly (readonly [string | null, number | null])[]): LedgerLine[] {
  const lines: LedgerLine[] = [];
  for (const [effectiveFrom, champion] of effective) {
    const previousHash = lines.at(-1)?.hash ?? LEDGER_START;
    const place = {
      model: MODEL,
      seq: lines.length + 1,
      previousHash,
      decidedAt: '2026-01-01T00:00:00.000Z',
    };
    lines.push(sealLine(sampleEntry({ effectiveFrom, champion }), place));
  }
  return lines;
}

const spec = specSchema.parse({
  model: MODEL,
  task: { kind: 'regression', label: 'cnt', metric: 'mae', naive: { kind: 'mean' } },
  source: { rows: 'rows.csv', eventTime: 'at' },
  features: { temp: { type: 'number' } },
  window: { kind: 'fixed', length: '90 days', validation: '7 days', holdout: '14 days' },
  trainer: { kind: 'linear' },
});

describe('specs', () => {
  it('come back as they were stored, by digest', async () => {
    const { digest } = await registry.putSpec(spec);
    expect(await registry.putSpec(spec)).toEqual({ digest });
    expect(digest).toBe(specDigest(spec));
    expect(await registry.getSpec(MODEL, digest)).toEqual(spec);
  });

  it('are refused when unknown or damaged', async () => {
    await expect(registry.getSpec(MODEL, 'f'.repeat(64))).rejects.toMatchObject({ type: 'unknown-spec' });
    const { digest } = await registry.putSpec(spec);
    const path = join(folder.path, `models/${MODEL}/specs/${digest}.json`);
    writeFileSync(path, '{}');
    await expect(registry.getSpec(MODEL, digest)).rejects.toMatchObject({ type: 'registry-corrupt' });
  });
});

describe('versions', () => {
  it('count from one, and an equal manifest keeps its number', async () => {
    const first = await registry.register(sampleManifest(1));
    const second = await registry.register(sampleManifest(2));
    expect([first.version, second.version]).toEqual([1, 2]);
    expect(await registry.register(sampleManifest(1))).toEqual(first);
    expect(await registry.listVersions(MODEL)).toEqual([first, second]);
    expect(await registry.getManifest(MODEL, 2)).toEqual({ ref: second, manifest: sampleManifest(2) });
  });

  it('get distinct numbers without gaps when twenty callers race, equal manifests one number', async () => {
    const seeds = Array.from({ length: 20 }, (_, i) => i % 10);
    const refs = await Promise.all(seeds.map((seed) => registry.register(sampleManifest(seed))));
    const numbers = [...new Set(refs.map((ref) => ref.version))].sort((a, b) => a - b);
    expect(numbers).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    seeds.forEach((seed, i) => expect(refs[i]).toEqual(refs[seed]));
  });

  it('are refused when unknown or damaged', async () => {
    await expect(registry.getManifest(MODEL, 7)).rejects.toThrow(
      `version of model bike-demand in ${store.name} is 7; expected a registered version. ` +
        '`perennial versions bike-demand` lists them.',
    );
    await registry.register(sampleManifest(1));
    const key = `models/${MODEL}/versions/00000001.json`;
    const text = new TextDecoder().decode((await store.get(key))?.bytes);
    await store.put(key, new TextEncoder().encode(text.replace('"seed":1', '"seed":9')));
    await expect(registry.getManifest(MODEL, 1)).rejects.toMatchObject({ type: 'registry-corrupt' });
  });

  it('name their models', async () => {
    expect(await registry.models()).toEqual([]);
    await registry.register(sampleManifest(1, 'b-model'));
    await registry.register(sampleManifest(1, 'a-model'));
    expect(await registry.models()).toEqual(['a-model', 'b-model']);
  });
});

describe('aliases', () => {
  const champion = { version: 1, digest: 'a'.repeat(64) };
  const at = (generation: number, over: Partial<Aliases> = {}): Aliases => ({
    ...noAliases(MODEL),
    generation,
    champion,
    ...over,
  });

  it('start at generation 0 without a version', async () => {
    expect(await registry.getAliases(MODEL)).toEqual(noAliases(MODEL));
  });

  it('move to a higher generation only, and the same call twice is one', async () => {
    expect(await registry.setAliases(at(1))).toBe('set');
    expect(await registry.setAliases(at(1))).toBe('already');
    expect(await registry.setAliases(at(5))).toBe('set');
    await expect(registry.setAliases(at(4))).rejects.toMatchObject({ type: 'stale-generation' });
    await expect(registry.setAliases(at(5, { baking: true }))).rejects.toThrow(
      'aliases of model bike-demand: generation is 5; expected more than 5, which is stored with champion 1. ' +
        'Another change came first; read the aliases again and decide anew.',
    );
    expect(await registry.getAliases(MODEL)).toEqual(at(5));
  });

  it('keep a linear history under 100 racing promotions', async () => {
    const won: Aliases[] = [];
    const promote = async (version: number): Promise<void> => {
      const seen = await registry.getAliases(MODEL);
      const next = at(seen.generation + 1, {
        champion: { version, digest: 'b'.repeat(64) },
        previous: seen.champion,
      });
      try {
        await registry.setAliases(next);
        won.push(next);
      } catch (error) {
        expect(error).toMatchObject({ type: 'stale-generation' });
        await promote(version);
      }
    };
    await Promise.all(Array.from({ length: 100 }, (_, i) => promote(i + 1)));
    const history = won.sort((a, b) => a.generation - b.generation);
    expect(history.map((aliases) => aliases.generation)).toEqual(
      Array.from({ length: 100 }, (_, i) => i + 1),
    );
    history.forEach((aliases, i) => expect(aliases.previous).toEqual(history[i - 1]?.champion ?? null));
    expect(await registry.getAliases(MODEL)).toEqual(history.at(-1));
  });
});

describe('the ledger', () => {
  it('keeps lines in order and takes a repeated append as one', async () => {
    const lines = chain([
      [null, null],
      [null, 1],
      [null, 1],
    ]);
    await registry.appendLedger(lines.slice(0, 2));
    await registry.appendLedger(lines);
    await Promise.all([registry.appendLedger(lines), registry.appendLedger(lines)]);
    expect(await registry.ledger(MODEL)).toEqual(lines);
  });

  it('refuses another line under a taken number, a gap, and a line changed after it was sealed', async () => {
    const lines = chain([
      [null, null],
      [null, 1],
      [null, 1],
    ]);
    await registry.appendLedger(lines.slice(0, 1));
    const [other] = chain([[null, 9]]);
    const changed = lines.slice(1, 2).map((line) => ({ ...line, who: 'mallory' }));
    for (const refused of [[other], lines.slice(2), changed]) {
      const some = refused.filter((line) => line !== undefined);
      await expect(registry.appendLedger(some)).rejects.toMatchObject({ type: 'ledger-conflict' });
    }
    expect(await registry.ledger(MODEL)).toEqual(lines.slice(0, 1));
  });

  it('shows a line that was edited or removed in the store', async () => {
    await registry.appendLedger(
      chain([
        [null, null],
        [null, 1],
        [null, 1],
      ]),
    );
    const key = `models/${MODEL}/ledger/00000002.json`;
    const text = new TextDecoder().decode((await store.get(key))?.bytes);
    await store.put(key, new TextEncoder().encode(text.replace('"who":"ada"', '"who":"eve"')));
    await expect(registry.ledger(MODEL)).rejects.toMatchObject({ type: 'registry-corrupt' });
    await store.delete(key);
    await expect(registry.ledger(MODEL)).rejects.toMatchObject({ type: 'registry-corrupt' });
  });

  it('answers what served at an instant', async () => {
    const day = (d: number): string => `2011-05-0${d}T00:00:00.000Z`;
    await registry.appendLedger(
      chain([
        [null, null],
        [day(2), 1],
        [null, 1],
        [day(4), 2],
        [day(6), 1],
        [day(8), null],
      ]),
    );
    const served = await Promise.all(
      [1, 2, 3, 4, 5, 6, 7, 8, 9].map((d) => registry.servingAt(MODEL, day(d))),
    );
    const one = [{ version: 1, share: 1 }];
    const two = [{ version: 2, share: 1 }];
    expect(served).toEqual([[], one, one, two, two, one, one, [], []]);
  });

  it('lets the last decision win when two took effect at the same instant', async () => {
    const at = '2011-05-02T00:00:00.000Z';
    await registry.appendLedger(
      chain([
        [at, 1],
        [at, 2],
      ]),
    );
    expect(await registry.servingAt(MODEL, at)).toEqual([{ version: 2, share: 1 }]);
  });
});

it('leaves no unfinished file behind', async () => {
  await registry.register(sampleManifest(1));
  expect(readdirSync(join(folder.path, '.scratch'))).toEqual([]);
});
