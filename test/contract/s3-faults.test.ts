import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { putArtifact, stageArtifact } from '../../storage/objects/artifacts.js';
import { openStore } from '../../storage/objects/open-store.js';
import type { ObjectStore } from '../../storage/objects/object-store.js';
import { createRandom } from '../../stats/random.js';
import { startS3Proxy, type Fate, type S3Proxy } from '../support/s3-proxy.js';

const real = inject('s3Environment');
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (content: Uint8Array | undefined): string => new TextDecoder().decode(content);

let proxy: S3Proxy;
let cache: string;
let address: string;
/** Requests go through the proxy. */
let store: ObjectStore;
/** Requests do not. */
let other: ObjectStore;
beforeEach(async () => {
  cache = mkdtempSync(join(tmpdir(), 'perennial-s3-faults-'));
  address = `s3://perennial/faults/${randomUUID()}`;
  proxy = await startS3Proxy(real.AWS_ENDPOINT_URL_S3);
  const env = { ...real, AWS_ENDPOINT_URL_S3: proxy.endpoint, PERENNIAL_S3_TIMEOUT_MS: '4000' };
  store = openStore(address, { cache, env });
  other = openStore(address, { cache, env: real });
  await store.put('checked', bytes(''), { ifNoneMatch: '*' }); // the self-test is over
});
afterEach(async () => {
  await proxy.close();
  rmSync(cache, { recursive: true, force: true });
});

/** The next requests of a method meet these fates, the others pass. */
function next(method: string, ...fates: Fate[]): void {
  const left = [...fates];
  proxy.decide((seen) => {
    const fate = seen.method === method ? left.shift() : undefined;
    return fate ?? 'pass';
  });
}
const puts = (): number => proxy.seen.filter(({ method }) => method === 'PUT').length;

describe('a lost answer', () => {
  it.each(['lose', 'silent'] as const)(
    'of a create is looked up, and the create is not repeated (%s)',
    async (fate) => {
      next('PUT', fate);
      const before = puts();
      const result = await store.put('k', bytes('mine'), { ifNoneMatch: '*' });
      expect(result).toEqual({ stored: true, etag: (await store.get('k'))?.etag });
      expect(puts() - before).toBe(1);
    },
  );

  it('of a create that another had won is a refusal, also of equal bytes', async () => {
    await other.put('k', bytes('same'), { ifNoneMatch: '*' });
    next('PUT', 'lose');
    expect(await store.put('k', bytes('same'), { ifNoneMatch: '*' })).toEqual({
      stored: false,
      reason: 'exists',
    });
  });

  it('of a change is looked up, and says so also when another change has followed it', async () => {
    await store.put('k', bytes('0'));
    const seen = (await store.get('k'))?.etag ?? '';
    let followed: Promise<unknown> | undefined;
    // Its looks at what became of it go unanswered until another, which saw ours, has changed it again.
    proxy.decide(({ method }) => (method === 'PUT' ? 'lose' : followed === undefined ? 'busy' : 'pass'));
    const change = store.put('k', bytes('1'), { ifMatch: seen });
    for (;;) {
      const found = await other.get('k');
      if (text(found?.bytes) !== '1') continue;
      followed = other.put('k', bytes('2'), { ifMatch: found?.etag ?? '' });
      expect(await followed).toMatchObject({ stored: true });
      break;
    }
    expect(await change).toMatchObject({ stored: true });
    expect(text((await other.get('k'))?.bytes)).toBe('2');
  });

  it('of a change that another had won is a refusal', async () => {
    await store.put('k', bytes('0'));
    const seen = (await store.get('k'))?.etag ?? '';
    await other.put('k', bytes('theirs'), { ifMatch: seen });
    next('PUT', 'lose');
    expect(await store.put('k', bytes('mine'), { ifMatch: seen })).toEqual({
      stored: false,
      reason: 'changed',
    });
  });

  it('at the end of a large object that goes in parts is looked up', async () => {
    const large = new Uint8Array(40_000_000).fill(3);
    next('POST', 'pass', 'lose');
    const result = await store.put('large', large, { ifNoneMatch: '*' });
    expect(result).toEqual({ stored: true, etag: (await store.get('large'))?.etag });
    expect(await store.put('large', large, { ifNoneMatch: '*' })).toEqual({
      stored: false,
      reason: 'exists',
    });
    const found = await store.get('large');
    expect(found?.bytes.length).toBe(large.length);
    expect(found?.bytes.every((byte) => byte === 3)).toBe(true);
  });

  it('leaves no number lost or doubled when four count together and half of the writes go wrong at first', async () => {
    const fates: readonly Fate[] = ['lose', 'pass', 'busy', 'pass', 'cut', 'pass'];
    const ids = new Set<unknown>();
    proxy.decide(({ method, headers }) => {
      const id = headers['x-amz-meta-perennial-writing'];
      if (method !== 'PUT' || ids.has(id)) return 'pass';
      return fates[ids.add(id).size % fates.length] ?? 'pass';
    });
    const written: number[] = [];
    const count = async (): Promise<void> => {
      for (let mine = 0; mine < 10;) {
        const found = await store.get('n');
        const next = 1 + Number(text(found?.bytes) || '0');
        const condition = found === undefined ? ({ ifNoneMatch: '*' } as const) : { ifMatch: found.etag };
        if (!(await store.put('n', bytes(String(next)), condition)).stored) continue;
        written.push(next);
        mine += 1;
      }
    };
    await Promise.all([count(), count(), count(), count()]);
    expect(written.sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    expect(text((await other.get('n'))?.bytes)).toBe('40');
  });
});

describe('a service in trouble', () => {
  it('is asked again while it is busy', async () => {
    next('PUT', 'busy', 'busy');
    expect(await store.put('k', bytes('1'), { ifNoneMatch: '*' })).toMatchObject({ stored: true });
    next('GET', 'busy', 'lose', 'silent');
    expect(text((await store.get('k'))?.bytes)).toBe('1');
    next('DELETE', 'busy', 'lose');
    await store.delete('k');
    expect(await other.get('k')).toBeUndefined();
  });

  it('is taken, although some requests of the self-test go wrong', async () => {
    const random = createRandom(5);
    const fates: readonly Fate[] = ['busy', 'lose', 'cut', 'silent'];
    proxy.decide(() => (random.next() < 0.1 ? (fates[random.int(4)] ?? 'pass') : 'pass'));
    const env = { ...real, AWS_ENDPOINT_URL_S3: proxy.endpoint, PERENNIAL_S3_TIMEOUT_MS: '500' };
    const fresh = openStore(address, { cache, env });
    expect(await fresh.put('fresh', bytes('1'), { ifNoneMatch: '*' })).toMatchObject({ stored: true });
  });

  it('keeps local copies, and fetches one again whose bytes rotted here', async () => {
    const content = new Uint8Array(4096).fill(7);
    const ref = await putArtifact(store, content);
    const copy = await stageArtifact(store, ref);
    const downloads = (): number => proxy.seen.filter(({ method }) => method === 'GET').length;
    const before = downloads();
    expect(await stageArtifact(store, ref)).toBe(copy);
    expect(downloads()).toBe(before);
    writeFileSync(copy, new Uint8Array(4096).fill(8));
    expect(readFileSync(await stageArtifact(store, ref)).every((byte) => byte === 7)).toBe(true);
    expect(downloads()).toBe(before + 1);
  });

  it('never shows part of an object that breaks off', async () => {
    await store.put('k', new Uint8Array(300_000).fill(5));
    next('GET', 'cut', 'cut');
    expect((await store.get('k'))?.bytes).toEqual(new Uint8Array(300_000).fill(5));
    next('GET', 'cut');
    expect(readFileSync(await store.stage('k')).equals(Buffer.alloc(300_000, 5))).toBe(true);
  });

  it('that stays away is named, to be tried again later, without a word of the credentials', async () => {
    proxy.decide(() => 'busy');
    const refusal = await store.get('k').catch((error: unknown) => error);
    expect(refusal).toMatchObject({ type: 'store-unavailable', refusal: { retryable: true } });
    expect(String(refusal)).toBe(
      `PerennialError: ${address}: k is 'HTTP status 503'; expected an S3 service that answers. ` +
        'Check AWS_ENDPOINT_URL_S3, the network and that the service runs, then try again.',
    );
    await expect(store.put('k', bytes('1'), { ifNoneMatch: '*' })).rejects.toMatchObject({
      type: 'store-unavailable',
    });
  });
});
