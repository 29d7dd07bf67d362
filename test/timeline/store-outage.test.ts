import { describe, expect, it } from 'vitest';
import { lifecycleId } from '../../domain/names.js';
import type { LifecycleState } from '../../domain/lifecycle-state.js';
import type { RetrainReport } from '../../domain/reports.js';
import { jsonBytes } from '../../domain/bounds.js';
import {
  askNew,
  bringToBake,
  idsOf,
  serveFirst,
  waitingIn,
  bringToApproval,
  bringThrough,
} from '../replay/steps.js';
import { Gate, startScriptedModel, waitUntil, type ScriptedModel } from '../support/scripted-model.js';

const drained = ({ outbox, republish }: LifecycleState): boolean => outbox.length === 0 && !republish;

async function storeIsBack(line: ScriptedModel): Promise<void> {
  line.storeDown = false;
  await line.until('the store has everything', drained);
  const ledger = await line.registry.ledger(line.model);
  expect(ledger.map(({ seq }) => seq)).toEqual(ledger.map((_, i) => i + 1));
}

async function pendingActivities(line: ScriptedModel, workflowId: string): Promise<string[]> {
  const { raw } = await line.client.workflow.getHandle(workflowId).describe();
  return (raw.pendingActivities ?? []).map(({ activityType }) => activityType?.name ?? '');
}

describe('while the store is down', () => {
  it('a rollout that ends is not forgotten: the lane is free at once', async () => {
    const line = await startScriptedModel({ lookEveryMs: 1000 });
    await serveFirst(line);
    await askNew(line);
    await bringToApproval(line, 2);
    line.storeDown = true;
    await line.client.workflow
      .getHandle(idsOf(line).rollout(2))
      .signal('reject', { version: 2, by: 'ada', reason: 'not now' });
    const state = await line.until('the lane is free', ({ openRollout }) => openRollout === null);
    expect(state.aliases).toMatchObject({ champion: { version: 1 }, challenger: null });
    await storeIsBack(line);
    expect(await line.registry.getAliases(line.model)).toMatchObject({ challenger: null });
    const ledger = await line.registry.ledger(line.model);
    expect(ledger.filter(({ kind }) => kind === 'rollout-ended').at(-1)?.why).toBe('rejected: not now');
    expect(ledger.filter(({ kind }) => kind === 'lost' || kind === 'refusals')).toEqual([]);
  });

  it('an operator’s promotion is refused, and holds up no rollback', async () => {
    const line = await startScriptedModel({ lookEveryMs: 1000 });
    await serveFirst(line);
    await askNew(line);
    await bringThrough(line, 2);
    line.storeDown = true;
    const promote = { version: 1, override: true, by: 'grace', reason: 'prices' };
    const refused = line.update('promote', promote).then(
      () => 'promoted',
      (error: unknown) => (error instanceof Error && error.cause instanceof Error ? error.cause.message : ''),
    );
    const back = line.update('rollback', { by: 'ada', reason: 'wrong prices' });
    await line.until('version 1 serves', ({ aliases }) => aliases.champion?.version === 1);
    expect(await back).toMatchObject({ outcome: 'rolled-back', version: 1 });
    expect(await refused).toContain('object store; expected a store that answers');
    await storeIsBack(line);
  });

  it('decisions fill the outbox only so far; a rollback goes through, and everything is told in order', async () => {
    const line = await startScriptedModel({ lookEveryMs: 1000 });
    await serveFirst(line);
    await askNew(line);
    await bringToBake(line, 2);
    line.storeDown = true;
    const turns: string[] = [];
    for (let refused = false; !refused;) {
      const reason = `${turns.length}: ${'the store is away '.repeat(20)}`;
      refused = await line.update(turns.length % 2 === 0 ? 'pause' : 'resume', { by: 'ada', reason }).then(
        () => false,
        () => true,
      );
      if (!refused) turns.push(reason);
    }
    expect(turns.length).toBeGreaterThan(10);
    expect(await line.update('retrain', { by: 'ada' })).toMatchObject({
      outcome: 'refused',
      because: 'the store cannot be reached, and new retrains wait for it; ask again when it is back',
    });
    expect(await line.update('rollback', { by: 'ada' })).toMatchObject({
      outcome: 'rolled-back',
      version: 1,
    });
    expect(jsonBytes(await line.state())).toBeLessThan(32 * 1024);
    await storeIsBack(line);
    const ledger = await line.registry.ledger(line.model);
    const told = ledger.filter(({ kind }) => kind === 'paused' || kind === 'resumed');
    expect(told.map(({ why }) => why.split(':')[0])).toEqual(turns.map((_, i) => String(i)));
    expect(ledger.at(-1)).toMatchObject({
      kind: 'unwritten',
      why: expect.stringContaining('retrain-refused'),
    });
  });

  it('a retrain waits for the store and then goes on', async () => {
    const line = await startScriptedModel({ lookEveryMs: 1000 });
    await serveFirst(line);
    line.script.holdTraining = new Gate<true>();
    await askNew(line);
    await line.until('it trains', () => line.script.trainings === 2);
    line.storeDown = true;
    line.script.holdTraining.open(true);
    const run = idsOf(line).retrain(2);
    await waitUntil(
      'it waits',
      () => pendingActivities(line, run),
      (names) => names.includes('awaitStore'),
    );
    line.storeDown = false;
    await waitingIn(line, 2, 'shadow');
    expect(line.script.trainings).toBe(2);
  });

  it('a retrain that waited long enough ends as store-unavailable, which no cool-down counts', async () => {
    const line = await startScriptedModel({ lookEveryMs: 1000 });
    await serveFirst(line);
    line.script.holdTraining = new Gate<true>();
    await askNew(line);
    const { openRetrain, specDigest, aliases } = await line.state();
    if (openRetrain === null || specDigest === null) throw new Error('no retrain is open');
    line.storeDown = true;
    // The same workflow with little patience, as nobody waits for a day here.
    const { asOf } = openRetrain;
    const impatient = { specDigest, asOf, champion: aliases.champion, ruledOut: [], fromSource: false };
    line.script.holdTraining.open(true);
    line.script.holdTraining.open(true);
    const report = await line.client.workflow.execute<(input: object) => Promise<RetrainReport>>('retrain', {
      taskQueue: line.taskQueue,
      workflowId: `${openRetrain.run}/impatient`,
      args: [{ model: line.model, n: 77, rollout: true, ...impatient, storePatienceMs: 1000 }],
    });
    expect(report).toMatchObject({ outcome: 'no-candidate', reason: 'store-unavailable' });
    // Its report as that of the open retrain:
    await line.client.workflow
      .getHandle(lifecycleId(line.model))
      .signal('retrain-ended', { ...report, run: openRetrain.run, n: openRetrain.n });
    const state = await line.until('it ended', (now) => now.openRetrain === null);
    expect(state).toMatchObject({ retrains: [asOf], doubled: [] });
    await storeIsBack(line);
  });
});
