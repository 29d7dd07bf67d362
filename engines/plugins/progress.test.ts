import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { progressIn, tellProgress } from './progress.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A teller, and what the worker was told. */
function teller() {
  const told: unknown[] = [];
  return { told, ...tellProgress((said) => told.push(progressIn(said))) };
}

describe('the progress of a training', () => {
  it('is told at once, then five times a second at most, the newest each time and the last in any case', () => {
    const { told, progress, flush } = teller();
    for (let epoch = 1; epoch <= 10_000; epoch += 1) progress({ epoch });
    expect(told).toEqual([{ epoch: 1 }]);
    vi.advanceTimersByTime(200);
    expect(told).toEqual([{ epoch: 1 }, { epoch: 10_000 }]);
    progress({ epoch: 10_001, loss: 0.5 });
    flush();
    flush();
    expect(told.slice(2)).toEqual([{ epoch: 10_001, loss: 0.5 }]);
  });

  it('is told by a loop that lets no timer run', () => {
    const now = vi.spyOn(performance, 'now');
    const { told, progress } = teller();
    for (let epoch = 1; epoch <= 4; epoch += 1) {
      now.mockReturnValue(epoch * 100);
      progress({ epoch });
    }
    now.mockRestore();
    expect(told).toEqual([{ epoch: 1 }, { epoch: 3 }]);
  });

  it('is numbers and words; a loss that is no number any more is left out, what else it holds is not told', () => {
    const { told, progress } = teller();
    const cyclic: Record<string, unknown> = {};
    cyclic['self'] = cyclic;
    const diverged = { epoch: 3, loss: Number.NaN, message: 'm'.repeat(500), of: cyclic, f: () => 1 };
    progress(diverged);
    expect(told).toEqual([{ epoch: 3, message: expect.stringMatching(/^m{100,199}…?$/) }]);
  });

  it.each([
    [{ epoch: 3n }, 'progress: epoch: expected a number'],
    [{ loss: '0.5' }, 'progress: loss: expected a number'],
    [null, /^progress: Invalid input: expected object/],
  ])('that is none is an error of the plug-in: %o', (news, message) => {
    const { told, progress } = teller();
    expect(() => progress(news as never)).toThrow(message);
    expect(told).toEqual([]);
  });

  it('is nothing else that the thread says', () => {
    for (const said of [null, undefined, 'loaded', 3n, { progress: 'x' }])
      expect(progressIn(said)).toBeUndefined();
  });
});
