import { lifecycleId } from '../../domain/names.js';
import { Gate } from '../support/scripted-steps.js';
import { waitUntil, type ScriptedModel } from '../support/scripted-line.js';
import { askNew, bringToBake, idsOf, type Scenario, serveFirst, waitingIn, bringThrough } from './steps.js';

/** The store is away while a retrain runs and a champion is taken back; then the lifecycle is terminated and started again. */
export const recovery: Scenario = {
  model: 'recovery',
  async play(line, record) {
    const ids = idsOf(line);
    await serveFirst(line);
    await askNew(line);
    await bringThrough(line, 2);
    line.script.holdTraining = new Gate<true>();
    await askNew(line);
    await line.until('it trains', () => line.script.trainings === 3);
    line.storeDown = true;
    line.script.holdTraining.open(true);
    line.script.holdTraining = undefined;
    await waitsForStore(line, ids.retrain(3));
    await line.update('pause', { by: 'ada', reason: 'the store is away' });
    await line.update('resume', { by: 'ada' });
    await line.update('rollback', { by: 'ada', reason: 'wrong prices' });
    line.storeDown = false;
    await waitingIn(line, 3, 'shadow');
    await record.closed('retrain.waited-for-store', ids.retrain(3));
    await line.until('the store has it', ({ outbox, republish }) => outbox.length === 0 && !republish);
    await record.open('lifecycle.store-away', ids.lifecycle);

    await line.client.workflow.getHandle(ids.lifecycle).terminate('on purpose');
    await line.client.workflow.getHandle(ids.rollout(3)).terminate('on purpose');
    const { model, taskQueue } = line;
    await line.client.workflow.start('lifecycle', {
      taskQueue,
      workflowId: lifecycleId(model),
      args: [{ model }],
    });
    await line.until('it is back', ({ ledger, outbox }) => ledger.seq > 0 && outbox.length === 0);
    await askNew(line);
    await bringToBake(line, 4);
    await record.open('lifecycle.recovered', ids.lifecycle);
  },
};

async function waitsForStore(line: ScriptedModel, workflowId: string): Promise<void> {
  await waitUntil(
    'it waits for the store',
    () => line.client.workflow.getHandle(workflowId).describe(),
    ({ raw }) =>
      (raw.pendingActivities ?? []).some(({ activityType }) => activityType?.name === 'awaitStore'),
  );
}
