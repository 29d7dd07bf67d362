import { describe, expect, it } from 'vitest';
import type { Rows, Scored } from '../scoring/protocol.js';
import { createBreaker } from './breaker.js';
import { createShadowQueue } from './shadow-queue.js';

const rows = (...values: number[]): Rows => ({
  count: values.length,
  numbers: Float64Array.from(values),
  categories: [values.map(String)],
});

/** Doubles its input; `scored` collects what came of every request, by its name. */
function doubling(options: { limit?: number; fails?: () => boolean } = {}) {
  const scored: Record<string, readonly (number | string)[]> = {};
  let failures = 0;
  let calls = 0;
  const queue = createShadowQueue<string>({
    score: (batch): Promise<Scored> => {
      calls += 1;
      return options.fails?.() === true
        ? Promise.reject(new Error('broken'))
        : Promise.resolve({ predictions: [...batch.numbers].map((x) => 2 * x), scores: null });
    },
    onScored: (name, { predictions }) => (scored[name] = predictions),
    onFailed: () => (failures += 1),
    breaker: createBreaker({ failures: 2, now: () => 0 }),
    limit: options.limit ?? 100,
  });
  return { queue, scored, failures: () => failures, calls: () => calls };
}

describe('a shadow queue', () => {
  it('gives every request its own scores', async () => {
    const { queue, scored } = doubling();
    queue.offer(rows(1, 2), 'a');
    queue.offer(rows(3), 'b');
    await queue.settled();
    expect(scored).toEqual({ a: [2, 4], b: [6] });
    expect(queue.dropped()).toBe(0);
  });

  it('is settled at once when it was offered nothing', async () => {
    await doubling().queue.settled();
  });

  it('drops and counts what does not fit', async () => {
    const { queue, scored } = doubling({ limit: 2 });
    queue.offer(rows(1, 2), 'a');
    queue.offer(rows(3), 'b');
    await queue.settled();
    expect([Object.keys(scored), queue.dropped()]).toEqual([['a'], 1]);
  });

  it('stops trying a version that keeps failing, and counts every row that it misses', async () => {
    const { queue, failures } = doubling({ fails: () => true });
    for (const name of ['a', 'b', 'c', 'd']) {
      queue.offer(rows(1), name);
      await queue.settled();
    }
    expect([failures(), queue.dropped(), queue.state()]).toEqual([2, 4, 'open']);
  });

  it('loses only the request that the version refuses, not those beside it', async () => {
    let calls = 0;
    const { queue, scored } = doubling({ fails: () => [1, 3].includes(++calls) });
    for (const [i, name] of ['a', 'b', 'c'].entries()) queue.offer(rows(i), name);
    await queue.settled();
    expect([scored, queue.dropped()]).toEqual([{ a: [0], c: [4] }, 1]);
  });

  it('sends what waits together, and at once when somebody wants it settled', async () => {
    const { queue, calls } = doubling();
    for (let i = 0; i < 50; i++) queue.offer(rows(i), String(i));
    await queue.settled();
    expect(calls()).toBe(1);
  });

  it('goes on after a failure', async () => {
    let first = true;
    const { queue, scored } = doubling({
      fails: () => {
        const fails = first;
        first = false;
        return fails;
      },
    });
    queue.offer(rows(1), 'a');
    await queue.settled();
    queue.offer(rows(2), 'b');
    await queue.settled();
    expect([scored, queue.dropped()]).toEqual([{ b: [4] }, 1]);
  });
});
