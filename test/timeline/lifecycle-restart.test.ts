import { describe, expect, it } from 'vitest';
import { lifecycleId, monitorScheduleId } from '../../domain/names.js';
import {
  askNew,
  bringToBake,
  firstByItself,
  idsOf,
  serveFirst,
  waitingIn,
  bringToApproval,
  bringThrough,
} from '../replay/steps.js';
import { Gate, startScriptedModel, type ScriptedModel } from '../support/scripted-model.js';

/** Terminates the lifecycle in the Web UI and starts it there again, with nothing but the model's name. */
async function terminateAndStart(line: ScriptedModel): Promise<void> {
  const { client, model, taskQueue } = line;
  await client.workflow.getHandle(lifecycleId(model)).terminate('by hand');
  await client.workflow.start('lifecycle', {
    taskQueue,
    workflowId: lifecycleId(model),
    args: [{ model, lookEveryMs: 200 }],
  });
}

/** Whether the model is checked on a schedule. */
async function isScheduled({ client, model }: ScriptedModel): Promise<boolean> {
  const description = client.schedule.getHandle(monitorScheduleId(model)).describe();
  return description.then(
    () => true,
    () => false,
  );
}

describe('a lifecycle that was terminated and started again', () => {
  it('is put together from the store, and says so', async () => {
    const line = await startScriptedModel();
    await serveFirst(line, { ...firstByItself(), retraining: { cooldown: '3 days' } });
    await askNew(line);
    await bringThrough(line, 2);
    await line.update('rollback', { by: 'ada', reason: 'complaints' });
    await line.update('pause', { by: 'ada', reason: 'audit' });
    const before = await line.until('all is stored', ({ outbox }) => outbox.length === 0);

    // a Temporal that was lost took the schedules along
    const monitor = line.client.schedule.getHandle(monitorScheduleId(line.model));
    await monitor.delete();
    expect(await isScheduled(line)).toBe(false);
    await terminateAndStart(line);
    const after = await line.until(
      'it is back',
      ({ ledger, outbox }) => ledger.seq > 0 && outbox.length === 0,
    );
    const { champion, previous, challenger, baking } = before.aliases;
    expect(after.aliases).toMatchObject({ champion, previous, challenger, baking });
    expect(after.aliases.generation).toBeGreaterThanOrEqual(before.aliases.generation);
    for (const member of [
      'specDigest',
      'highWater',
      'anchor',
      'retrains',
      'doubled',
      'nextRetrain',
      'nextAttempt',
      'ruledOut',
    ] as const)
      expect({ [member]: after[member] }).toEqual({ [member]: before[member] });
    expect(after.paused).toMatchObject({ by: 'ada', reason: 'audit' });
    const ledger = await line.registry.ledger(line.model);
    expect(ledger.at(-1)).toMatchObject({
      kind: 'recovered',
      why: expect.stringContaining(`ledger up to line ${before.ledger.seq}`),
    });

    expect(await isScheduled(line)).toBe(true);

    // and when somebody deletes one, the same spec applied again makes it again
    await monitor.delete();
    const { specDigest } = after;
    expect(await line.update('apply', { specDigest, by: 'ada' })).toMatchObject({ outcome: 'unchanged' });
    expect(await isScheduled(line)).toBe(true);

    // and it lives on: the next retrain is number 3, its candidate version 3
    await line.update('resume', { by: 'ada' });
    await askNew(line);
    await bringToBake(line, 3);
    const whole = await line.registry.ledger(line.model);
    expect(whole.slice(ledger.length).map(({ kind }) => kind)).toEqual([
      'resumed',
      'retrain-requested',
      'retrain-ended',
      'rollout-started',
      'promoted',
    ]);
  });

  it('takes up the retrain that still runs', async () => {
    const line = await startScriptedModel();
    await serveFirst(line);
    line.script.holdTraining = new Gate<true>();
    await askNew(line);
    await line.until('it trains', () => line.script.trainings === 2);
    await terminateAndStart(line);
    await line.until('it is known', ({ openRetrain }) => openRetrain?.n === 2);
    line.script.holdTraining.open(true);
    await waitingIn(line, 2, 'shadow');
  });

  it('takes up the rollout that still waits for a person', async () => {
    const line = await startScriptedModel();
    await serveFirst(line);
    await askNew(line);
    await bringToApproval(line, 2);
    await terminateAndStart(line);
    await line.until('it is known', ({ openRollout }) => openRollout?.version.version === 2);
    await line.update('decide', { version: 2, decision: 'approve', by: 'ada' });
    await waitingIn(line, 2, 'bake');
    expect((await line.state()).aliases).toMatchObject({
      champion: { version: 2 },
      previous: { version: 1 },
    });
  });

  it('names as lost what ended meanwhile, and withdraws its challenger', async () => {
    const line = await startScriptedModel();
    await serveFirst(line);
    await askNew(line);
    await waitingIn(line, 2, 'shadow');
    const { client, model } = line;
    await client.workflow.getHandle(lifecycleId(model)).terminate('by hand');
    await client.workflow.getHandle(idsOf(line).rollout(2)).terminate('by hand');
    await client.workflow.start('lifecycle', {
      taskQueue: line.taskQueue,
      workflowId: lifecycleId(model),
      args: [{ model }],
    });
    await line.until('it is back', ({ ledger, outbox }) => ledger.seq > 0 && outbox.length === 0);
    expect(await line.registry.getAliases(model)).toMatchObject({
      champion: { version: 1 },
      challenger: null,
    });
    const kinds = (await line.registry.ledger(model)).map(({ kind }) => kind);
    expect(kinds.slice(-2)).toEqual(['recovered', 'lost']);
  });

  it('believes serving when that obeys a newer pin than the store has', async () => {
    const line = await startScriptedModel();
    await serveFirst(line);
    await askNew(line);
    await bringToBake(line, 2);
    line.storeDown = true;
    await line.update('rollback', { by: 'ada', reason: 'wrong prices' });
    const { generation } = (await line.state()).aliases;
    await line.client.workflow.getHandle(lifecycleId(line.model)).terminate('by hand');
    line.serves = { generation, champion: 1 };
    line.storeDown = false;
    await line.client.workflow.start('lifecycle', {
      taskQueue: line.taskQueue,
      workflowId: lifecycleId(line.model),
      args: [{ model: line.model, lookEveryMs: 200 }],
    });
    await line.until(
      'it is back',
      ({ ledger, outbox, republish }) => ledger.seq > 0 && outbox.length === 0 && !republish,
    );
    expect(await line.registry.getAliases(line.model)).toMatchObject({
      champion: { version: 1 },
      baking: false,
    });
  });
});
