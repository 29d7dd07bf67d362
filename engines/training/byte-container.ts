import { createHash } from 'node:crypto';
import { canonicalJson } from '../../domain/canonical.js';
import { PerennialError } from '../../domain/errors.js';

/** Numbers as stored: a JSON header, and float32 arrays by name. */
export interface Contents {
  readonly header: unknown;
  readonly arrays: Readonly<Record<string, Float32Array>>;
}

const MAGIC = 'PERENNL1';
const PREFIX_BYTES = MAGIC.length + 4;
const DIGEST_BYTES = 32;

/**
 * Packs contents into bytes that are equal for equal contents: magic, header length, canonical JSON, little-endian float32 in sorted
 * order of names, and the sha256 of all before it.
 */
export function packBytes({ header, arrays }: Contents): Uint8Array {
  const names = Object.keys(arrays).sort();
  const lengths = names.map((name) => [name, arrays[name]?.length ?? 0]);
  const json = Buffer.from(canonicalJson({ header, arrays: lengths }));
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.write(MAGIC, 'latin1');
  prefix.writeUInt32LE(json.length, MAGIC.length);
  const body = Buffer.concat([prefix, json, ...names.map((name) => floatBytes(arrays[name]))]);
  return new Uint8Array(Buffer.concat([body, createHash('sha256').update(body).digest()]));
}

/**
 * Reads what {@link packBytes} wrote. `thing` names the bytes in the error. Throws a PerennialError `artifact-corrupt` for anything
 * else: truncated, changed, empty or foreign bytes.
 */
export function unpackBytes(bytes: Uint8Array, thing: string): Contents {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = buffer.length - DIGEST_BYTES;
  if (end < PREFIX_BYTES || buffer.toString('latin1', 0, MAGIC.length) !== MAGIC) throw corrupt(thing, bytes);
  if (!createHash('sha256').update(buffer.subarray(0, end)).digest().equals(buffer.subarray(end)))
    throw corrupt(thing, bytes);
  const jsonEnd = PREFIX_BYTES + buffer.readUInt32LE(MAGIC.length);
  const parsed = JSON.parse(buffer.toString('utf8', PREFIX_BYTES, jsonEnd)) as {
    header: unknown;
    arrays: [string, number][];
  };
  const arrays: Record<string, Float32Array> = {};
  let offset = jsonEnd;
  for (const [name, length] of parsed.arrays) {
    arrays[name] = readFloats(buffer, offset, length);
    offset += length * 4;
  }
  return { header: parsed.header, arrays };
}

function floatBytes(values: Float32Array = new Float32Array()): Buffer {
  const out = Buffer.alloc(values.length * 4);
  values.forEach((value, i) => out.writeFloatLE(value, i * 4));
  return out;
}

function readFloats(buffer: Buffer, offset: number, length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => buffer.readFloatLE(offset + i * 4));
}

function corrupt(thing: string, bytes: Uint8Array): PerennialError {
  return new PerennialError({
    type: 'artifact-corrupt',
    thing,
    value: `${bytes.length} bytes`,
    allowed: 'the bytes that Perennial wrote, whole and unchanged',
    next: 'Fetch the artifact again; if its digest differs from the manifest, restore it or train the version again.',
  });
}
