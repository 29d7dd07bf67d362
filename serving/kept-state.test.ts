import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scratchFolder } from '../storage/fixtures.js';
import { createKeptState } from './kept-state.js';

const aliases = {
  model: 'bike-demand',
  generation: 7,
  champion: { version: 3, digest: 'a'.repeat(64) },
  challenger: null,
  previous: null,
  baking: false,
};

let folder: ReturnType<typeof scratchFolder>;
beforeEach(() => {
  folder = scratchFolder();
});
afterEach(() => folder.remove());

describe('what a serving process remembers', () => {
  it('is nothing at first', async () => {
    const kept = createKeptState(folder.path);
    expect(await kept.pinnedModels()).toEqual([]);
    expect(await kept.pin('bike-demand')).toBeUndefined();
    expect(await kept.clock.load()).toBeUndefined();
  });

  it('is the same after a restart', async () => {
    const before = createKeptState(folder.path);
    await before.savePin(aliases);
    await before.saveNewestEvent('bike-demand', '2011-04-01T00:00:00.000Z');
    const after = createKeptState(folder.path);
    expect(await after.pinnedModels()).toEqual(['bike-demand']);
    expect(await after.pin('bike-demand')).toEqual(aliases);
    expect(await after.newestEvent('bike-demand')).toBe('2011-04-01T00:00:00.000Z');
  });

  it('counts starts', async () => {
    expect(await createKeptState(folder.path).countStart()).toBe(1);
    expect(await createKeptState(folder.path).countStart()).toBe(2);
  });

  it('does not take a damaged pin for another generation, wherever a bit flipped', async () => {
    const kept = createKeptState(folder.path);
    await kept.savePin(aliases);
    const path = join(folder.path, 'pins', 'bike-demand.json');
    const whole = readFileSync(path);
    for (let bit = 0; bit < whole.length * 8; bit += 5) {
      const damaged = Buffer.from(whole);
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      writeFileSync(path, damaged);
      expect(await kept.pin('bike-demand')).toBeUndefined();
    }
  });

  it('refuses the pin of a newer program by name: taken for none, the store might serve something older', async () => {
    const kept = createKeptState(folder.path);
    await kept.savePin(aliases);
    const path = join(folder.path, 'pins', 'bike-demand.json');
    const pin: object = JSON.parse(readFileSync(path, 'utf8'));
    writeFileSync(path, JSON.stringify({ ...pin, format: 'perennial-pin/2', shares: [] }));
    await expect(kept.pin('bike-demand')).rejects.toThrow(
      "kept pin of model bike-demand is 'perennial-pin/2'; expected formats up to perennial-pin/1. A newer version of Perennial wrote it",
    );
    // Only the number changed: a flipped bit.
    writeFileSync(path, JSON.stringify({ ...pin, format: 'perennial-pin/3' }));
    expect(await kept.pin('bike-demand')).toBeUndefined();
  });

  it('leaves no drafts behind', async () => {
    await createKeptState(folder.path).savePin(aliases);
    expect(readdirSync(join(folder.path, 'pins'))).toEqual(['bike-demand.json']);
  });

  it('refuses to guess a time when the clock file is damaged', async () => {
    writeFileSync(join(folder.path, 'clock.json'), '{"to": "20');
    await expect(createKeptState(folder.path).clock.load()).rejects.toThrow();
  });
});
