import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import type { PendingLine } from '../../domain/lifecycle-state.js';
import type { NotifyInput } from '../../domain/notification.js';
import type { Webhook } from '../../domain/webhooks.js';
import { createDeliveryCounts } from './delivery-counts.js';
import { createNotifier } from './notifier.js';

const NOW = Date.parse('2026-11-21T22:00:00Z');
/** Enough for a test. */
const PATIENCE_MS = 300;
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
  return { counts, ...createNotifier({ webhooks, temporal, counts, clock: () => NOW }, PATIENCE_MS) };
}

const inActivity = (work: () => Promise<void>): Promise<void> =>
  new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR', () => undefined) }).run(work);

describe('lines that are in the store', () => {
  it('are told to whom they concern, by ids and names alone', async () => {
    const begun: NotifyInput[] = [];
    const webhooks = [hook('all'), hook('one', { models: ['other'] }), hook('few', { events: ['lost'] })];
    const { linesStored } = notifier(webhooks, (input) => Promise.resolve(void begun.push(input)));
    await inActivity(() =>
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
    await inActivity(() => linesStored('m', [line(1, { decidedAt: '2026-11-20T22:00:00.000Z' })]));
  });

  it('are tried again at once, whatever attempt at the ledger it is', async () => {
    let tried = 0;
    const late = () => (++tried === 1 ? Promise.reject(new Error('away')) : Promise.resolve());
    const { linesStored, counts } = notifier([hook('all')], late);
    await inActivity(() => linesStored('m', [line(1)]));
    expect(tried).toBe(2);
    expect(counts.all()).toContainEqual({ hook: 'all', outcome: 'failed', count: 0 });
  });

  it('stay in the ledger when Temporal takes no notification, which is counted', async () => {
    const { linesStored, counts } = notifier([hook('all')], () => Promise.reject(new Error('away')));
    await inActivity(() => linesStored('m', [line(1), line(2)]));
    expect(counts.all()).toContainEqual({ hook: 'all', outcome: 'failed', count: 2 });
  });

  it('wait one time for all of them when Temporal hangs: the ledger comes first', async () => {
    let open = 0;
    const hang = () => new Promise<void>(() => (open += 1));
    const { linesStored, counts } = notifier([hook('all')], hang);
    const lines = Array.from({ length: 20 }, (_, i) => line(i + 1));
    await inActivity(() => linesStored('m', lines));
    expect(open).toBe(20);
    expect(counts.all()).toContainEqual({ hook: 'all', outcome: 'failed', count: 20 });
  });
});
