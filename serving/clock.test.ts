import { describe, expect, it } from 'vitest';
import { createSteppedClock, createWallClock, type ClockMemory } from './clock.js';

function memory(): ClockMemory & { saved: string | undefined } {
  const kept = {
    saved: undefined as string | undefined,
    load: () => Promise.resolve(kept.saved),
    save: (to: string) => {
      kept.saved = to;
      return Promise.resolve();
    },
  };
  return kept;
}

describe('the stepped clock', () => {
  it('stands at 1970 until it is told otherwise', async () => {
    expect((await createSteppedClock(memory())).now()).toBe(0);
  });

  it('moves forward only, and stays where it is when told again', async () => {
    const clock = await createSteppedClock(memory());
    await clock.moveTo('2011-04-02T00:00:00Z');
    await clock.moveTo('2011-04-02T00:00:00.000Z');
    await expect(clock.moveTo('2011-04-01T23:00:00Z')).rejects.toThrow(
      "clock: to is '2011-04-01T23:00:00Z'; expected 2011-04-02T00:00:00.000Z or later",
    );
    expect(clock.now()).toBe(Date.parse('2011-04-02T00:00:00Z'));
  });

  it('goes on after a restart where it stood', async () => {
    const kept = memory();
    await (await createSteppedClock(kept)).moveTo('2011-04-02T02:00:00+02:00');
    expect((await createSteppedClock(kept)).now()).toBe(Date.parse('2011-04-02T00:00:00Z'));
  });

  it('stays where it is when the new time cannot be kept', async () => {
    const clock = await createSteppedClock({
      load: () => Promise.resolve(undefined),
      save: () => Promise.reject(new Error('disk full')),
    });
    await expect(clock.moveTo('2011-04-02T00:00:00Z')).rejects.toThrow('disk full');
    expect(clock.now()).toBe(0);
  });
});

describe('the wall clock', () => {
  it('does not run backwards when the machine is set back', () => {
    const times = [1000, 400, 1200];
    const clock = createWallClock(() => times.shift() ?? 0);
    expect([clock.now(), clock.now(), clock.now()]).toEqual([1000, 1000, 1200]);
  });

  it('cannot be moved', async () => {
    await expect(createWallClock().moveTo('2011-04-02T00:00:00Z')).rejects.toThrow(
      'expected a stepped clock',
    );
  });
});
