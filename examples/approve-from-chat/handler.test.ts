import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createHandler, type HandlerOptions } from './handler.js';

const SECRET = '8f742231b10e8888abcd99yyyzzz85a5';
const answers: string[] = [];
const server = createServer((request, response) => {
  void text(request).then((body) => {
    answers.push(body);
    response.end();
  });
});
let slack = '';
const asked: unknown[] = [];
let decide: HandlerOptions['perennial']['decide'];

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address !== null && typeof address === 'object') slack = `http://127.0.0.1:${address.port}`;
});
afterAll(() => server.close());
beforeEach(() => {
  asked.length = 0;
  answers.length = 0;
  decide = (model, decision, options) => {
    asked.push({ model, decision, ...options });
    return Promise.resolve({ outcome: 'promoted', version: 3, effectiveFrom: null });
  };
});

interface Call {
  readonly fields: Record<string, string>;
  readonly secret?: string;
  /** Seconds ago. */
  readonly age?: number;
  /** Sent in place of what was signed. */
  readonly forged?: string;
}

async function call({ fields, secret = SECRET, age = 0, forged }: Call) {
  const people = { U1: 'ada', U2: 'grace' };
  const app = createHandler({
    ...{ perennial: { decide: (...args) => decide(...args) }, signingSecret: SECRET, people },
    answersTo: [slack],
  });
  const body = new URLSearchParams(fields).toString();
  const timestamp = String(Math.floor(Date.now() / 1000) - age);
  const signed = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex');
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    ...{ 'x-slack-request-timestamp': timestamp, 'x-slack-signature': `v0=${signed}` },
  };
  const answer = await app.inject({ method: 'POST', url: '/slack', headers, body: forged ?? body });
  await app.close();
  return { status: answer.statusCode, text: answer.body };
}

const command = (words: string, user = 'U1') => ({
  ...{ command: '/perennial', text: words, user_id: user, user_name: 'grace' },
  response_url: `${slack}/answer`,
});

const pressed = (userId: string) => ({
  payload: JSON.stringify({
    ...{ type: 'block_actions', user: { id: userId }, response_url: `${slack}/answer` },
    actions: [{ action_id: 'perennial-reject', value: JSON.stringify({ model: 'bike-demand', version: 3 }) }],
  }),
});

describe('a decision from the chat', () => {
  it('is sent under the name of the approver, whom Slack’s user id names, and answered', async () => {
    const { status, text: said } = await call({
      fields: command('approve bike-demand 3 better on all slices'),
    });
    expect({ status, said }).toMatchObject({ status: 200, said: expect.stringContaining('on its way') });
    const reason = 'better on all slices';
    expect(asked).toEqual([{ model: 'bike-demand', decision: 'approve', version: 3, by: 'ada', reason }]);
    await expect.poll(() => answers.join()).toContain('bike-demand version 3: promoted, decided by ada');
  });

  it('may come from a button, of which Slack shows only what is posted to it', async () => {
    expect(await call({ fields: pressed('U2') })).toEqual({ status: 200, text: '' });
    expect(asked).toEqual([
      { model: 'bike-demand', decision: 'reject', version: 3, by: 'grace', reason: 'from the chat' },
    ]);
    await expect.poll(() => answers.length).toBe(2);
    const posted = answers.map((answer) => JSON.parse(answer) as unknown);
    const keeps = { replace_original: false };
    expect(posted).toContainEqual({
      ...{ ...keeps, response_type: 'ephemeral', text: 'reject version 3 of bike-demand: on its way.' },
    });
    expect(posted).toContainEqual({
      ...{ ...keeps, response_type: 'in_channel' },
      text: 'bike-demand version 3: promoted, decided by grace',
    });
  });

  it('by the button of somebody who is not in the list is refused where Slack shows it', async () => {
    expect(await call({ fields: pressed('U9') })).toEqual({ status: 200, text: '' });
    await expect.poll(() => answers.join()).toMatch(/ephemeral.*U9.*not in the list/);
    expect(asked).toEqual([]);
  });

  it('that Perennial refuses is told', async () => {
    decide = () => Promise.reject(new Error('version 3 is in bake, not waiting for a decision'));
    await call({ fields: command('approve bike-demand 3') });
    await expect.poll(() => answers.join()).toContain('not waiting for a decision');
  });

  it.each([
    ['under another secret', { secret: 'another-secret-of-somebody' }],
    ['that was recorded an hour ago', { age: 3600 }],
    ['of the future', { age: -3600 }],
    ['that was changed on its way', { forged: 'text=approve+other+1&user_id=U1' }],
  ])('%s is refused', async (_, how) => {
    expect((await call({ fields: command('approve bike-demand 3'), ...how })).status).toBe(401);
    expect(asked).toEqual([]);
  });

  it.each([
    [
      'by somebody who is not in the list',
      () => command('approve bike-demand 3', 'U9'),
      /U9.*not in the list/,
    ],
    [
      'by a name that every object has',
      () => command('approve bike-demand 3', 'constructor'),
      /not in the list/,
    ],
    ['without a version', () => command('approve bike-demand'), /Usage/],
    ['on something that is no model', () => command('approve ../x 3'), /Usage/],
    [
      'answered elsewhere',
      () => ({ ...command('approve bike-demand 3'), response_url: 'http://127.0.0.1:1/' }),
      /Nowhere/,
    ],
    ['in words that are none', () => ({ payload: '{' }), /Usage/],
  ])('%s changes nothing', async (_, fields, words) => {
    const { status, text: said } = await call({ fields: fields() });
    expect(status).toBe(200);
    expect(said).toMatch(words);
    expect(asked).toEqual([]);
  });
});
