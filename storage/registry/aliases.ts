import { aliasesSchema, noAliases, type Aliases } from '../../domain/aliases.js';
import { canonicalJson } from '../../domain/canonical.js';
import { PerennialError } from '../../domain/errors.js';
import { objectKey } from '../../domain/names.js';
import { sha256Schema } from '../../domain/references.js';
import { sha256 } from '../objects/digest.js';
import type { ObjectStore, StoredObject } from '../objects/object-store.js';
import { corrupt, decodeJson, encodeJson } from './json-object.js';

/** What lies at the aliases' key. A flipped bit must not look like another generation. */
const storedSchema = aliasesSchema.extend({
  /** Of the canonical aliases; absent in the first format. */
  sha256: sha256Schema.optional(),
});

/** What serves, by the store; generation 0 with no version when nothing was set. Throws `registry-corrupt`. */
export async function readAliases(store: ObjectStore, model: string): Promise<Aliases> {
  const object = await store.get(objectKey.aliases(model));
  return object === undefined ? noAliases(model) : aliasesIn(model, object);
}

/**
 * Moves the aliases by compare-and-swap. `already` when the store holds exactly `next`, so that repeating a call is safe.
 * Throws `stale-generation` when the store is at a higher generation, or at this one with other aliases: the caller lost. An object
 * that is damaged is replaced: whoever moves aliases knows them, and the store is their copy.
 */
export async function writeAliases(store: ObjectStore, next: Aliases): Promise<'set' | 'already'> {
  const wanted = aliasesSchema.parse(next);
  for (;;) {
    const object = await store.get(objectKey.aliases(wanted.model));
    const aliases = object === undefined ? noAliases(wanted.model) : wholeAliasesIn(wanted.model, object);
    if (canonicalJson(aliases ?? null) === canonicalJson(wanted)) return 'already';
    if (aliases !== undefined && wanted.generation <= aliases.generation) throw stale(wanted, aliases);
    const condition = object === undefined ? ({ ifNoneMatch: '*' } as const) : { ifMatch: object.etag };
    const bytes = encodeJson({ ...wanted, sha256: sha256(canonicalJson(wanted)) });
    const result = await store.put(objectKey.aliases(wanted.model), bytes, condition);
    if (result.stored) return 'set';
  }
}

function aliasesIn(model: string, object: StoredObject): Aliases {
  const key = objectKey.aliases(model);
  const { sha256: digest, ...aliases } = decodeJson(key, object, storedSchema);
  const found = sha256(canonicalJson(aliases));
  if (aliases.model !== model || (digest !== undefined && digest !== found))
    throw corrupt(key, `aliases of ${aliases.model}, digest ${found}`);
  return aliases;
}

/** Undefined when the object is damaged. */
function wholeAliasesIn(model: string, object: StoredObject): Aliases | undefined {
  try {
    return aliasesIn(model, object);
  } catch (error) {
    if (error instanceof PerennialError && error.type === 'registry-corrupt') return undefined;
    throw error;
  }
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
