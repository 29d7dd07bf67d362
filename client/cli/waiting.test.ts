import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { progressLine } from './progress-line.js';
import { saying } from './waiting.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const kept = (): { note(line: string): void; lines: string[] } => {
  const lines: string[] = [];
  return { note: (line) => void lines.push(line), lines };
};
const wait = (ms: number): Promise<void> => new Promise((done) => void setTimeout(done, ms));

describe('a wait', () => {
  it('of less than two seconds says nothing', async () => {
    const io = kept();
    const work = saying(io, 'retrain', wait(1900));
    await vi.advanceTimersByTimeAsync(2000);
    await work;
    expect(io.lines).toEqual([]);
  });

  it('of more says what for, and how far it is', async () => {
    const io = kept();
    const how = vi.fn(() => Promise.resolve('epoch 3'));
    const work = saying(io, 'retrain', wait(25_000), how.mockRejectedValueOnce(new Error('away')));
    await vi.advanceTimersByTimeAsync(25_000);
    await work;
    expect(io.lines).toEqual(['retrain …', 'retrain … 12 s', 'retrain … 22 s (epoch 3)']);
  });
});

describe('progress', () => {
  it.each([
    [
      { epoch: 25, epochs: 300, loss: 0.312345, validationLoss: null },
      1,
      'train: epoch 25 of 300, loss 0.3123',
    ],
    [{ message: 'reading rows' }, 2, 'train: reading rows, attempt 2'],
    [{ phase: 'train' }, 1, 'train'],
    ['what?', 1, 'train'],
  ])('of %j, attempt %d, reads %s', (details, attempt, line) => {
    expect(progressLine([{ step: 'train', attempt, details }])).toBe(line);
  });

  it('of a run without open steps is none', () => expect(progressLine([])).toBeUndefined());
});
