import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { instant } from '../../domain/references.js';
import { createFeatureEngine, type FeatureEngine } from '../../engines/features/feature-engine.js';
import { makeSpec } from '../../engines/features/feature-fixture.js';
import { createDiskCache } from '../../storage/objects/disk-cache.js';
import { openStore } from '../../storage/objects/open-store.js';
import type { ObjectStore } from '../../storage/objects/object-store.js';
import { createS3Files } from '../../storage/objects/s3/s3-files.js';
import { startS3Proxy, type S3Proxy } from '../support/s3-proxy.js';

const real = inject('s3Environment');
const AS_OF = instant('2024-02-01T00:00:00Z');
const LIMIT = 4000;

let folder: string;
let root: string;
let bucket: ObjectStore;
let proxy: S3Proxy;
let engine: FeatureEngine;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'perennial-s3-sources-'));
  root = `s3://perennial/sources/${randomUUID()}`;
  bucket = openStore(root, { cache: join(folder, 'other'), env: real });
  proxy = await startS3Proxy(real.AWS_ENDPOINT_URL_S3);
  engine = createFeatureEngine({
    dataRoots: [join(folder, 'data'), root],
    stagingDir: join(folder, 'staging'),
    buckets: {
      files: createS3Files({ ...real, AWS_ENDPOINT_URL_S3: proxy.endpoint }),
      copies: createDiskCache({ folder: copies(), limitBytes: LIMIT, keepMs: 60_000 }),
    },
  });
});
afterEach(async () => {
  await proxy.close();
  rmSync(folder, { recursive: true, force: true });
});

const copies = (): string => join(folder, 'copies');
const deliver = (key: string, content: string): Promise<unknown> =>
  bucket.put(key, new TextEncoder().encode(content));
const from = (rows: string) => makeSpec({ source: { rows, eventTime: 't' } });
const reads = (): number =>
  proxy.seen.filter(({ method, url }) => method === 'GET' && !url.includes('list-type')).length;
const held = (): number =>
  readdirSync(copies()).reduce((sum, name) => sum + statSync(join(copies(), name)).size, 0);
/** A week of rows, of about `lines` × 14 bytes. */
const week = (day: string, lines = 1): string => `t,y\n${`2024-01-${day},100\n`.repeat(lines)}`;

/** Every copy was used two minutes ago. */
function letTimePass(): void {
  const then = Date.now() / 1000 - 120;
  for (const name of readdirSync(copies())) utimesSync(join(copies(), name), then, then);
}

it('names files of a pattern by address, size, digest and rows, and reads each once', async () => {
  await deliver('weeks/b.csv', week('02'));
  await deliver('weeks/a.csv', week('01', 2));
  await deliver('weeks/deep/c.csv', week('03'));
  await deliver('weeks/d.txt', 'x');
  const spec = from(`${root}/weeks/*.csv`);
  const source = await engine.freezeSource({ spec, asOf: AS_OF });
  expect(source.files.map(({ path, rows }) => [path, rows])).toEqual([
    [`${root}/weeks/a.csv`, 2],
    [`${root}/weeks/b.csv`, 1],
  ]);
  expect(reads()).toBe(2);
  expect(await engine.freezeSource({ spec, asOf: AS_OF })).toEqual(source);
  expect(await engine.newestEvent({ spec, source })).toBe('2024-01-02T00:00:00.000Z');
  expect(reads()).toBe(2);
  const deep = await engine.freezeSource({ spec: from(`${root}/**/*.csv`), asOf: AS_OF });
  expect(deep.files.map(({ path }) => path.slice(root.length))).toEqual([
    '/weeks/a.csv',
    '/weeks/b.csv',
    '/weeks/deep/c.csv',
  ]);
});

it('reads the frozen rows after the file has changed, for as long as the copy is here; then the run ends', async () => {
  await deliver('rows.csv', week('01'));
  const spec = from(`${root}/rows.csv`);
  const source = await engine.freezeSource({ spec, asOf: AS_OF });
  await deliver('rows.csv', week('09'));
  expect(await engine.newestEvent({ spec, source })).toBe('2024-01-01T00:00:00.000Z');
  rmSync(copies(), { recursive: true });
  await expect(engine.newestEvent({ spec, source })).rejects.toMatchObject({ type: 'source-changed' });
  await deliver('rows.csv', week('01'));
  expect(await engine.newestEvent({ spec, source })).toBe('2024-01-01T00:00:00.000Z');
  await bucket.delete('rows.csv');
  rmSync(copies(), { recursive: true });
  await expect(engine.newestEvent({ spec, source })).rejects.toThrow(/is 'gone'/);
});

it('never keeps more copies than its limit: the one used longest ago goes, and is read again when needed', async () => {
  const day = (n: number): string => String(n).padStart(2, '0');
  for (let n = 1; n <= 8; n++) await deliver(`w${n}.csv`, week(day(n), 100));
  const sources = [];
  for (let n = 1; n <= 8; n++) {
    const spec = from(`${root}/w${n}.csv`);
    sources.push({ spec, source: await engine.freezeSource({ spec, asOf: AS_OF }), n });
    expect(held()).toBeLessThanOrEqual(LIMIT);
    letTimePass();
  }
  expect(reads()).toBe(8);
  for (const { spec, source, n } of sources) {
    expect(await engine.newestEvent({ spec, source })).toBe(`2024-01-${day(n)}T00:00:00.000Z`);
    expect(held()).toBeLessThanOrEqual(LIMIT);
    letTimePass();
  }
  expect(reads()).toBeGreaterThan(8);
});

it('says what to do when what one run reads does not fit', async () => {
  for (let n = 1; n <= 8; n++) await deliver(`w${n}.csv`, week('01', 100 + n));
  const all = engine.freezeSource({ spec: from(`${root}/*.csv`), asOf: AS_OF });
  await expect(all).rejects.toThrow(/expected at most 4000 bytes in all.*raise PERENNIAL_CACHE_BYTES/);
  expect(held()).toBeLessThanOrEqual(LIMIT);
  await deliver('huge.csv', week('01', 1000));
  const huge = engine.freezeSource({ spec: from(`${root}/huge.csv`), asOf: AS_OF });
  await expect(huge).rejects.toMatchObject({ type: 'cache-too-small' });
});

it('reads a file whose answer breaks off again, never in part', async () => {
  await deliver('rows.csv', week('01', 200));
  const spec = from(`${root}/rows.csv`);
  let cuts = 0;
  proxy.decide(({ url }) => (url.includes('list-type') || cuts++ > 1 ? 'pass' : 'cut'));
  const source = await engine.freezeSource({ spec, asOf: AS_OF });
  expect(source.files[0]?.rows).toBe(200);
  expect(cuts).toBe(3);
  proxy.decide(({ url }) => (url.includes('list-type') ? 'pass' : 'cut'));
  await deliver('rows.csv', week('02', 200));
  letTimePass();
  await expect(engine.freezeSource({ spec, asOf: AS_OF })).rejects.toMatchObject({
    type: 'store-unavailable',
  });
  expect(held()).toBeLessThan(LIMIT);
});

it.each([
  ['another bucket', 's3://elsewhere/a.csv'],
  ['beside the root', 's3://perennial/sources/a.csv'],
  ['a climb', 'ROOT/../a.csv'],
  ['an empty name', 'ROOT//a.csv'],
])('refuses %s', async (_, rows) => {
  const spec = from(rows.replace('ROOT', root));
  await expect(engine.freezeSource({ spec, asOf: AS_OF })).rejects.toMatchObject({
    type: 'source-outside-root',
  });
  expect(proxy.seen).toEqual([]);
});

it('says that nothing matches, and that a worker reads no buckets', async () => {
  const missing = engine.freezeSource({ spec: from(`${root}/none/*.csv`), asOf: AS_OF });
  await expect(missing).rejects.toMatchObject({ type: 'source-missing' });
  const folders = createFeatureEngine({ dataRoots: [folder], stagingDir: join(folder, 'staging') });
  const refused = folders.freezeSource({ spec: from(`${root}/a.csv`), asOf: AS_OF });
  await expect(refused).rejects.toMatchObject({ type: 'source-outside-root' });
});
