import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import type { PendingLine } from '../../domain/lifecycle-state.js';
import type { NotifyInput } from '../../domain/notification.js';
import type { Webhook } from '../../domain/webhooks.js';
import { createDeliveryCounts } from './delivery-counts.js';
import { createNotifier } from './notifier.js';

const NOW = Date.parse('2026-11-21T22:00:00Z');
const hook = (name: string, over: Partial<Webhook> = {}): Webhook => ({
  ...{ name, kind: 'generic', url: 'http://127.0.0.1:1', secret: undefined, buttons: false },
  ...{ models: undefined, events: undefined, ...over },
});
const line = (seq: number, over: Partial<PendingLine> = {}): PendingLine => ({
  ...{ kind: 'promoted', who: 'ada', why: 'better', seq, decidedAt: '2026-11-21T21:59:00.000Z', ...over },
});

function notifier(webhooks: readonly Webhook[], startNotify: (input: NotifyInput) => Promise<void>) {
  const never = () => Promise.reject(new Error('not asked'));
  const counts = createDeliveryCounts(webhooks.map(({ name }) => name));
  const temporal = {
    ...{ startNotify, update: never, tell: never, state: never, running: never, evidenceOf: never },
    ...{ putSchedule: never, deleteSchedule: never },
  };
  return { counts, ...createNotifier({ webhooks, temporal, counts, clock: () => NOW }) };
}

const inAttempt = (attempt: number, work: () => Promise<void>): Promise<void> =>
  new MockActivityEnvironment({ attempt }, { logger: new DefaultLogger('ERROR', () => undefined) }).run(work);

describe('lines that are in the store', () => {
  it('are told to whom they concern, by ids and names alone', async () => {
    const begun: NotifyInput[] = [];
    const webhooks = [hook('all'), hook('one', { models: ['other'] }), hook('few', { events: ['lost'] })];
    const { linesStored } = notifier(webhooks, (input) => Promise.resolve(void begun.push(input)));
    await inAttempt(1, () =>
      linesStored('m', [line(1), line(2, { kind: 'paused' }), line(3, { kind: 'lost' })]),
    );
    const about = { kind: 'line', model: 'm', decidedAt: '2026-11-21T21:59:00.000Z' };
    expect(begun).toEqual([
      { about: { ...about, seq: 1, event: 'promoted' }, hooks: ['all'] },
      { about: { ...about, seq: 3, event: 'lost' }, hooks: ['all', 'few'] },
    ]);
  });

  it('are no news after a day: what waited for the store, or is written again', async () => {
    const { linesStored } = notifier([hook('all')], () => Promise.reject(new Error('begun')));
    await inAttempt(1, () => linesStored('m', [line(1, { decidedAt: '2026-11-20T22:00:00.000Z' })]));
  });

  it('stay in the ledger when Temporal takes no notification: tried again, then counted', async () => {
    const { linesStored, counts } = notifier([hook('all')], () => Promise.reject(new Error('away')));
    for (const attempt of [1, 2]) {
      const tried = inAttempt(attempt, () => linesStored('m', [line(1)]));
      await expect(tried).rejects.toMatchObject({ type: 'notification-not-begun' });
    }
    expect(counts.all()).toContainEqual({ hook: 'all', outcome: 'failed', count: 0 });
    await inAttempt(3, () => linesStored('m', [line(1), line(2)]));
    expect(counts.all()).toContainEqual({ hook: 'all', outcome: 'failed', count: 2 });
  });
});
