import { createServer } from 'node:http';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Webhook } from '../../domain/webhooks.js';
import { sampleManifest, scratchFolder } from '../../storage/fixtures.js';
import { createLocalStore } from '../../storage/objects/local-store.js';
import { createRegistry } from '../../storage/registry/registry.js';
import { createDeliveryCounts } from './delivery-counts.js';
import { createNotificationActivities, type DeliverInput } from './notification-activities.js';
import { createNotifier } from './notifier.js';
import type { NotificationPorts } from './ports.js';

const NOW = Date.parse('2026-11-21T22:00:00Z');
const DAY_MS = 86_400_000;
const folder = scratchFolder();
const bodies: string[] = [];
let held: (() => void)[] = [];
let holds = false;
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (part: Buffer) => (body += part.toString()));
  request.on('end', () => {
    bodies.push(body);
    if (holds) held.push(() => response.end());
    else response.end();
  });
});
let url = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address !== null && typeof address === 'object') url = `http://127.0.0.1:${address.port}/x`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  folder.remove();
});

/** What the rollout says of itself when it is asked. */
let evidence: unknown;

function activities(webhooks: readonly Partial<Webhook>[]) {
  const store = createLocalStore({ root: folder.path });
  const never = () => Promise.reject(new Error('not asked'));
  const hooks = webhooks.map((over): Webhook => ({
    ...{ name: 'team', kind: 'generic', url, secret: undefined, buttons: false },
    ...{ models: undefined, events: undefined, ...over },
  }));
  const counts = createDeliveryCounts(hooks.map(({ name }) => name));
  const registry = createRegistry(store);
  const temporal = {
    ...{ update: never, tell: never, state: never, running: never, startNotify: never },
    ...{ putSchedule: never, deleteSchedule: never, evidenceOf: () => Promise.resolve(evidence) },
  };
  const ports: NotificationPorts = {
    ...{ webhooks: hooks, registry, store, temporal, counts, webUi: undefined, clock: () => NOW },
  };
  const { deliver } = createNotificationActivities(ports, createNotifier(ports));
  const log = new DefaultLogger('ERROR', () => undefined);
  const run = (input: DeliverInput, scheduled = NOW) =>
    new MockActivityEnvironment({ scheduledTimestampMs: scheduled }, { logger: log }).run(() =>
      deliver(input),
    );
  return { run, counts, registry };
}

const test: DeliverInput = {
  about: { kind: 'test', id: 'test/1', by: 'ada', at: '2026-11-21T22:00:00.000Z' },
  event: 'test',
  hook: 'team',
};
const question: DeliverInput = {
  about: {
    ...{ kind: 'approval', model: 'bike-demand', version: 1, run: 'rollout/bike-demand/1', runId: 'r' },
    ...{ askedAt: '2026-11-21T22:00:00.000Z', deadline: '2026-11-28T22:00:00.000Z', approvers: ['ada'] },
  },
  event: 'approval-waiting',
  hook: 'team',
};

describe('a delivery', () => {
  it('is tried again for a day, also by another worker, and then given up', async () => {
    const { run, counts } = activities([{ url: 'http://127.0.0.1:1/' }]);
    await expect(run(test)).rejects.toMatchObject({ nonRetryable: false, type: 'webhook-unreachable' });
    await expect(run({ ...test, hook: 'other' })).rejects.toMatchObject({
      ...{ nonRetryable: false, type: 'unknown-webhook' },
    });
    expect(counts.all()).toContainEqual({ hook: 'team', outcome: 'retried', count: 1 });
    await expect(run(test, NOW - DAY_MS)).rejects.toMatchObject({
      ...{ nonRetryable: true, type: 'given-up' },
      message: expect.stringMatching(/^given up after a day: webhook team cannot be reached/),
    });
    expect(counts.all()).toContainEqual({ hook: 'team', outcome: 'failed', count: 1 });
  });

  it('of a question is moot once it was answered, and for whom it does not concern', async () => {
    const { run, counts, registry } = activities([{}]);
    await registry.register(sampleManifest(1));
    evidence = { phase: 'approval', verdicts: [] };
    expect(await run(question)).toBe('delivered');
    const { numbers, who } = JSON.parse(bodies.at(-1) ?? '{}') as Record<string, unknown>;
    expect({ numbers, who }).toEqual({ numbers: { candidate: 1, naive: 2, rows: 10 }, who: 'ada' });
    expect(await run({ ...question, event: 'approval-expiring' })).toBe('delivered');
    expect(JSON.parse(bodies.at(-1) ?? '{}')).toMatchObject({
      id: 'rollout/bike-demand/1/r/approval-expiring',
      title: 'bike-demand: version 1 still waits for a decision',
    });
    evidence = { phase: 'promote', verdicts: [] };
    expect(await run(question)).toBe('moot');
    evidence = undefined;
    expect(await run(question)).toBe('moot');
    expect(await activities([{ models: ['other'] }]).run(question)).toBe('moot');
    expect(counts.all()).toContainEqual({ hook: 'team', outcome: 'delivered', count: 2 });
  });

  it('of a line that is another one by now is moot', async () => {
    const { run } = activities([{}]);
    const about = { kind: 'line' as const, event: 'promoted' as const, model: 'bike-demand', seq: 7 };
    const line = { about: { ...about, decidedAt: '2026-11-21T22:00:00.000Z' }, hook: 'team' };
    expect(await run({ ...line, event: 'promoted' })).toBe('moot');
  });

  it('waits for its turn while receivers hang: deciding needs the places, and so do other webhooks', async () => {
    holds = true;
    const names = ['team', 'b', 'c', 'd', 'healthy'];
    const { run, counts } = activities(names.map((name) => ({ name })));
    const busy = { nonRetryable: false, type: 'busy', nextRetryDelay: 5000 };
    const hang = (hook: string) => Array.from({ length: 4 }, () => run({ ...test, hook }));
    const hanging = hang('team');
    await expect.poll(() => held.length).toBe(4);
    await expect(run(test)).rejects.toMatchObject(busy);
    hanging.push(...['b', 'c', 'd'].flatMap(hang));
    await expect.poll(() => held.length).toBe(16);
    await expect(run({ ...test, hook: 'healthy' })).rejects.toMatchObject(busy);
    expect(counts.all()).toContainEqual({ hook: 'healthy', outcome: 'retried', count: 1 });
    await expect(run({ ...test, hook: 'healthy' }, NOW - DAY_MS)).rejects.toMatchObject({
      ...{ nonRetryable: true, type: 'given-up' },
    });
    expect(counts.all()).toContainEqual({ hook: 'healthy', outcome: 'failed', count: 1 });
    holds = false;
    for (const answer of held) answer();
    held = [];
    expect(new Set(await Promise.all(hanging))).toEqual(new Set(['delivered']));
    expect(await run(test)).toBe('delivered');
  });
});
