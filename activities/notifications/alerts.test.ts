import { afterAll, expect, it } from 'vitest';
import type { PendingLine } from '../../domain/lifecycle-state.js';
import { scratchFolder } from '../../storage/fixtures.js';
import { createLocalStore } from '../../storage/objects/local-store.js';
import { createRegistry } from '../../storage/registry/registry.js';
import { appendPending } from '../append-pending.js';
import { newAlerts, worthTelling } from './alerts.js';

const folder = scratchFolder();
afterAll(() => folder.remove());

const FIRED = { 'data-drift': 'fired' };
const QUIET = { 'data-drift': 'quiet' };

it('an alert is told when it begins, whatever could not be measured while it lasts', async () => {
  const registry = createRegistry(createLocalStore({ root: folder.path }));
  const never = () => Promise.reject(new Error('not asked'));
  const temporal = {
    ...{ update: never, tell: never, state: never, running: never, evidenceOf: never, startNotify: never },
    ...{ putSchedule: never, deleteSchedule: never },
  };
  const checks = [FIRED, undefined, undefined, FIRED, QUIET, undefined, FIRED];
  const lines = checks.map((summary, i): PendingLine => ({
    ...{ who: 'monitor', why: 'as it is', seq: i + 1, decidedAt: '2026-11-21T22:00:00.000Z' },
    ...(summary === undefined
      ? { kind: 'check-failed' as const }
      : { kind: 'check' as const, evidence: { summary } }),
  }));
  await appendPending(registry, { model: 'm', head: { seq: 0, hash: '' }, lines });
  const told: (string | number)[] = [];
  for (const line of await registry.ledger('m')) {
    if ((await newAlerts({ registry, temporal }, line)).includes('data-drift'))
      told.push(`${line.seq} alert`);
    if (line.kind === 'check-failed' && (await worthTelling({ registry, temporal }, line)))
      told.push(`${line.seq} failed`);
  }
  expect(told).toEqual(['1 alert', '2 failed', '6 failed', '7 alert']);
});
