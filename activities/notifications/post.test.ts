import { createServer, type ServerResponse } from 'node:http';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Webhook } from '../../domain/webhooks.js';
import { post } from './post.js';

let answer: (response: ServerResponse) => void;
const paths: string[] = [];
const server = createServer((request, response) => {
  paths.push(request.url ?? '');
  answer(response);
});
let base = '';

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address !== null && typeof address === 'object') base = `http://127.0.0.1:${address.port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const PATH = '/hooks/secret_path';
const says = (status: number, body = '', headers: Record<string, string> = {}) => {
  answer = (response) => response.writeHead(status, headers).end(body);
};

async function sent(over: Partial<Webhook> = {}, signal = new AbortController().signal): Promise<unknown> {
  const hook: Webhook = {
    ...{ name: 'chat', kind: 'slack', models: undefined, events: undefined, buttons: false },
    ...{ url: `${base}${PATH}`, secret: undefined },
    ...over,
  };
  return post(hook, { id: 'm/1', body: '{}', signal, now: 0 }).catch((error: unknown) => error);
}

describe('a message', () => {
  it('is sent once, and an answer without end is not read to its end', async () => {
    answer = (response) => {
      response.writeHead(200);
      const more = (): void => {
        if (!response.destroyed) response.write('x'.repeat(65_536), () => setImmediate(more));
      };
      more();
    };
    const before = paths.length;
    expect(await sent()).toBeUndefined();
    expect(paths.slice(before)).toEqual([PATH]);
  });

  it.each([
    [400, true, 'webhook chat answered 400'],
    [404, true, 'webhook chat answered 404'],
    [410, true, 'webhook chat answered 410'],
    [408, false, 'webhook chat answered 408'],
    [429, false, 'webhook chat answered 429'],
    [500, false, 'webhook chat answered 500'],
    [503, false, 'webhook chat answered 503'],
  ])('that is answered %i is final: %s', async (status, final, message) => {
    says(status, 'whatever it says');
    const failure = await sent();
    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect(failure).toMatchObject({ nonRetryable: final, type: 'webhook-refused', message, stack: '' });
  });

  it('goes to no other address than its own', async () => {
    says(307, '', { location: `${base}/elsewhere` });
    const message = 'webhook chat answered 307, a redirect, which is not followed';
    expect(await sent()).toMatchObject({ nonRetryable: true, message });
    expect(paths).not.toContain('/elsewhere');
  });

  it('waits as long as a busy receiver asks, an hour at most', async () => {
    says(429, '', { 'retry-after': '7' });
    expect(await sent()).toMatchObject({ nextRetryDelay: 7000 });
    says(503, '', { 'retry-after': '99999' });
    expect(await sent()).toMatchObject({ nextRetryDelay: 3_600_000 });
    says(503, '', { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' });
    expect(await sent()).toMatchObject({ nextRetryDelay: undefined });
  });

  it('fails with Slack’s own word for the fault, and with nothing else that was answered', async () => {
    says(400, 'invalid_payload');
    expect(await sent()).toMatchObject({ message: 'webhook chat answered 400 (invalid_payload)' });
    says(400, 'secret_path');
    expect(await sent()).toMatchObject({ message: 'webhook chat answered 400' });
    says(400, 'invalid_payload');
    expect(await sent({ kind: 'generic' })).toMatchObject({ message: 'webhook chat answered 400' });
  });

  it('fails without a word of where it should have gone', async () => {
    says(200);
    const away = await sent({ url: 'http://127.0.0.1:1/secret' });
    expect(away).toMatchObject({ nonRetryable: false, type: 'webhook-unreachable' });
    const unknown = await sent({ url: 'https://no-such-host.invalid/secret' });
    const stopped = await sent({}, AbortSignal.abort());
    for (const error of [away, unknown, stopped]) {
      expect(error).toMatchObject({
        message: expect.stringMatching(/^webhook chat cannot be reached: [\w ]+$/),
      });
      expect(`${String(error)}${JSON.stringify(error)}`).not.toMatch(/secret|127\.0|invalid/);
    }
  });
});
