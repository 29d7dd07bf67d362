import { createSecretKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { PerennialError } from '../../domain/errors.js';

/** Environment of every process that reads or writes what Temporal keeps. */
export const payloadEnvironmentSchema = z.object({
  PERENNIAL_PAYLOAD_KEYS: z
    .string()
    .optional()
    .describe(
      'Keys that encrypt what Temporal keeps, as `id:key`, separated by commas; a key is 32 bytes in base64. The first one encrypts, all decrypt. Absent: nothing is encrypted. Never logged.',
    ),
});

/** The keys of one process. The bytes cannot be read back from it, so it may be held anywhere; they are never printed. */
export interface PayloadKeys {
  /** The key that encrypts; undefined: nothing is encrypted. */
  readonly first: PayloadKey | undefined;
  /** Ids of all keys, in the order given. */
  readonly ids: readonly string[];
  /** The key with an id. */
  find(id: string): KeyObject | undefined;
}

/** An AES-256 key and the name under which payloads refer to it. */
export interface PayloadKey {
  readonly id: string;
  readonly key: KeyObject;
}

const KEY_BYTES = 32;
const ENTRY = /^([A-Za-z0-9][A-Za-z0-9._-]{0,63}):([A-Za-z0-9+/_-]{43}=?)$/;

/**
 * Reads `PERENNIAL_PAYLOAD_KEYS`; absent or empty gives no keys. Throws `payload-keys-invalid` naming the entry by its place only: an id
 * that was forgotten or a comma at the wrong place would otherwise show key material.
 */
export function readPayloadKeys(env: Readonly<Record<string, string | undefined>>): PayloadKeys {
  const text = payloadEnvironmentSchema.parse(env).PERENNIAL_PAYLOAD_KEYS?.trim() ?? '';
  const keys = new Map<string, KeyObject>();
  for (const [index, entry] of text === '' ? [] : text.split(',').entries()) {
    const [, id, key] = ENTRY.exec(entry.trim()) ?? [];
    const bytes = Buffer.from(key ?? '', 'base64');
    if (id === undefined || bytes.length !== KEY_BYTES) throw invalid(`entry ${index + 1} is not`);
    if (keys.has(id)) throw invalid(`entry ${index + 1} has the id of an earlier one, which is not`);
    keys.set(id, createSecretKey(bytes));
  }
  const [first] = keys;
  return {
    first: first && { id: first[0], key: first[1] },
    ids: [...keys.keys()],
    find: (id) => keys.get(id),
  };
}

function invalid(what: string): PerennialError {
  return new PerennialError({
    type: 'payload-keys-invalid',
    thing: 'PERENNIAL_PAYLOAD_KEYS',
    value: '(not shown)',
    allowed: `id:key entries separated by commas, ids unique (letters, digits, dots, hyphens, underscores), keys of 32 bytes in base64: ${what}`,
    next: 'Make a key with `openssl rand -base64 32` and put an id of your own before it, e.g. k1:…',
  });
}
