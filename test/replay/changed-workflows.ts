import { sleep } from '@temporalio/workflow';
import * as unchanged from '../../workflows/index.js';

// Every workflow as somebody might change it without a patch: with a timer that no recorded history has.
const changed =
  <T>(workflow: (input: unknown) => Promise<T>) =>
  async (input: unknown): Promise<T> => {
    await sleep('1 second');
    return workflow(input);
  };

/** The lifecycle, changed. */
export const lifecycle = changed(unchanged.lifecycle);
/** The retrain, changed. */
export const retrain = changed(unchanged.retrain);
/** The rollout, changed. */
export const rollout = changed(unchanged.rollout);
/** The monitor, changed. */
export const monitor = changed(unchanged.monitor);
/** The scheduled ask, changed. */
export const scheduledRetrain = changed(unchanged.scheduledRetrain);
/** The telling of people, changed. */
export const notify = changed(unchanged.notify);
