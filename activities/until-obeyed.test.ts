import { describe, expect, it } from 'vitest';
import { noAliases } from '../domain/aliases.js';
import type { PinAnswer } from './serving-door.js';
import { untilObeyed } from './until-obeyed.js';

const away: PinAnswer = { url: 'http://a', clock: null, problem: 'connect ECONNREFUSED' };
const obeyed: PinAnswer = { url: 'http://a', clock: '2024-01-01T00:00:00.000Z' };
const refused: PinAnswer = { url: 'http://a', clock: null, refusal: 'corrupt' };

/** What replicas answer to one pin after the other; the last answer stays. */
async function pinned(
  answers: readonly (readonly PinAnswer[])[],
  patienceMs?: number,
): Promise<{ pins: readonly PinAnswer[]; order: string[] }> {
  const order: string[] = [];
  const pin = (): Promise<PinAnswer[]> => {
    const turn = order.filter((what) => what === 'pin').length;
    order.push('pin');
    return Promise.resolve([...(answers[turn] ?? answers.at(-1) ?? [])]);
  };
  const stored = (): Promise<void> => Promise.resolve(void order.push('stored'));
  return { pins: await untilObeyed({ pin }, noAliases('m'), stored, patienceMs), order };
}

describe('a pin', () => {
  it('is sent once where a replica obeys, however many others are away', async () => {
    expect(await pinned([[away, obeyed]])).toEqual({ pins: [away, obeyed], order: ['pin', 'stored'] });
  });

  it('is repeated while no replica answers; what follows the first answers does not wait', async () => {
    const { pins, order } = await pinned([[away], [away], [obeyed]]);
    expect(pins).toEqual([obeyed]);
    expect(order).toEqual(['pin', 'stored', 'pin', 'pin']);
  });

  it('is given up when none comes back in time', async () => {
    const { pins, order } = await pinned([[away]], 300);
    expect(pins).toEqual([away]);
    expect(order.length).toBeGreaterThan(2);
  });

  it.each([
    ['there is no replica', []],
    ['one refuses', [refused]],
  ])('is sent once where %s', async (_, pins) => {
    expect(await pinned([pins])).toEqual({ pins, order: ['pin', 'stored'] });
  });
});
