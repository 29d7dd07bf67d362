import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PendingLine } from '../domain/lifecycle-state.js';
import { scratchFolder } from '../storage/fixtures.js';
import { createLocalStore } from '../storage/objects/local-store.js';
import { createRegistry, type Registry } from '../storage/registry/registry.js';
import { appendPending } from './append-pending.js';

let folder: ReturnType<typeof scratchFolder>;
let registry: Registry;
beforeEach(() => {
  folder = scratchFolder();
  registry = createRegistry(createLocalStore({ root: folder.path }));
});
afterEach(() => folder.remove());

const start = { seq: 0, hash: '' };
const line = (seq: number, changes: Partial<PendingLine> = {}): PendingLine => ({
  kind: 'paused',
  who: 'ada',
  why: `decision ${seq}`,
  seq,
  decidedAt: `2026-11-21T06:45:0${seq}.000Z`,
  ...changes,
});

describe('appending pending lines', () => {
  it('chains them, and a repeat changes nothing', async () => {
    const input = { model: 'm', head: start, lines: [line(1), line(2, { version: 3 })] };
    const head = await appendPending(registry, input);
    expect(await appendPending(registry, input)).toEqual(head);
    expect(await registry.ledger('m')).toMatchObject([
      { seq: 1, why: 'decision 1', version: null, champion: null },
      { seq: 2, version: 3, hash: head.hash },
    ]);
  });

  it('goes on after lines whose answer was lost, also when they were shortened since', async () => {
    await appendPending(registry, { model: 'm', head: start, lines: [line(1), line(2)] });
    const shorter = [line(1), line(2, { why: 'short' }), line(3)];
    await appendPending(registry, { model: 'm', head: start, lines: shorter });
    expect((await registry.ledger('m')).map(({ why }) => why)).toEqual([
      'decision 1',
      'decision 2',
      'decision 3',
    ]);
  });

  it('refuses a place that another decision has', async () => {
    await appendPending(registry, { model: 'm', head: start, lines: [line(1)] });
    const other = line(1, { decidedAt: '2026-11-21T09:00:00.000Z', why: 'another' });
    await expect(appendPending(registry, { model: 'm', head: start, lines: [other] })).rejects.toThrow(
      "ledger of model m, line 1 is 'a number that another line has'",
    );
  });
});
