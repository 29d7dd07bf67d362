import { readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { scratchFolder } from '../fixtures.js';
import { createDiskCache, type DiskCache } from './disk-cache.js';

let folder: ReturnType<typeof scratchFolder>;
beforeEach(() => {
  folder = scratchFolder();
});
afterEach(() => folder.remove());

const LIMIT = 1000;
const open = (keepMs = 0): DiskCache => createDiskCache({ folder: folder.path, limitBytes: LIMIT, keepMs });
const names = (): string[] => readdirSync(folder.path).sort();
const held = (): number => names().reduce((sum, name) => sum + statSync(join(folder.path, name)).size, 0);

/** Adds a file of so many bytes; notes the most that the folder ever held while it was written. */
function add(cache: DiskCache, name: string, bytes: number, most: number[] = []): Promise<string> {
  return cache.add(bytes, async (path) => {
    await writeFile(path, Buffer.alloc(bytes));
    most.push(held());
    return name;
  });
}

/** Makes a file look as if it had been used so long ago. */
function age(name: string, seconds: number): void {
  const then = Date.now() / 1000 - seconds;
  utimesSync(join(folder.path, name), then, then);
}

it('gives a file back by its name', async () => {
  const cache = open();
  expect(await cache.find('a')).toBeUndefined();
  const path = await add(cache, 'a', 10);
  expect(path).toBe(join(folder.path, 'a'));
  expect(await cache.find('a')).toBe(path);
  expect(await open().find('a')).toBe(path);
});

it('makes room by removing what was used longest ago', async () => {
  const cache = open();
  for (const [name, seconds] of [
    ['a', 300],
    ['b', 200],
    ['c', 100],
  ] as const) {
    await add(cache, name, 300);
    age(name, seconds);
  }
  await cache.find('a');
  await add(cache, 'd', 300);
  expect(names()).toEqual(['a', 'c', 'd']);
});

it('never holds more than its limit, not even while many files are written at once', async () => {
  const cache = open();
  const most: number[] = [];
  const added = await Promise.allSettled(
    Array.from({ length: 60 }, (_, i) => add(cache, `f${i}`, 100 + ((i * 37) % 300), most)),
  );
  expect(added.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(2);
  for (const result of added) {
    if (result.status === 'rejected') expect(result.reason).toMatchObject({ type: 'cache-full' });
  }
  expect(Math.max(...most)).toBeLessThanOrEqual(LIMIT);
  expect(held()).toBeLessThanOrEqual(LIMIT);
});

it('removes nothing that was used a moment ago, and says that it is full', async () => {
  const cache = open(60_000);
  await add(cache, 'a', 600);
  await expect(add(cache, 'b', 600)).rejects.toThrow(
    `cache ${folder.path}: 600 bytes more than the 600 in use; expected at most 1000 bytes in all. Wait until what is running has ended, or raise PERENNIAL_CACHE_BYTES.`,
  );
  age('a', 61);
  expect(basename(await add(cache, 'b', 600))).toBe('b');
  expect(names()).toEqual(['b']);
});

it('refuses a file that could never fit, and removes nothing for it', async () => {
  const cache = open();
  await add(cache, 'a', 600);
  await expect(add(cache, 'b', 1001)).rejects.toMatchObject({ type: 'cache-too-small' });
  expect(names()).toEqual(['a']);
});

it('shows nothing of a file whose writing failed, and gives its room back', async () => {
  const cache = open(60_000);
  const failing = cache.add(900, async (path) => {
    await writeFile(path, Buffer.alloc(500));
    throw new Error('the connection broke off');
  });
  await expect(failing).rejects.toThrow('the connection broke off');
  expect(names()).toEqual([]);
  await add(cache, 'a', 900);
});

it('counts what a killed process left half-written, and removes it a day later', async () => {
  writeFileSync(join(folder.path, '.unfinished-x'), Buffer.alloc(500));
  const cache = open();
  await expect(add(cache, 'a', 600)).rejects.toMatchObject({ type: 'cache-full' });
  age('.unfinished-x', 90_000);
  await add(cache, 'a', 600);
  expect(names()).toEqual(['a']);
});
