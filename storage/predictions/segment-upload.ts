import type { ObjectStore } from '../objects/object-store.js';
import type { LineSpool } from './line-spool.js';
import { segmentKey } from './segment-keys.js';
import { listPieces } from './segments.js';

const LINE_END = 10;

/**
 * Seals what the spool has and stores every sealed file; returns how many lines that were. Throws what the store and the spool throw; the
 * files that are not stored yet stay. One at a time per spool.
 */
export async function storeSealed(store: ObjectStore, prefix: string, spool: LineSpool): Promise<number> {
  await spool.seal(() => lastStored(store, prefix));
  let lines = 0;
  for (const seq of await spool.sealed()) lines += await upload({ store, prefix, spool }, seq);
  return lines;
}

async function lastStored(store: ObjectStore, prefix: string): Promise<number> {
  const stored = (await listPieces(store, prefix)).map(({ to }) => to);
  return stored.reduce((a, b) => Math.max(a, b), 0);
}

interface Uploading {
  readonly store: ObjectStore;
  readonly prefix: string;
  readonly spool: LineSpool;
}

/** Stores a sealed file. Its number may be taken by itself (the process died before it removed the file) or by another log. */
async function upload({ store, prefix, spool }: Uploading, seq: number): Promise<number> {
  const bytes = await spool.read(seq);
  for (let number = seq; ;) {
    const key = segmentKey(prefix, number);
    const result = await store.put(key, bytes, { ifNoneMatch: '*' });
    if (result.stored || isEqual(bytes, (await store.get(key))?.bytes)) {
      await spool.remove(number);
      return bytes.reduce((lines, byte) => (byte === LINE_END ? lines + 1 : lines), 0);
    }
    number = await spool.renumber(number, await lastStored(store, prefix));
  }
}

function isEqual(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return b !== undefined && Buffer.compare(a, b) === 0;
}
