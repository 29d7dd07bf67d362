import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { objectKey } from '../domain/names.js';
import { scratchFolder } from '../storage/fixtures.js';
import { createLocalStore } from '../storage/objects/local-store.js';
import type { ObjectStore } from '../storage/objects/object-store.js';
import { checkpointsOf } from './checkpoints.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

let store: ObjectStore;
beforeEach(() => {
  const folder = scratchFolder();
  onTestFinished(folder.remove);
  store = createLocalStore({ root: folder.path });
});

async function blobKey(): Promise<string> {
  for await (const { key } of store.list('blobs/')) return key;
  throw new Error('nothing is stored');
}

describe('a checkpoint', () => {
  it('is the newest that was saved, and the ones before it are gone', async () => {
    const checkpoints = checkpointsOf(store, 'm', 'm/1');
    expect(await checkpoints.load()).toBeUndefined();
    await checkpoints.save(bytes('one'), { epoch: 1 });
    await checkpoints.save(bytes('two'), { epoch: 2 });
    expect(await checkpointsOf(store, 'm', 'm/1').load()).toEqual(bytes('two'));
    await checkpoints.drop();
    for await (const { key } of store.list('')) expect(key).toBe('nothing is left');
  });

  it.each([
    ['bytes rotted', async () => store.put(await blobKey(), bytes('twO'))],
    ['bytes are gone', async () => store.delete(await blobKey())],
    ['pointer was cut short', () => store.put(objectKey.checkpoint('m', 'm-1'), bytes('{"epoch":'))],
    ['pointer says something else', () => store.put(objectKey.checkpoint('m', 'm-1'), bytes('{}'))],
  ])('whose %s counts as none: the training begins again', async (_what, harm) => {
    const checkpoints = checkpointsOf(store, 'm', 'm/1');
    await checkpoints.save(bytes('two'), { epoch: 2 });
    await harm();
    expect(await checkpoints.load()).toBeUndefined();
    await checkpoints.save(bytes('three'), { epoch: 3 });
    expect(await checkpoints.load()).toEqual(bytes('three'));
  });
});
