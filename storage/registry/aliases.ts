import { aliasesSchema, noAliases, type Aliases } from '../../domain/aliases.js';
import { canonicalJson } from '../../domain/canonical.js';
import { PerennialError } from '../../domain/errors.js';
import { objectKey } from '../../domain/names.js';
import type { ObjectStore } from '../objects/object-store.js';
import { decodeJson, encodeJson } from './json-object.js';

/** What serves, by the store; generation 0 with no version when nothing was set. */
export async function readAliases(store: ObjectStore, model: string): Promise<Aliases> {
  return (await current(store, model)).aliases;
}

/**
 * Moves the aliases by compare-and-swap. `already` when the store holds exactly `next`, so that repeating a call is safe.
 * Throws `stale-generation` when the store is at a higher generation, or at this one with other aliases: the caller lost.
 */
export async function writeAliases(store: ObjectStore, next: Aliases): Promise<'set' | 'already'> {
  const wanted = aliasesSchema.parse(next);
  for (;;) {
    const { aliases, etag } = await current(store, wanted.model);
    if (canonicalJson(aliases) === canonicalJson(wanted)) return 'already';
    if (wanted.generation <= aliases.generation) throw stale(wanted, aliases);
    const condition = etag === undefined ? ({ ifNoneMatch: '*' } as const) : { ifMatch: etag };
    const result = await store.put(objectKey.aliases(wanted.model), encodeJson(wanted), condition);
    if (result.stored) return 'set';
  }
}

async function current(
  store: ObjectStore,
  model: string,
): Promise<{ aliases: Aliases; etag: string | undefined }> {
  const key = objectKey.aliases(model);
  const object = await store.get(key);
  if (object === undefined) return { aliases: noAliases(model), etag: undefined };
  return { aliases: decodeJson(key, object, aliasesSchema), etag: object.etag };
}

function stale(wanted: Aliases, stored: Aliases): PerennialError {
  return new PerennialError({
    type: 'stale-generation',
    thing: `aliases of model ${wanted.model}: generation`,
    value: wanted.generation,
    allowed: `more than ${stored.generation}, which is stored with champion ${stored.champion?.version ?? 'none'}`,
    next: 'Another change came first; read the aliases again and decide anew.',
  });
}
