import { createCipheriv, createDecipheriv, randomBytes, type KeyObject } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import { ENCRYPTED, KEY_ID, UNDECRYPTABLE } from '../../domain/encrypted-payload.js';
import { PerennialError } from '../../domain/errors.js';
import type { PayloadKeys } from './payload-keys.js';

const { Payload: PayloadMessage } = proto.temporal.api.common.v1;

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts payloads with the first key and decrypts those of any key; without keys it leaves payloads as they are. The data of an encrypted
 * payload is nonce (12 bytes), AES-256-GCM of the whole payload as protobuf, tag (16 bytes). What was never encrypted passes through,
 * so the codec may be turned on at any time.
 *
 * `decode` throws `payload-key-unknown`, or `payload-not-authentic` for a wrong key under this id and for bytes that were changed.
 */
export function createPayloadCodec(keys: PayloadKeys): PayloadCodec {
  return codecThat(keys, (payload) => open(payload, keys));
}

/**
 * The same for workers, whose payload converter decides: what cannot be decrypted is left as it is, with the reason in its metadata, and
 * `say` is told. A codec that throws would fail the whole task, and one update under a foreign key would stop a workflow for everybody.
 */
export function createWorkerCodec(keys: PayloadKeys, say: (line: string) => void): PayloadCodec {
  return codecThat(keys, (payload) => {
    try {
      return open(payload, keys);
    } catch (error) {
      if (!(error instanceof PerennialError)) throw error;
      say(error.message);
      return { ...payload, metadata: { ...payload.metadata, [UNDECRYPTABLE]: Buffer.from(error.message) } };
    }
  });
}

function codecThat({ first }: PayloadKeys, decrypt: (payload: Payload) => Payload): PayloadCodec {
  return {
    encode: async (payloads) =>
      first === undefined ? payloads : payloads.map((payload) => seal(payload, first.id, first.key)),
    decode: async (payloads) =>
      payloads.map((payload) => (isEncrypted(payload) ? decrypt(payload) : payload)),
  };
}

/** Whether one of these codecs made this payload. */
function isEncrypted({ metadata }: Payload): boolean {
  return text(metadata?.['encoding']) === ENCRYPTED;
}

function seal(payload: Payload, id: string, key: KeyObject): Payload {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(boundTo(id));
  const plain = PayloadMessage.encode(payload).finish();
  const data = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return { metadata: { encoding: Buffer.from(ENCRYPTED), [KEY_ID]: Buffer.from(id) }, data };
}

function open({ metadata, data }: Payload, keys: PayloadKeys): Payload {
  const id = text(metadata?.[KEY_ID]);
  const key = keys.find(id);
  if (key === undefined) throw unknownKey(id, keys);
  const bytes = Buffer.from(data ?? []);
  const tag = bytes.length - TAG_BYTES;
  if (tag < NONCE_BYTES) throw notAuthentic(id);
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(boundTo(id));
  decipher.setAuthTag(bytes.subarray(tag));
  const parts = [decipher.update(bytes.subarray(NONCE_BYTES, tag))];
  try {
    parts.push(decipher.final());
  } catch {
    throw notAuthentic(id);
  }
  return PayloadMessage.decode(Buffer.concat(parts));
}

/** What the tag vouches for besides the data: neither encoding nor key id can be exchanged. */
const boundTo = (id: string): Buffer => Buffer.from(`${ENCRYPTED}\n${id}`);

const text = (bytes: Uint8Array | null | undefined): string => Buffer.from(bytes ?? []).toString();

function unknownKey(id: string, { ids }: PayloadKeys): PerennialError {
  return new PerennialError({
    type: 'payload-key-unknown',
    thing: 'key id of an encrypted payload',
    value: id,
    allowed:
      ids.length === 0 ? 'no encrypted payload, as this process has no keys' : `one of ${ids.join(', ')}`,
    next: 'Give this process the key of that id in PERENNIAL_PAYLOAD_KEYS; behind the first one it only decrypts.',
  });
}

function notAuthentic(id: string): PerennialError {
  return new PerennialError({
    type: 'payload-not-authentic',
    thing: `payload encrypted with key '${id.slice(0, 64)}'`,
    value: 'not what was encrypted',
    allowed: 'the bytes as they were written, and the same key under this id in every process',
    next: 'Compare PERENNIAL_PAYLOAD_KEYS of the processes; an id must never get another key.',
  });
}
