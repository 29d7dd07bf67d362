import { describe, expect, it } from 'vitest';
import { readAhead } from './read-ahead.js';

describe('reading ahead', () => {
  it('starts the next read before an item is used, keeps the order, and no further', async () => {
    const seen: string[] = [];
    const read = (item: number): Promise<number> => {
      seen.push(`read ${item}`);
      return Promise.resolve(item * 10);
    };
    for await (const content of readAhead([1, 2, 3], read)) seen.push(`use ${content}`);
    expect(seen).toEqual(['read 1', 'read 2', 'use 10', 'read 3', 'use 20', 'use 30']);
  });

  it('throws the error of a read when its turn comes', async () => {
    const used: number[] = [];
    const all = async (): Promise<void> => {
      const read = (item: number): Promise<number> =>
        item === 2 ? Promise.reject(new Error('torn file')) : Promise.resolve(item);
      for await (const content of readAhead([1, 2, 3], read)) used.push(content);
    };
    await expect(all()).rejects.toThrow('torn file');
    expect(used).toEqual([1]);
  });

  it('does nothing without items', async () => {
    for await (const content of readAhead<number, number>([], Promise.resolve)) expect(content).toBe(0);
  });
});
