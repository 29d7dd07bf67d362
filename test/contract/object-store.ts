import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore, type StoreAddress } from './object-store-process.js';
import type { ObjectStore } from '../../storage/objects/object-store.js';

/** A fresh, empty store for one test. */
export interface StoreUnderTest {
  readonly address: StoreAddress;
  /** Removes it. */
  readonly remove: () => Promise<void> | void;
}

/** Keys that could leave the store, or that not every store can hold. */
export const BAD_KEYS = [
  '',
  '/',
  '/etc/passwd',
  '..',
  '../outside',
  'a/../../outside',
  'a/..',
  'a/./b',
  'a//b',
  'a/',
  'a\\..\\b',
  'a\0b',
  'a\nb',
  '.hidden',
  'a/.scratch',
  'a@b',
  'C:\\x',
  'ä',
  'x'.repeat(201),
  'x/'.repeat(500),
];

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (content: Uint8Array | undefined): string => new TextDecoder().decode(content);

/** What every object store must do, in one process. `object-store-races.ts` holds what several processes must not break. */
export function describeObjectStore(
  name: string,
  make: () => Promise<StoreUnderTest> | StoreUnderTest,
): void {
  describe(`the object store ${name}`, () => {
    let under: StoreUnderTest;
    let store: ObjectStore;
    beforeEach(async () => {
      under = await make();
      store = openStore(under.address);
    });
    afterEach(() => under.remove());

    const get = async (key: string): Promise<string | undefined> => {
      const found = await store.get(key);
      return found === undefined ? undefined : text(found.bytes);
    };
    const keys = async (prefix: string): Promise<string[]> => {
      const found: string[] = [];
      for await (const { key } of store.list(prefix)) found.push(key);
      return found;
    };

    it('gives back what was put, byte for byte, also to another opening', async () => {
      const contents = [new Uint8Array(), Uint8Array.of(0, 255, 10, 13), new Uint8Array(3_000_000).fill(7)];
      for (const [i, content] of contents.entries()) {
        expect(await store.put(`some/key-${i}`, content)).toMatchObject({ stored: true });
        expect(
          Buffer.compare(
            (await openStore(under.address).get(`some/key-${i}`))?.bytes ?? bytes('none'),
            content,
          ),
        ).toBe(0);
      }
      expect(await store.get('some/other')).toBeUndefined();
      expect(await store.get('some')).toBeUndefined();
    });

    it('creates once when asked to', async () => {
      expect(await store.put('k', bytes('first'), { ifNoneMatch: '*' })).toMatchObject({ stored: true });
      expect(await store.put('k', bytes('second'), { ifNoneMatch: '*' })).toEqual({
        stored: false,
        reason: 'exists',
      });
      expect(await get('k')).toBe('first');
    });

    it('changes only what the caller has seen', async () => {
      expect(await store.put('k', bytes('x'), { ifMatch: 'anything' })).toEqual({
        stored: false,
        reason: 'missing',
      });
      await store.put('k', bytes('1'));
      const seen = (await store.get('k'))?.etag ?? '';
      const result = await store.put('k', bytes('2'), { ifMatch: seen });
      expect(result).toEqual({ stored: true, etag: (await store.get('k'))?.etag });
      expect(await store.put('k', bytes('3'), { ifMatch: seen })).toEqual({
        stored: false,
        reason: 'changed',
      });
      expect(await get('k')).toBe('2');
    });

    // Each change differs from what it replaces: S3 gives equal bytes equal tags.
    it('keeps exactly one of many changes that saw the same', async () => {
      await store.put('k', bytes('seen'));
      const etag = (await store.get('k'))?.etag ?? '';
      const results = await Promise.all(
        Array.from({ length: 16 }, (_, i) => store.put('k', bytes(`${i}`), { ifMatch: etag })),
      );
      const winners = results.flatMap((result, i) => (result.stored ? [`${i}`] : []));
      expect(winners).toEqual([await get('k')]);
    });

    it('replaces without a condition, whatever was there', async () => {
      for (const content of ['1', '2', '2', '3']) {
        expect(await store.put('k', bytes(content))).toMatchObject({ stored: true });
        expect(await get('k')).toBe(content);
      }
    });

    it('lists keys in order, by any prefix, an object once however often it was written', async () => {
      for (const key of ['a/b', 'a-b', 'a/b-c', 'a/c/d', 'b', 'a/c/e']) await store.put(key, bytes(key));
      await store.put('a/b', bytes('longer than before'));
      expect(await keys('')).toEqual(['a-b', 'a/b', 'a/b-c', 'a/c/d', 'a/c/e', 'b']);
      expect(await keys('a/')).toEqual(['a/b', 'a/b-c', 'a/c/d', 'a/c/e']);
      expect(await keys('a/b')).toEqual(['a/b', 'a/b-c']);
      expect(await keys('none/')).toEqual([]);
      for await (const { key, bytes: size } of store.list('a/b')) if (key === 'a/b') expect(size).toBe(18);
    });

    it('lists when an object was stored, and anew when it was stored again', async () => {
      const at = async (): Promise<number> => {
        for await (const { key, modifiedAt } of store.list('k')) if (key === 'k') return modifiedAt;
        throw new Error('k is not listed');
      };
      await store.put('k', bytes('1'));
      const first = await at();
      expect(Math.abs(first - Date.now())).toBeLessThan(3_600_000);
      // Some media tell seconds.
      await new Promise((resolve) => setTimeout(resolve, 1100));
      await store.put('k', bytes('1'));
      expect(await at()).toBeGreaterThan(first);
    });

    it('keeps every character that a key may have, and lists more than a page', async () => {
      const odd = ['o/a+b', 'o/a,b', 'o/a=b:c~d', 'o/a_b-c.d', 'o/0012', 'o/1e3'];
      const many = Array.from({ length: 1010 }, (_, i) => `p/${String(i).padStart(4, '0')}`);
      await Promise.all([...odd, ...many].map((key) => store.put(key, bytes(key))));
      expect(await keys('o/')).toEqual([...odd].sort());
      for (const key of odd) expect(await get(key)).toBe(key);
      expect(await keys('')).toEqual([...odd, ...many].sort());
    });

    it('names the folders below a prefix that hold objects', async () => {
      for (const key of ['m/one/x', 'm/two/y/z', 'm/file', 'n/three/x']) await store.put(key, bytes(''));
      expect(await store.folders('m/')).toEqual(['one', 'two']);
      expect(await store.folders('none/')).toEqual([]);
      await store.delete('m/one/x');
      expect(await store.folders('m/')).toEqual(['two']);
    });

    it('forgets what is deleted, and takes it anew', async () => {
      await store.delete('k');
      for (const writes of [1, 2, 3]) {
        for (let i = 0; i < writes; i++) await store.put('k', bytes(`${i}`));
        const etag = (await store.get('k'))?.etag ?? '';
        await store.delete('k');
        expect(await store.get('k')).toBeUndefined();
        expect(await keys('')).toEqual([]);
        expect(await store.put('k', bytes('late'), { ifMatch: etag })).toEqual({
          stored: false,
          reason: 'missing',
        });
        expect(await store.put('k', bytes('new'), { ifNoneMatch: '*' })).toMatchObject({ stored: true });
        expect(await get('k')).toBe('new');
        await store.delete('k');
      }
    });

    it('stages a file that stays as it was when the key is written again', async () => {
      await store.put('k', bytes('one'));
      const first = await store.stage('k');
      await store.put('k', bytes('two'));
      expect(readFileSync(first, 'utf8')).toBe('one');
      expect(readFileSync(await store.stage('k'), 'utf8')).toBe('two');
      await expect(store.stage('none')).rejects.toMatchObject({ type: 'object-missing' });
    });

    it('shows readers whole objects while it is written again and again', async () => {
      const size = 200_000;
      await store.put('k', new Uint8Array(size));
      let writing = true;
      const writer = (async () => {
        for (let i = 1; i <= 40; i++) await store.put('k', new Uint8Array(size).fill(i));
        writing = false;
      })();
      while (writing) {
        const content = (await store.get('k'))?.bytes ?? new Uint8Array();
        expect(content.length).toBe(size);
        expect(content.every((byte) => byte === content[0])).toBe(true);
      }
      await writer;
    });

    it.each(BAD_KEYS.map((key) => [JSON.stringify(key).slice(0, 30), key]))(
      'refuses the key %s',
      async (_, key) => {
        const refused = { type: 'key-invalid' };
        await expect(store.get(key)).rejects.toMatchObject(refused);
        await expect(store.put(key, bytes('x'))).rejects.toMatchObject(refused);
        await expect(store.delete(key)).rejects.toMatchObject(refused);
        await expect(store.stage(key)).rejects.toMatchObject(refused);
        expect(await keys('')).toEqual([]);
      },
    );
  });
}
