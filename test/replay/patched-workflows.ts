import { patched, sleep } from '@temporalio/workflow';
import * as unchanged from '../../workflows/index.js';

// Every workflow as somebody might change it behind a patch: new runs begin with a timer, those that began before it do not.
const changed =
  <T>(workflow: (input: unknown) => Promise<T>) =>
  async (input: unknown): Promise<T> => {
    if (patched('a-timer-first')) await sleep('1 second');
    return workflow(input);
  };

/** The lifecycle, changed behind a patch. */
export const lifecycle = changed(unchanged.lifecycle);
/** The retrain, changed behind a patch. */
export const retrain = changed(unchanged.retrain);
/** The rollout, changed behind a patch. */
export const rollout = changed(unchanged.rollout);
/** The monitor, changed behind a patch. */
export const monitor = changed(unchanged.monitor);
/** The scheduled ask, changed behind a patch. */
export const scheduledRetrain = changed(unchanged.scheduledRetrain);
/** The telling of people, changed behind a patch. */
export const notify = changed(unchanged.notify);
