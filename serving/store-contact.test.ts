import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { PerennialError } from '../domain/errors.js';
import { scratchFolder } from '../storage/fixtures.js';
import { createLocalStore } from '../storage/objects/local-store.js';
import type { ObjectStore } from '../storage/objects/object-store.js';
import { watchStore, type StoreState } from './store-contact.js';

let down: string | undefined;
let now: number;
let changes: StoreState[];
let watched: ReturnType<typeof watchStore>;
beforeEach(() => {
  down = undefined;
  now = Date.UTC(2026, 0, 1);
  changes = [];
  const folder = scratchFolder();
  onTestFinished(folder.remove);
  const inner = createLocalStore({ root: folder.path });
  const failing: ObjectStore = {
    ...inner,
    get: (key) => (down === undefined ? inner.get(key) : Promise.reject(refusal(down))),
  };
  watched = watchStore(
    failing,
    (state) => changes.push(state),
    () => (now += 1000),
  );
});

const refusal = (type: string): PerennialError =>
  new PerennialError({ type, thing: 'store', allowed: 'an answer', next: 'Wait.' });
const ask = (): Promise<unknown> => watched.store.get('k').catch(() => undefined);
const second = (n: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, n)).toISOString();

it('is away from its first failure until its next answer, whoever asked', async () => {
  expect(watched.state()).toMatchObject({ reachable: false, lastContact: null, reason: 'not asked yet' });
  await ask();
  expect(watched.state()).toEqual({
    reachable: true,
    since: second(2),
    lastContact: second(2),
    reason: null,
  });
  down = 'store-unavailable';
  await ask();
  await ask();
  expect(watched.state()).toEqual({
    reachable: false,
    since: second(3),
    lastContact: second(2),
    reason: expect.stringContaining('expected an answer') as string,
  });
  for await (const listed of watched.store.list('')) expect(listed).toBeUndefined();
  expect(watched.state()).toMatchObject({ reachable: true, since: second(5), reason: null });
  expect(changes.map(({ reachable }) => reachable)).toEqual([true, false, true]);
});

it('takes a refusal of another kind for an answer', async () => {
  down = 'key-invalid';
  await ask();
  expect(watched.state()).toMatchObject({ reachable: true, reason: null });
});

it('says when it was away from the start', async () => {
  down = 'store-unavailable';
  await ask();
  expect(watched.state()).toMatchObject({ reachable: false, since: second(2), lastContact: null });
  expect(changes).toHaveLength(1);
});
