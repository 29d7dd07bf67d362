import { describe, expect, it } from 'vitest';
import { createBatcher, type Batcher } from './batcher.js';
import type { Rows, Scored } from './protocol.js';

const rows = (...values: number[]): Rows => ({
  count: values.length,
  numbers: Float64Array.from(values.flatMap((x) => [x]).concat(values.map((x) => -x))),
  categories: [values.map(String)],
});

/** Adds 1 to its first number; refuses a batch with a 13 in it. `sizes` are the batches that were sent. */
function addingOne(): { batcher: Batcher; sizes: number[] } {
  const sizes: number[] = [];
  const score = (_key: string, batch: Rows): Promise<Scored> => {
    sizes.push(batch.count);
    const first = [...batch.numbers.subarray(0, batch.count)];
    const second = [...batch.numbers.subarray(batch.count)];
    if (first.includes(13)) return Promise.reject(new Error('unlucky'));
    const consistent = first.every((x, i) => second[i] === -x && batch.categories[0]?.[i] === String(x));
    if (!consistent) return Promise.reject(new Error('columns were mixed up'));
    return Promise.resolve({ predictions: first.map((x) => x + 1), scores: Float64Array.from(first) });
  };
  return { batcher: createBatcher({ score }, 'k'), sizes };
}

describe('a batcher', () => {
  it('sends requests of one turn together and gives each its own scores', async () => {
    const { batcher, sizes } = addingOne();
    const scored = await Promise.all([
      batcher.score(rows(1, 2)),
      batcher.score(rows(3)),
      batcher.score(rows(4)),
    ]);
    expect(scored.map(({ predictions }) => predictions)).toEqual([[2, 3], [4], [5]]);
    expect(scored.map(({ scores }) => [...(scores ?? [])])).toEqual([[1, 2], [3], [4]]);
    expect(sizes).toEqual([4]);
  });

  it('lets a request that fails fail alone', async () => {
    const { batcher } = addingOne();
    const scored = await Promise.allSettled([rows(1), rows(13), rows(3)].map((one) => batcher.score(one)));
    expect(scored.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('sends no batch of more than 4096 rows, but a larger request whole', async () => {
    const { batcher, sizes } = addingOne();
    const many = (count: number): Rows => rows(...new Array<number>(count).fill(1));
    await Promise.all([many(4000), many(90), many(7), many(5000)].map((one) => batcher.score(one)));
    expect(sizes).toEqual([4090, 7, 5000]);
  });

  it('refuses at once what would have to wait too long', async () => {
    const { batcher } = addingOne();
    const filling = Array.from({ length: 13 }, () => batcher.score(rows(...new Array<number>(5000).fill(1))));
    await expect(batcher.score(rows(...new Array<number>(5000).fill(1)))).rejects.toThrow(
      'rows that wait for the scorer is 65000; expected at most 65536',
    );
    await Promise.all(filling);
    expect((await batcher.score(rows(1))).predictions).toEqual([2]);
  });
});
