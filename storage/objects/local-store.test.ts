import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { scratchFolder } from '../fixtures.js';
import { getJsonArtifact, putJsonArtifact } from './artifacts.js';
import { createLocalStore } from './local-store.js';

// What every store must do is in test/contract/object-store.ts; here is what only the folder knows.
let folder: ReturnType<typeof scratchFolder>;
beforeEach(() => {
  folder = scratchFolder();
});
afterEach(() => folder.remove());

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('the local store', () => {
  it('keeps objects as plain files under their keys, later writings beside the first', async () => {
    const store = createLocalStore({ root: join(folder.path, 'new/root') });
    await store.put('models/m/aliases.json', bytes('1'));
    await store.put('models/m/aliases.json', bytes('2'));
    const path = join(folder.path, 'new/root/models/m/aliases.json');
    expect(readFileSync(path, 'utf8')).toBe('1');
    expect(readdirSync(`${path}@`)).toEqual(['00000002']);
    expect(store.name).toBe(`file:${join(folder.path, 'new/root')}`);
  });

  it('frees the disk of every writing of what is deleted, and takes it anew', async () => {
    const store = createLocalStore({ root: folder.path });
    for (let round = 0; round < 2; round++) {
      for (const content of ['1', '2', '3']) await store.put('k', bytes(content));
      await store.delete('k');
      expect(await store.get('k')).toBeUndefined();
      const left = readdirSync(join(folder.path, 'k@'), { withFileTypes: true });
      expect(left.filter((entry) => entry.isFile())).toEqual([]);
      expect(existsSync(join(folder.path, 'k'))).toBe(false);
    }
    await store.put('k', bytes('4'));
    expect(new TextDecoder().decode((await store.get('k'))?.bytes)).toBe('4');
  });

  it('goes on after a writer died between making the folder of later writings and writing', async () => {
    const store = createLocalStore({ root: folder.path });
    await store.put('k', bytes('1'));
    mkdirSync(join(folder.path, 'k@'));
    const etag = (await store.get('k'))?.etag ?? '';
    expect(await store.put('k', bytes('2'), { ifMatch: etag })).toMatchObject({ stored: true });
  });

  it('never shows what a dead writer left in its scratch folder, and removes it a day later', async () => {
    const scratch = join(folder.path, '.scratch');
    mkdirSync(scratch);
    for (const name of ['old', 'young']) writeFileSync(join(scratch, name), 'half');
    const twoDaysAgo = Date.now() / 1000 - 2 * 86_400;
    utimesSync(join(scratch, 'old'), twoDaysAgo, twoDaysAgo);
    const store = createLocalStore({ root: folder.path });
    await store.put('k', bytes('1'));
    expect(readdirSync(scratch)).toEqual(['young']);
    const keys: string[] = [];
    for await (const { key } of store.list('')) keys.push(key);
    expect(keys).toEqual(['k']);
    expect(await store.folders('')).toEqual([]);
  });

  it('says what is wrong with a root that is no folder', () => {
    const path = join(folder.path, 'file');
    writeFileSync(path, '');
    expect(() => createLocalStore({ root: path })).toThrow(
      'expected a folder that this process may read and write, on a file system with hard links. ' +
        'Check the folder, its permissions and the free space, then try again.',
    );
  });

  it('refuses a key below an object without a trace', async () => {
    const store = createLocalStore({ root: folder.path });
    await store.put('a', bytes('1'));
    await expect(store.put('a/b', bytes('2'))).rejects.toMatchObject({ type: 'store-unavailable' });
    expect(await store.get('a/b')).toBeUndefined();
    expect(readdirSync(join(folder.path, '.scratch'))).toEqual([]);
  });

  it('writes nothing outside its root', async () => {
    const store = createLocalStore({ root: join(folder.path, 'root') });
    await expect(store.put('../outside', bytes('1'))).rejects.toThrow(
      "object key is '../outside'; expected names joined by '/'",
    );
    expect(existsSync(join(folder.path, 'outside'))).toBe(false);
  });
});

describe('a JSON artifact', () => {
  const schema = z.strictObject({ a: z.number() });

  it('comes back as what its schema says, equal values as one object', async () => {
    const store = createLocalStore({ root: folder.path });
    const ref = await putJsonArtifact(store, { b: 1, a: 2 });
    expect(await putJsonArtifact(store, { a: 2, b: 1 })).toEqual(ref);
    expect(await getJsonArtifact(store, ref, schema.extend({ b: z.number() }))).toEqual({ a: 2, b: 1 });
  });

  it('is refused when it is something else', async () => {
    const store = createLocalStore({ root: folder.path });
    const ref = await putJsonArtifact(store, { a: 'text' });
    await expect(getJsonArtifact(store, ref, schema)).rejects.toMatchObject({ type: 'artifact-corrupt' });
    await expect(putJsonArtifact(store, { a: Number.NaN })).rejects.toThrow(RangeError);
  });

  it('stores an artifact of two days ago again when it is put, and leaves a young one alone', async () => {
    const store = createLocalStore({ root: folder.path });
    const { key } = await putJsonArtifact(store, { x: 1 });
    await putJsonArtifact(store, { x: 1 });
    expect(existsSync(join(folder.path, `${key}@`))).toBe(false);
    const twoDaysAgo = Date.now() / 1000 - 2 * 86_400;
    utimesSync(join(folder.path, key), twoDaysAgo, twoDaysAgo);
    await putJsonArtifact(store, { x: 1 });
    for await (const { modifiedAt } of store.list(key))
      expect(modifiedAt).toBeGreaterThan(Date.now() - 60_000);
  });
});
