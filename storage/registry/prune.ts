import { PerennialError } from '../../domain/errors.js';
import type { ListedObject, ObjectStore } from '../objects/object-store.js';

/** How to prune. */
export interface PruneOptions {
  /**
   * What was stored after this stays, whether anything refers to it or not: a retrain refers to what it stored when it registers its
   * version. At least {@link LEAST_GRACE_MS} ago. @format epoch milliseconds
   */
  readonly before: number;
  /** False only tells what would be deleted. */
  readonly delete: boolean;
  /** Texts that refer to objects too, such as states of workflows; every blob key in them is kept. */
  readonly alsoReferring?: readonly string[];
}

/** What pruning found. */
export interface PruneReport {
  /** Objects that nothing refers to, stored before the limit. Gone if `deleted`. */
  readonly garbage: readonly { readonly key: string; readonly bytes: number }[];
  readonly garbageBytes: number;
  /** Blobs that something refers to. */
  readonly referred: number;
  /** Blobs that nothing refers to yet, stored after the limit. */
  readonly young: number;
  readonly deleted: boolean;
}

/** No grace below this: longer than any retrain takes, and than artifacts go without being stored again. @format milliseconds */
export const LEAST_GRACE_MS = 2 * 86_400_000;

const BLOBS = 'blobs/';
/** They name no blobs, and are most of the store. */
const LOGS = ['predictions/', 'outcomes/'];
/** Written to be deleted again; left by a process that died. */
const PASSING = /^(probes\/|models\/[^/]+\/checkpoints\/)/;
const BLOB_KEY = /blobs\/[0-9a-f]{2}\/[0-9a-f]{64}/g;
/** Bigger blobs are tables and models: no JSON that could refer to others. */
const MOST_JSON_BYTES = 16 * 1024 * 1024;

/**
 * Finds what nothing refers to, and deletes it when asked to: blobs whose key stands in no other object of the store nor in what such
 * a blob says, forgotten checkpoints, probes. Whatever names a blob's key keeps it, so a format that this code does not know
 * protects its blobs too.
 *
 * Failure semantics: may be killed and run again. A blob that is stored again while this runs is looked at once more before it
 * is deleted. Throws `grace-too-short`, and what the store throws.
 */
export async function prune(store: ObjectStore, options: PruneOptions): Promise<PruneReport> {
  mustBeGracious(options.before);
  // Blobs are listed before what refers to them: a reference that is written meanwhile is seen.
  const blobs = await listAll(store, (key) => key.startsWith(BLOBS));
  const { passing, referred } = await references(store, options, new Map(blobs.map((one) => [one.key, one])));
  const unreferred = blobs.filter(({ key }) => !referred.has(key));
  const old = unreferred.filter(({ modifiedAt }) => modifiedAt < options.before);
  const garbage = [...old, ...passing];
  if (options.delete) await deleteOld(store, garbage, options.before);
  return {
    garbage: garbage.map(({ key, bytes }) => ({ key, bytes })),
    garbageBytes: garbage.reduce((sum, { bytes }) => sum + bytes, 0),
    referred: blobs.length - unreferred.length,
    young: unreferred.length - old.length,
    deleted: options.delete,
  };
}

async function listAll(store: ObjectStore, wanted: (key: string) => boolean): Promise<ListedObject[]> {
  const found: ListedObject[] = [];
  for await (const listed of store.list('')) if (wanted(listed.key)) found.push(listed);
  return found;
}

async function references(
  store: ObjectStore,
  { before, alsoReferring = [] }: PruneOptions,
  blobs: ReadonlyMap<string, ListedObject>,
): Promise<{ passing: ListedObject[]; referred: Set<string> }> {
  const others = await listAll(
    store,
    (key) => !key.startsWith(BLOBS) && !LOGS.some((prefix) => key.startsWith(prefix)),
  );
  const forgotten = ({ key, modifiedAt }: ListedObject): boolean => PASSING.test(key) && modifiedAt < before;
  const referred = new Set<string>();
  const open = alsoReferring.flatMap(blobKeys);
  for (const one of others) if (!forgotten(one)) open.push(...(await keysIn(store, one.key)));
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    if (referred.has(key)) continue;
    referred.add(key);
    const bytes = blobs.get(key)?.bytes ?? Infinity;
    if (bytes <= MOST_JSON_BYTES) open.push(...(await keysIn(store, key)));
  }
  return { passing: others.filter(forgotten), referred };
}

const blobKeys = (text: string): string[] => text.match(BLOB_KEY) ?? [];

async function keysIn(store: ObjectStore, key: string): Promise<string[]> {
  const found = await store.get(key);
  return found === undefined ? [] : blobKeys(new TextDecoder().decode(found.bytes));
}

async function deleteOld(
  store: ObjectStore,
  garbage: readonly ListedObject[],
  before: number,
): Promise<void> {
  for (const { key } of garbage) {
    for await (const now of store.list(key)) {
      if (now.key === key && now.modifiedAt < before) await store.delete(key);
    }
  }
}

function mustBeGracious(before: number): void {
  if (before <= Date.now() - LEAST_GRACE_MS) return;
  throw new PerennialError({
    type: 'grace-too-short',
    thing: 'grace of pruning',
    value: `${Math.max(0, Math.round((Date.now() - before) / 3_600_000))} hours`,
    allowed: 'at least 2 days: a retrain refers to what it stored when it registers its version',
    next: 'Give a longer --older-than.',
  });
}
