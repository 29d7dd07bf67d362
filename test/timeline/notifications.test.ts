import { createHmac } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createCli } from '../../client/cli/program.js';
import { Perennial } from '../../client/sdk/perennial.js';
import { createHandler } from '../../examples/approve-from-chat/handler.js';
import { JSON_SCHEMAS } from '../../client/cli/json-schemas.js';
import { keptIo } from '../../client/cli/test-io.js';
import { notificationSchema, type Notification } from '../../domain/notification.js';
import type { Webhook } from '../../domain/webhooks.js';
import { askNew, bakeSaw, bringToBake, idle, idsOf, waitingIn } from '../replay/steps.js';
import { readableHistories } from '../support/readable-histories.js';
import { startScriptedModel, type ScriptedModel, waitUntil } from '../support/scripted-model.js';
import { sharedServer } from '../support/temporal.js';
import { startReceiver, type WebhookReceiver } from '../support/webhook-receiver.js';

const SECRET = 'a-secret-that-signs-messages';
const PATHS = { generic: '/hooks/a-path-that-is-a-secret', slack: '/services/T0/B0/another-secret-path' };

const hook = (over: Pick<Webhook, 'name' | 'url'> & Partial<Webhook>): Webhook => ({
  ...{ kind: 'generic', models: undefined, events: undefined, buttons: false, secret: undefined },
  ...over,
});

/** Every message that came in by the generic webhook, read by its schema, by event. */
const told = ({ calls }: WebhookReceiver): Notification[] =>
  calls.filter(({ path }) => path === PATHS.generic).map(({ body }) => notificationSchema.parse(body));

async function toldOf(receiver: WebhookReceiver, event: string, count = 1): Promise<Notification> {
  const of = () => told(receiver).filter((one) => one.event === event);
  const found = await waitUntil(
    `told of ${event}`,
    () => Promise.resolve(of()),
    (all) => all.length >= count,
  );
  const last = found.at(-1);
  if (last === undefined) throw new Error(`nobody was told of ${event}`);
  return last;
}

/** Runs `perennial … --json` in this process. */
async function perennial({ taskQueue, storeFolder }: ScriptedModel, ...args: string[]) {
  const io = keptIo();
  const { address, namespace } = sharedServer();
  const where = [
    '--address',
    address,
    '--namespace',
    namespace,
    '--task-queue',
    taskQueue,
    '--store',
    storeFolder,
  ];
  const code = await createCli(io).run([...args, ...where, '--json']);
  const printed: unknown = JSON.parse(io.written.join('\n'));
  const schema = JSON_SCHEMAS[args.includes('--test') ? 'notify --test' : 'notify'];
  expect(schema?.parse(printed)).toEqual(printed);
  return { code, printed };
}

const SIGNING = 'the-signing-secret-of-an-app';

/** Presses the approve button of a message in the chat, as Slack tells the example's handler of it. */
async function press(
  { line, receiver }: { line: ScriptedModel; receiver: WebhookReceiver },
  message: unknown,
  userId: string,
): Promise<void> {
  const [, value] =
    /"action_id":"perennial-approve"[^}]*"value":("(?:[^"\\]|\\.)*")/.exec(JSON.stringify(message)) ?? [];
  const { address, namespace } = sharedServer();
  const { taskQueue, storeFolder } = line;
  const client = Perennial.open({ address, namespace, taskQueue, store: storeFolder, state: storeFolder });
  onTestFinished(() => client.close());
  const people = { 'U-ADA': 'ada' };
  const answersTo = [receiver.url];
  const app = createHandler({ perennial: client, signingSecret: SIGNING, people, answersTo });
  const payload = JSON.stringify({
    ...{ type: 'block_actions', user: { id: userId }, response_url: `${receiver.url}/answer` },
    actions: [{ action_id: 'perennial-approve', value: JSON.parse(value ?? '""') as unknown }],
  });
  const body = new URLSearchParams({ payload }).toString();
  const at = String(Math.floor(Date.now() / 1000));
  const signed = createHmac('sha256', SIGNING).update(`v0:${at}:${body}`).digest('hex');
  const answer = await app.inject({
    ...{ method: 'POST', url: '/slack', body },
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...{ 'x-slack-request-timestamp': at, 'x-slack-signature': `v0=${signed}` },
    },
  });
  expect({ status: answer.statusCode, body: answer.body }).toEqual({ status: 200, body: '' });
}

/** What Slack shows of a press: what is posted to where it says. */
const answered = (receiver: WebhookReceiver, words: string) =>
  waitUntil(
    `the chat was answered ${words}`,
    () => Promise.resolve(receiver.calls),
    (calls) => calls.some(({ path, raw }) => path === '/answer' && raw.includes(words)),
  );

describe('people who are told by webhook', () => {
  it('hear of a question, of what was decided, refused and taken back, once each, and no secret is written down', async () => {
    const receiver = await startReceiver();
    onTestFinished(() => receiver.close());
    const generic = hook({ name: 'pager', url: `${receiver.url}${PATHS.generic}`, secret: SECRET });
    const slack = hook({
      ...{ name: 'chat', kind: 'slack', url: `${receiver.url}${PATHS.slack}`, buttons: true },
      events: ['approval-waiting'],
    });
    const webhooks = [generic, slack];
    const webUi = 'http://127.0.0.1:8233/';
    const line = await startScriptedModel({ webhooks, webUi });
    const ids = idsOf(line);

    // the receiver is away when people are asked, and the worker ends meanwhile: the message comes all the same
    receiver.answer = () => ({ status: 503, body: PATHS.generic });
    const alerting = { kind: 'data-drift', test: 'psi', action: 'alert' } as const;
    await line.apply({ triggers: [alerting], rollout: { approval: { from: ['ml-leads'] } } });
    await waitingIn(line, 1, 'approval');
    await waitUntil(
      'both were tried',
      () => Promise.resolve(receiver.calls),
      (calls) => new Set(calls.map(({ path }) => path)).size === 2,
    );
    await line.restartWorker();
    const refused = receiver.calls.length;
    receiver.answer = () => ({ status: 200 });
    await waitUntil(
      'both arrived',
      () => Promise.resolve(receiver.calls.slice(refused)),
      (calls) => new Set(calls.map(({ path }) => path)).size === 2,
    );
    const asked = await toldOf(receiver, 'approval-waiting');
    expect(asked).toMatchObject({
      model: line.model,
      version: 1,
      who: 'ada or grace',
      metric: 'mae',
      numbers: { candidate: 1, naive: 2, rows: 100 },
      link: `http://127.0.0.1:8233/namespaces/default/workflows/${encodeURIComponent(ids.rollout(1))}`,
    });
    expect(asked.next[0]?.command).toContain(`perennial approve ${line.model} --candidate 1`);
    const calls = receiver.calls.filter(({ path }) => path === PATHS.generic);
    expect(new Set(calls.map(({ headers }) => headers['perennial-event-id']))).toEqual(new Set([asked.id]));
    const [first] = calls;
    const [, t = '', v1 = ''] =
      /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(first?.headers['perennial-signature'])) ?? [];
    expect(
      createHmac('sha256', SECRET)
        .update(`${t}.${first?.raw ?? ''}`)
        .digest('hex'),
    ).toBe(v1);
    const chat = receiver.calls.findLast(({ path }) => path === PATHS.slack);
    expect(chat?.body).toMatchObject({ text: expect.stringContaining('version 1 waits for a decision') });
    expect(chat?.raw).toContain('perennial-approve');

    // ada presses the button below the question
    await press({ line, receiver }, chat?.body, 'U-MALLORY');
    await answered(receiver, 'not in the list of approvers');
    await press({ line, receiver }, chat?.body, 'U-ADA');
    await answered(receiver, 'on its way');
    expect(await toldOf(receiver, 'promoted')).toMatchObject({ version: 1, who: 'ada' });
    await answered(receiver, 'version 1: promoted, decided by ada');
    await idle(line);

    // an alert is told when it begins, not while it lasts; likewise a check that cannot be measured
    const drifted = [{ feature: 'x', statistic: 0.9, drifted: true }];
    const check = (day: number) => {
      const asOf = `2011-05-0${day}T00:00:00.000Z`;
      const options = { taskQueue: line.taskQueue, workflowId: `monitor/${line.model}-${asOf}` };
      return line.client.workflow
        .execute('monitor', { ...options, args: [{ model: line.model, asOf }] })
        .catch(() => undefined);
    };
    line.script.measured = { drift: [drifted] };
    await check(1);
    expect(await toldOf(receiver, 'alert')).toMatchObject({ title: `${line.model}: data-drift fired` });
    await check(2);
    line.script.unmeasurable = 'too little memory';
    await check(3);
    expect(await toldOf(receiver, 'check-failed')).toMatchObject({
      text: expect.stringContaining('too little memory'),
    });
    await check(4);
    line.script.unmeasurable = undefined;

    // a receiver that does not want a message gets no more of it
    receiver.answer = () => ({ status: 302, headers: { location: `${receiver.url}/elsewhere` } });
    line.script.violations = ['range x: one row above 2'];
    await askNew(line);
    await idle(line);
    const { printed } = await waitUntil(
      'it failed',
      () => perennial(line, 'notify', line.model),
      (all) => JSON.stringify(all.printed).includes('"state":"failed"'),
    );
    expect(printed).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          ...{ event: 'no-candidate', state: 'failed' },
          deliveries: [
            expect.objectContaining({
              because: 'webhook pager answered 302, a redirect, which is not followed',
            }),
          ],
        }),
      ]),
    );
    expect(await perennial(line, 'notify', '--test')).toMatchObject({ code: 1 });
    receiver.answer = () => ({ status: 200 });
    expect(await perennial(line, 'notify', '--test', '--by', 'ada')).toMatchObject({
      code: 0,
      printed: {
        deliveries: [
          { hook: 'pager', outcome: 'delivered' },
          { hook: 'chat', outcome: 'delivered' },
        ],
      },
    });

    // a question that ends at no time is refused by name
    const never = {
      ...{ kind: 'approval', model: line.model, version: 1, run: ids.rollout(1), runId: 'r', approvers: [] },
      ...{ askedAt: '2026-11-21T22:00:00.000Z', deadline: 'soon' },
    };
    const options = { taskQueue: line.taskQueue, workflowId: `notify/${line.model}/never` };
    await expect(
      line.client.workflow.execute('notify', { ...options, args: [{ about: never, hooks: [] }] }),
    ).rejects.toMatchObject({
      cause: { type: 'unusable-argument', message: expect.stringContaining('about.deadline: an ISO 8601') },
    });

    line.script.violations = [];
    await askNew(line);
    await bringToBake(line, 2);
    line.bake.open(bakeSaw('roll-back'));
    expect(await toldOf(receiver, 'rolled-back')).toMatchObject({
      title: `${line.model}: version 2 was rolled back, version 1 serves`,
      numbers: { candidate: 1, champion: 1.1 },
    });
    await idle(line);

    const events = told(receiver).map(({ id, event }) => `${event} ${id}`);
    expect(new Set(events.map((one) => one.split(' ')[0]))).toEqual(
      new Set([
        ...['approval-waiting', 'promoted', 'alert', 'check-failed', 'no-candidate', 'rolled-back'],
        'test',
      ]),
    );
    const once = (event: string) => new Set(events.filter((one) => one.startsWith(`${event} `))).size;
    expect({ alerts: once('alert'), failed: once('check-failed') }).toEqual({ alerts: 1, failed: 1 });
    expect(receiver.calls.some(({ path }) => path === '/elsewhere')).toBe(false);

    const histories = await readableHistories(line.client, line.taskQueue);
    expect(histories.some(({ id }) => id.startsWith('notify/'))).toBe(true);
    const secrets = [...Object.values(PATHS), new URL(receiver.url).host, SECRET];
    const leaked = histories.flatMap(({ id, stored }) =>
      secrets.filter((secret) => stored.includes(secret)).map((secret) => `${secret} in ${id}`),
    );
    expect(leaked).toEqual([]);
  });
});
