/**
 * A process of the object-store contract: opens the store that its first argument describes, says `ready`, and works once a line
 * arrives on its standard input. It answers in JSON lines, so that the suite can wait for states.
 */
import { createInterface } from 'node:readline';
import { noAliases } from '../../domain/aliases.js';
import { PerennialError } from '../../domain/errors.js';
import { createLocalStore } from '../../storage/objects/local-store.js';
import { openStore as openAddress } from '../../storage/objects/open-store.js';
import type { ObjectStore } from '../../storage/objects/object-store.js';
import { createRegistry } from '../../storage/registry/registry.js';

/** How another process reaches the same store. A new kind of store is one more member and one line in `openStore`. */
export type StoreAddress =
  | { readonly kind: 'local'; readonly root: string }
  /** Credentials and endpoint are in the environment. */
  | { readonly kind: 's3'; readonly address: string; readonly cache: string };

/** What a process of the suite is asked to do. */
export type Work =
  | { readonly work: 'create'; readonly key: string; readonly name: string; readonly times: number }
  | { readonly work: 'increment'; readonly key: string; readonly times: number }
  | { readonly work: 'move'; readonly model: string; readonly from: number; readonly times: number }
  | { readonly work: 'flood'; readonly prefix: string; readonly bytes: number };

/** Opens the store at an address. */
export function openStore(address: StoreAddress): ObjectStore {
  if (address.kind === 's3') return openAddress(address.address, address);
  return createLocalStore({ root: address.root });
}

const say = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`);
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** All at once; says which of them were stored. */
async function create(store: ObjectStore, { key, name, times }: Work & { work: 'create' }): Promise<void> {
  const names = Array.from({ length: times }, (_, i) => `${name}-${i}`);
  const results = await Promise.all(names.map((each) => store.put(key, encode(each), { ifNoneMatch: '*' })));
  say({ stored: names.filter((_, i) => results[i]?.stored === true) });
}

/** Adds one by compare-and-swap, `times` times; says every number it wrote. */
async function increment(store: ObjectStore, { key, times }: Work & { work: 'increment' }): Promise<void> {
  const wrote: number[] = [];
  while (wrote.length < times) {
    const found = await store.get(key);
    const next = 1 + (found === undefined ? 0 : Number(new TextDecoder().decode(found.bytes)));
    const condition = found === undefined ? ({ ifNoneMatch: '*' } as const) : { ifMatch: found.etag };
    if ((await store.put(key, encode(String(next)), condition)).stored) wrote.push(next);
  }
  say({ wrote });
}

/** Promotes a version and rolls back by turns, against other processes that do the same; says every alias it set. */
async function move(store: ObjectStore, { model, from, times }: Work & { work: 'move' }): Promise<void> {
  const registry = createRegistry(store);
  const set: unknown[] = [];
  while (set.length < times) {
    const seen = await registry.getAliases(model);
    const fresh = { version: from + set.length, digest: 'a'.repeat(64) };
    const back = set.length % 2 === 1 ? seen.previous : null;
    const champion = back ?? fresh;
    const previous = back === null ? seen.champion : null;
    const next = { ...noAliases(model), generation: seen.generation + 1, champion, previous };
    try {
      // `already`: another process made the very same move, a rollback to the same version.
      if ((await registry.setAliases(next)) === 'set') set.push(next);
    } catch (error) {
      if (!(error instanceof PerennialError) || error.type !== 'stale-generation') throw error;
    }
  }
  say({ set });
}

/** Writes objects of one repeated byte, new ones and one again and again, until it is killed. */
async function flood(store: ObjectStore, { prefix, bytes }: Work & { work: 'flood' }): Promise<void> {
  for (let i = 0; ; i++) {
    const content = new Uint8Array(bytes).fill(i % 256);
    await store.put(`${prefix}new/${process.pid}-${i}`, content, { ifNoneMatch: '*' });
    await store.put(`${prefix}again`, content);
    say({ put: i });
  }
}

async function main([address = '', work = '']: readonly string[]): Promise<void> {
  const store = openStore(JSON.parse(address) as StoreAddress);
  const task = JSON.parse(work) as Work;
  const go = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  say({ ready: true });
  await go.next();
  if (task.work === 'create') await create(store, task);
  else if (task.work === 'increment') await increment(store, task);
  else if (task.work === 'move') await move(store, task);
  else await flood(store, task);
  process.exit(0);
}

if (process.argv[1]?.endsWith('object-store-process.ts') === true) await main(process.argv.slice(2));
