import { defaultPayloadConverter } from '@temporalio/common';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ENCRYPTED } from '../../domain/encrypted-payload.js';
import { PerennialError } from '../../domain/errors.js';
import { createCodecApp } from './app.js';
import { readCodecConfig } from './config.js';
import { toJson } from './payload-json.js';

const keyOf = (byte: number): string => Buffer.alloc(32, byte).toString('base64');
const UI = 'http://127.0.0.1:8233';
const TOKEN = 'a-secret-that-nobody-guesses';
const keys = { PERENNIAL_PAYLOAD_KEYS: `new:${keyOf(2)},old:${keyOf(1)}` };

function appOf(env: Record<string, string> = {}) {
  const app = createCodecApp(readCodecConfig({ ...keys, ...env }));
  onTestFinished(() => app.close());
  return app;
}

type App = ReturnType<typeof appOf>;
type Body = { payloads: { metadata: Record<string, string>; data: string }[]; error?: string };

async function post(app: App, url: string, payload: object | string, headers: Record<string, string> = {}) {
  const answer = await app.inject({
    ...{ method: 'POST' as const, url, payload },
    headers: { host: '127.0.0.1:8234', 'content-type': 'application/json', ...headers },
  });
  return { status: answer.statusCode, headers: answer.headers, body: answer.json<Body>() };
}

const plain = { payloads: [toJson(defaultPayloadConverter.toPayload({ by: 'ada' }))] };
const text = (base64: string | undefined): string => Buffer.from(base64 ?? '', 'base64').toString();

describe('the codec server', () => {
  it('encodes and decodes as the Web UI and the CLI ask', async () => {
    const app = appOf();
    const ui = { origin: UI, 'x-namespace': 'default' };
    const encoded = await post(app, '/encode?preserveStorageRefs=true', plain, ui);
    expect(encoded).toMatchObject({ status: 200, headers: { 'access-control-allow-origin': UI } });
    expect(text(encoded.body.payloads[0]?.metadata['encoding'])).toBe(ENCRYPTED);
    const decoded = await post(app, '/decode', encoded.body);
    expect(decoded).toMatchObject({ status: 200, body: plain });
    expect(decoded.headers).not.toHaveProperty('access-control-allow-origin');
    // the CLI sends a query's arguments so when there are none
    expect(await post(app, '/encode', {})).toMatchObject({ status: 200, body: { payloads: [] } });
  });

  it('answers the preflight of the Web UI, and of no other page', async () => {
    const app = appOf({ PERENNIAL_CODEC_TOKEN: TOKEN });
    const preflight = (origin: string) =>
      app.inject({
        ...{ method: 'OPTIONS', url: '/decode' },
        headers: {
          ...{ host: '127.0.0.1', origin, 'access-control-request-method': 'POST' },
          'access-control-request-headers': 'authorization,content-type,x-namespace',
        },
      });
    const allowed = await preflight(UI);
    expect(allowed.statusCode).toBe(204);
    expect(allowed.headers).toMatchObject({
      'access-control-allow-origin': UI,
      'access-control-allow-headers': 'authorization,content-type,x-namespace',
      vary: 'origin',
    });
    for (const origin of ['http://evil.example', 'null', `${UI}.evil.example`]) {
      const refused = await preflight(origin);
      expect(refused.statusCode).toBe(403);
      expect(refused.headers).not.toHaveProperty('access-control-allow-origin');
    }
  });

  it('answers no call of another page, and no other name of this machine', async () => {
    const app = appOf();
    const page = await post(app, '/decode', plain, { origin: 'http://evil.example' });
    expect(page.status).toBe(403);
    expect(page.body.error).toMatch(/origin header is 'http:\/\/evil.example'.*PERENNIAL_CODEC_ORIGINS/);
    const name = await post(app, '/decode', plain, { host: 'evil.example:8234' });
    expect(name).toMatchObject({ status: 403 });
    expect(name.body.error).toMatch(/host header/);
  });

  it('with a token lets in only who has it', async () => {
    const app = appOf({ PERENNIAL_CODEC_HOST: '0.0.0.0', PERENNIAL_CODEC_TOKEN: TOKEN });
    for (const authorization of ['', TOKEN, `Bearer ${TOKEN}x`, 'Bearer ']) {
      const { status, body } = await post(app, '/decode', plain, { authorization });
      expect([status, body.error]).toEqual([401, expect.stringContaining("'Bearer <token>'")]);
      expect(body.error).not.toContain(TOKEN);
    }
    const known = { authorization: `Bearer ${TOKEN}`, host: 'codec.example.com' };
    expect((await post(app, '/encode', plain, known)).status).toBe(200);
  });

  it('says what it cannot decrypt, and shows nothing of it', async () => {
    const other = appOf({ PERENNIAL_PAYLOAD_KEYS: `stranger:${keyOf(3)}` });
    const sealed = (await post(other, '/encode', plain)).body;
    const unknown = await post(appOf(), '/decode', sealed);
    expect(unknown.status).toBe(400);
    expect(unknown.body.error).toMatch(
      /key id of an encrypted payload is 'stranger'; expected one of new, old/,
    );
    const wrong = appOf({ PERENNIAL_PAYLOAD_KEYS: `stranger:${keyOf(4)}` });
    expect((await post(wrong, '/decode', sealed)).body.error).toMatch(/encrypted with key 'stranger'/);
  });

  it.each([
    ['no JSON', '{'],
    ['no object', '[]'],
    ['text for payloads', '{"payloads":"x"}'],
    ['data that is no base64', '{"payloads":[{"data":"secret row!"}]}'],
  ])('refuses %s without repeating it', async (_, body) => {
    const answer = await post(appOf(), '/encode', body);
    expect(answer.status).toBe(400);
    expect(answer.body.error).toMatch(/expected JSON such as {"payloads"/);
    expect(answer.body.error).not.toContain('secret row');
  });

  it('has no other path', async () => {
    expect(await post(appOf(), '/keys', {})).toMatchObject({ status: 404 });
  });
});

describe('its environment', () => {
  const refusal = (env: Record<string, string>): unknown => {
    try {
      return readCodecConfig(env);
    } catch (error) {
      return error;
    }
  };

  it.each([
    ['no keys', { PERENNIAL_PAYLOAD_KEYS: '' }, 'payload-keys-missing', 'docs/encryption.md'],
    ['every address without a token', { PERENNIAL_CODEC_HOST: '0.0.0.0' }, 'token-needed', "'0.0.0.0'"],
    ['a name without a token', { PERENNIAL_CODEC_HOST: 'codec.example.com' }, 'token-needed', 'loopback'],
    ['a short token', { PERENNIAL_CODEC_TOKEN: 'hunter2' }, 'codec-config-invalid', '16 characters'],
    ['a bad port', { PERENNIAL_CODEC_PORT: 'x' }, 'codec-config-invalid', 'a port of 0 to 65535'],
    ['any page', { PERENNIAL_CODEC_ORIGINS: '*' }, 'codec-config-invalid', 'PERENNIAL_CODEC_ORIGINS'],
    ['a page', { PERENNIAL_CODEC_ORIGINS: `${UI}/x` }, 'codec-config-invalid', 'without path'],
  ])('refuses %s', (_, env, type, words) => {
    const error = refusal({ ...keys, ...env });
    expect(error).toBeInstanceOf(PerennialError);
    expect(error).toMatchObject({ type, message: expect.stringContaining(words) });
    expect(String(error)).not.toContain('hunter2');
  });

  it('takes loopback without a token', () => {
    expect(readCodecConfig(keys)).toMatchObject({
      host: '127.0.0.1',
      port: 8234,
      token: undefined,
      origins: [UI, 'http://localhost:8233'],
    });
  });
});
