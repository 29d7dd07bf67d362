import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, inject, it, onTestFinished } from 'vitest';
import { openStore, resolveStore, startStore } from '../../storage/objects/open-store.js';
import { startCarelessS3, type Carelessness } from '../support/careless-s3.js';
import { startS3Proxy } from '../support/s3-proxy.js';

const real = inject('s3Environment');
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

let cache: string;
let address: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'perennial-s3-refusals-'));
  address = `s3://perennial/refusals/${randomUUID()}`;
});
afterEach(() => rmSync(cache, { recursive: true, force: true }));

/** What stops a process that starts with this store. */
async function refusalOf(env: NodeJS.ProcessEnv, at = address): Promise<Error> {
  return startStore(at, { cache, env: { ...real, ...env } }).then(
    () => Promise.reject(new Error('the store was accepted')),
    (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
  );
}

describe('a store that cannot be used is refused by name, with a next step', () => {
  // Not every service checks it.
  if (process.env['PERENNIAL_TEST_S3'] !== 'own')
    it('a wrong region', async () => {
      const refusal = await refusalOf({ AWS_REGION: 'eu-nowhere-9' });
      expect(refusal.message).toContain('expected the region that the bucket is in. Set AWS_REGION');
    });

  it.each<[string, NodeJS.ProcessEnv, string]>([
    [
      'a wrong secret',
      { AWS_SECRET_ACCESS_KEY: 'planted-secret-1' },
      "is 'SignatureDoesNotMatch'; expected credentials that the service knows. Check AWS_ACCESS_KEY_ID",
    ],
    [
      'a wrong key',
      { AWS_ACCESS_KEY_ID: 'planted-key-1' },
      'expected credentials that the service knows. Check AWS_ACCESS_KEY_ID',
    ],
    [
      'an endpoint without a server',
      { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' },
      "is 'ECONNREFUSED'; expected an S3 service that answers. Check AWS_ENDPOINT_URL_S3",
    ],
    [
      'a name that nobody has',
      { AWS_ENDPOINT_URL_S3: 'http://s3.invalid:9000' },
      'expected an S3 service that answers. Check AWS_ENDPOINT_URL_S3',
    ],
    [
      'TLS where there is none',
      { AWS_ENDPOINT_URL_S3: real.AWS_ENDPOINT_URL_S3.replace('http:', 'https:') },
      'expected an S3 service that answers. Check AWS_ENDPOINT_URL_S3',
    ],
    [
      'an endpoint with a password',
      { AWS_ENDPOINT_URL_S3: 'http://ada:planted-secret-1@127.0.0.1:9000' },
      'expected an address such as http://127.0.0.1:9000, without path, user or password',
    ],
    [
      'no credentials',
      { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: undefined },
      '(AWS_ACCESS_KEY_ID: not set; AWS_SECRET_ACCESS_KEY: not set)',
    ],
    [
      'an unknown encryption',
      { PERENNIAL_S3_ENCRYPTION: 'rot13' },
      '(PERENNIAL_S3_ENCRYPTION: AES256, aws:kms or aws:kms:<key id>)',
    ],
    [
      'a cache limit that is no number',
      { PERENNIAL_CACHE_BYTES: 'much' },
      "PERENNIAL_CACHE_BYTES is 'much'; expected whole bytes",
    ],
  ])('%s', async (_, env, message) => {
    const refusal = await refusalOf(env);
    expect(refusal).toMatchObject({ name: 'PerennialError' });
    expect(refusal.message).toContain(message);
    const everything = inspect(refusal, { depth: 10, showHidden: true });
    expect(everything).not.toContain('planted');
    expect(everything).not.toContain(real.AWS_SECRET_ACCESS_KEY);
  });

  it('a bucket that does not exist', async () => {
    const refusal = await refusalOf({}, 's3://no-such-bucket/x');
    expect(refusal.message).toContain("is 'NoSuchBucket'; expected a bucket that exists. Create the bucket");
  });

  it.each([
    's3:',
    's3://',
    's3://UPPER/x',
    's3://ab',
    's3://bucket/../x',
    's3://bucket//x',
    's3://bucket/a@b',
    's3',
  ])('the address %s', async (wrong) => {
    const open = (): unknown => openStore(wrong, { cache, env: real });
    if (wrong !== 's3') expect(open).toThrow(/^object store is 's3:.*expected s3:\/\/<bucket>\/<prefix>/);
    else expect(() => resolveStore('s3')).toThrow(/s3 alone is for `perennial up` and `perennial demo`/);
  });

  it.each<[Carelessness, string]>([
    ['ignores', "is '32 winners of 32 parallel creates (If-None-Match)'"],
    ['later', 'winners of 32 parallel creates (If-None-Match)'],
    ['if-match', "is '32 winners of 32 parallel changes (If-Match)'"],
    ['501', "is 'conditional writes are answered NotImplemented'"],
  ])('a service that fails its self-test (%s)', async (how, message) => {
    const careless = await startCarelessS3(how);
    onTestFinished(careless.close);
    const env = { AWS_ENDPOINT_URL_S3: careless.endpoint };
    const refusal = await refusalOf(env);
    expect(refusal).toMatchObject({ type: 'store-unfit' });
    expect(refusal.message).toContain(message);
    expect(refusal.message).toContain('Amazon S3, MinIO, versitygw 1.8.0');
    // Also without a start that asks: nothing is ever written there under a condition.
    const store = openStore(address, { cache, env: { ...real, ...env } });
    await expect(store.put('k', bytes('1'), { ifNoneMatch: '*' })).rejects.toMatchObject({
      type: 'store-unfit',
    });
    expect(await store.get('k')).toBeUndefined();
  });
});

describe('a store in a bucket', () => {
  it('has everything below its prefix, and sees nothing beside it', async () => {
    const [one, two] = [`${address}/one`, `${address}/one-b`].map((at) =>
      openStore(at, { cache, env: real }),
    );
    await one?.put('k', bytes('1'));
    await two?.put('k', bytes('2'));
    await openStore('s3://perennial', { cache, env: real }).put('refusals-beside', bytes('3'));
    const keys: string[] = [];
    for await (const { key } of one?.list('') ?? []) keys.push(key);
    expect(keys).toEqual(['k']);
    expect(new TextDecoder().decode((await two?.get('k'))?.bytes)).toBe('2');
  });

  it('leaves nothing of its self-test behind', async () => {
    const store = await startStore(address, { cache, env: real });
    await store.put('k', bytes('1'), { ifNoneMatch: '*' });
    const parent = openStore('s3://perennial/refusals', { cache, env: real });
    expect(await parent.folders(`${address.slice('s3://perennial/refusals/'.length)}/`)).toEqual([]);
  });

  it.each([
    ['AES256', { 'x-amz-server-side-encryption': 'AES256' }],
    ['aws:kms', { 'x-amz-server-side-encryption': 'aws:kms' }],
    [
      'aws:kms:arn:aws:kms:eu:1:key/9',
      {
        'x-amz-server-side-encryption': 'aws:kms',
        'x-amz-server-side-encryption-aws-kms-key-id': 'arn:aws:kms:eu:1:key/9',
      },
    ],
  ])('asks for encryption with every write (%s)', async (encryption, headers) => {
    const service = await startCarelessS3('ignores');
    onTestFinished(service.close);
    const env = { ...real, AWS_ENDPOINT_URL_S3: service.endpoint, PERENNIAL_S3_ENCRYPTION: encryption };
    await openStore(address, { cache, env }).put('k', bytes('1'));
    expect(service.headersOfPuts).toMatchObject([headers]);
  });

  it('sends a session token along, and signs for the region', async () => {
    const proxy = await startS3Proxy(real.AWS_ENDPOINT_URL_S3);
    onTestFinished(proxy.close);
    const env = { ...real, AWS_ENDPOINT_URL_S3: proxy.endpoint, AWS_SESSION_TOKEN: 'token-1' };
    await openStore(address, { cache, env })
      .put('k', bytes('1'))
      .catch(() => undefined); // this server knows no tokens
    const headers = proxy.seen[0]?.headers;
    expect(headers?.['x-amz-security-token']).toBe('token-1');
    expect(headers?.authorization).toContain(`/${real.AWS_REGION}/s3/aws4_request`);
  });
});
