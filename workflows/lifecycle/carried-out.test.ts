import {
  ActivityFailure,
  ApplicationFailure,
  RetryState,
  TimeoutFailure,
  TimeoutType,
} from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { carriedOut } from './carried-out.js';

const step = (cause: Error): ActivityFailure =>
  new ActivityFailure('it failed', 'publishAliases', '7', RetryState.TIMEOUT, 'worker', cause);

const late = (type: TimeoutType, cause?: Error): TimeoutFailure =>
  Object.assign(new TimeoutFailure('too late', undefined, type), { cause });

/** Fails with each of these in turn, then is done. Gives how often it was begun, and how it ended. */
async function begun(failures: readonly Error[]): Promise<[number, unknown]> {
  let times = 0;
  const end = await carriedOut(() => {
    const failure = failures[times++];
    return failure === undefined ? Promise.resolve('done') : Promise.reject(failure);
  }).catch((error: unknown) => error);
  return [times, end];
}

describe('a step', () => {
  const unheard = step(late(TimeoutType.SCHEDULE_TO_CLOSE));
  const died = step(late(TimeoutType.SCHEDULE_TO_CLOSE, late(TimeoutType.HEARTBEAT)));
  const silent = step(late(TimeoutType.SCHEDULE_TO_CLOSE, late(TimeoutType.START_TO_CLOSE)));
  const away = step(ApplicationFailure.retryable('no store', 'store-unavailable'));

  it('that no worker took, or whose worker died, is begun again', async () => {
    expect(await begun([unheard, died])).toEqual([3, 'done']);
  });

  it('is begun three times at most', async () => {
    expect(await begun([unheard, unheard, unheard])).toEqual([3, unheard]);
  });

  it.each([
    ['was at work all the time', silent],
    ['said why', away],
  ])('whose worker %s is not begun again', async (_, failure) => {
    expect(await begun([failure])).toEqual([1, failure]);
  });
});
