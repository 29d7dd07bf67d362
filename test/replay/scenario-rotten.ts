import {
  askNew,
  bakeSaw,
  bringThrough,
  bringToBake,
  idle,
  idsOf,
  type Scenario,
  serveFirst,
} from './steps.js';

/** Versions that no replica can serve: to fall back to, as a candidate, and then all of them. */
export const rottenVersions: Scenario = {
  model: 'rotten-versions',
  async play(line, record) {
    const ids = idsOf(line);
    await serveFirst(line);
    await askNew(line);
    await bringThrough(line, 2);
    await askNew(line);
    await bringToBake(line, 3);
    line.unservable.set(2, 'artifact-corrupt');
    line.bake.open(bakeSaw('roll-back'));
    await record.closed('rollout.fell-further-back', ids.rollout(3));
    await idle(line);

    line.unservable.set(4, 'golden-mismatch');
    await askNew(line);
    await line.until(
      'version 4 was refused',
      ({ nextAttempt, openRollout }) => nextAttempt[4] !== undefined && openRollout === null,
    );
    await record.closed('rollout.unservable', ids.rollout(4));
    await idle(line);

    await askNew(line);
    await bringToBake(line, 5);
    line.unservable.set(1, 'artifact-missing');
    await line.update('rollback', { by: 'ada', reason: 'wrong prices' });
    line.bake.open(bakeSaw('roll-back'));
    await record.closed('rollout.nowhere-to-go-back', ids.rollout(5));
    await idle(line);
    await record.open('lifecycle.rotten-versions', ids.lifecycle);
  },
};
