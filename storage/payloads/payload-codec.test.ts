import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ENCRYPTED, KEY_ID, UNDECRYPTABLE } from '../../domain/encrypted-payload.js';
import { PerennialError } from '../../domain/errors.js';
import { createPayloadCodec, createWorkerCodec } from './payload-codec.js';
import { readPayloadKeys } from './payload-keys.js';

const [one, two, three] = [1, 2, 3].map((byte) => Buffer.alloc(32, byte).toString('base64'));
const keysOf = (text: string) => readPayloadKeys({ PERENNIAL_PAYLOAD_KEYS: text });
const codecOf = (text: string) => createPayloadCodec(keysOf(text));
const payloadOf = (value: unknown): Payload => defaultPayloadConverter.toPayload(value);
const valueOf = (payload: Payload | undefined): unknown =>
  payload && defaultPayloadConverter.fromPayload(payload);

async function sealed(text: string, value: unknown): Promise<Payload> {
  const [payload] = await codecOf(text).encode([payloadOf(value)]);
  if (payload === undefined) throw new Error('nothing was encoded');
  return payload;
}

async function refusal(work: () => unknown): Promise<PerennialError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof PerennialError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

describe('the payload codec', () => {
  it('gives back what it was given, and shows none of it', async () => {
    const value = { by: 'ada', reason: 'a-plain-word', n: [1, null, 'ü'] };
    const payload = await sealed(`k1:${one}`, value);
    expect(Buffer.from(payload.metadata?.['encoding'] ?? []).toString()).toBe(ENCRYPTED);
    expect(Buffer.from(payload.metadata?.[KEY_ID] ?? []).toString()).toBe('k1');
    expect(Buffer.from(payload.data ?? []).toString('latin1')).not.toMatch(/a-plain-word|json/);
    expect(valueOf((await codecOf(`k1:${one}`).decode([payload]))[0])).toEqual(value);
  });

  it('keeps any bytes and metadata as they are', async () => {
    const codec = codecOf(`k1:${one}`);
    const bytes = fc.uint8Array({ maxLength: 300 });
    const payloads = fc.record({ metadata: fc.dictionary(fc.string(), bytes), data: bytes });
    await fc.assert(
      fc.asyncProperty(fc.array(payloads, { maxLength: 4 }), async (given) => {
        const back = await codec.decode(await codec.encode(given));
        const plain = ({ metadata, data }: Payload) => ({
          metadata: Object.entries(metadata ?? {})
            .map(([name, value]) => [name, Buffer.from(value).toString('hex')])
            .sort(),
          data: Buffer.from(data ?? []).toString('hex'),
        });
        expect(back.map(plain)).toEqual(given.map(plain));
      }),
    );
  });

  it('takes a fresh nonce each time', async () => {
    const codec = codecOf(`k1:${one}`);
    const many = await codec.encode(Array.from({ length: 5000 }, () => payloadOf('same')));
    const nonces = new Set(many.map(({ data }) => Buffer.from(data ?? []).toString('hex', 0, 12)));
    expect(nonces.size).toBe(5000);
  });

  it('reads what was written before it was turned on, and after it was turned off', async () => {
    expect(valueOf((await codecOf(`k1:${one}`).decode([payloadOf('old')]))[0])).toBe('old');
    const off = codecOf('');
    expect(valueOf((await off.decode(await off.encode([payloadOf('plain')])))[0])).toBe('plain');
  });

  it('rotates: the first key encrypts, the others still decrypt', async () => {
    const before = await sealed(`k1:${one}`, 'old');
    const rotated = codecOf(`k2:${two},k1:${one}`);
    const after = await sealed(`k2:${two}, k1:${one}`, 'new');
    expect(Buffer.from(after.metadata?.[KEY_ID] ?? []).toString()).toBe('k2');
    expect((await rotated.decode([before, after])).map(valueOf)).toEqual(['old', 'new']);
  });

  it.each([
    ['no such key', `k2:${two}`, 'payload-key-unknown', "is 'k1'; expected one of k2"],
    ['no keys at all', '', 'payload-key-unknown', 'this process has no keys'],
    ['another key under the id', `k1:${three}`, 'payload-not-authentic', "encrypted with key 'k1'"],
  ])('refuses with %s, by name, and shows no key', async (_, keys, type, words) => {
    const payload = await sealed(`k1:${one}`, 'secret');
    const error = await refusal(() => codecOf(keys).decode([payload]));
    expect(error).toMatchObject({ type, message: expect.stringContaining(words) });
    expect(error.refusal.retryable).not.toBe(true);
    for (const key of [one, two, three]) expect(inspect(error, { depth: 9 })).not.toContain(key);
  });

  it('refuses every changed bit, a cut, and another key id or encoding', async () => {
    const payload = await sealed(`k1:${one},k2:${one}`, 'secret');
    const codec = codecOf(`k1:${one},k2:${one}`);
    const data = Buffer.from(payload.data ?? []);
    const flipped = Array.from(data.keys(), (at) => {
      const copy = Buffer.from(data);
      copy[at] = (copy[at] ?? 0) ^ (1 << (at % 8));
      return { ...payload, data: copy };
    });
    const cut = [0, 1, 11, 27, data.length - 1].map((length) => ({
      ...payload,
      data: data.subarray(0, length),
    }));
    // The key is the same under both ids: only the id, which the tag vouches for, differs.
    const renamed = { ...payload, metadata: { ...payload.metadata, [KEY_ID]: Buffer.from('k2') } };
    for (const wrong of [...flipped, ...cut, renamed]) {
      expect((await refusal(() => codec.decode([wrong]))).type).toBe('payload-not-authentic');
    }
    const unnamed = { ...payload, metadata: { encoding: Buffer.from(ENCRYPTED) } };
    expect((await refusal(() => codec.decode([unnamed]))).type).toBe('payload-key-unknown');
  });

  it('takes nothing of another codec for its own', async () => {
    const foreign = { metadata: { encoding: Buffer.from('binary/encrypted') }, data: Buffer.from('x') };
    expect(await codecOf(`k1:${one}`).decode([foreign, {}])).toEqual([foreign, {}]);
  });

  it('of a worker leaves what it cannot decrypt, and says why', async () => {
    const payload = await sealed(`k1:${one}`, 'secret');
    const said: string[] = [];
    const codec = createWorkerCodec(keysOf(`k2:${two}`), (line) => said.push(line));
    const [left, other] = await codec.decode([payload, ...(await codec.encode([payloadOf('own')]))]);
    expect(left).toMatchObject({ data: payload.data, metadata: payload.metadata ?? {} });
    const why = Buffer.from(left?.metadata?.[UNDECRYPTABLE] ?? []).toString();
    expect(why).toContain("key id of an encrypted payload is 'k1'; expected one of k2");
    expect(said).toEqual([why]);
    expect(valueOf(other)).toBe('own');
  });
});

describe('payload keys', () => {
  it('are none when the variable is absent or empty', () => {
    for (const env of [{}, { PERENNIAL_PAYLOAD_KEYS: '' }, { PERENNIAL_PAYLOAD_KEYS: ' ' }]) {
      expect(readPayloadKeys(env)).toMatchObject({ first: undefined, ids: [] });
    }
  });

  it('may come in either alphabet of base64, and are never shown', () => {
    const bytes = randomBytes(32);
    for (const form of ['base64', 'base64url'] as const) {
      const keys = keysOf(`prod.2026-11:${bytes.toString(form)}`);
      expect(keys.ids).toEqual(['prod.2026-11']);
      expect(keys.find('prod.2026-11')?.export()).toEqual(bytes);
      expect(`${inspect(keys, { depth: 9 })} ${JSON.stringify(keys)}`).not.toContain(bytes.toString(form));
    }
  });

  it.each([
    ['a key without an id', `${one}`, 'entry 1 is not'],
    ['a short key', `k1:${Buffer.alloc(16).toString('base64')}`, 'entry 1 is not'],
    ['a long key', `k1:${Buffer.alloc(33, 1).toString('base64')}`, 'entry 1 is not'],
    ['text', 'k1:correct horse battery staple', 'entry 1 is not'],
    ['an empty entry', `k1:${one},`, 'entry 2 is not'],
    ['an id twice', `k1:${one},k1:${two}`, 'entry 2 has the id of an earlier one'],
    ['an id with a space', `k 1:${one}`, 'entry 1 is not'],
  ])('refuse %s by its place, without showing it', async (_, text, words) => {
    const error = await refusal(() => keysOf(text));
    expect(error).toMatchObject({
      type: 'payload-keys-invalid',
      message: expect.stringContaining(words),
    });
    for (const part of text.split(/[:,]/).filter((part) => part.length > 3)) {
      expect(inspect(error, { depth: 9 })).not.toContain(part);
    }
  });
});
