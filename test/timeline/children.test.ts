import { temporal } from '@temporalio/proto';
import { describe, expect, it } from 'vitest';
import type { LedgerLine } from '../../domain/ledger.js';
import {
  askNew,
  bringToBake,
  idle,
  idsOf,
  serveFirst,
  shadowSaw,
  waitingIn,
  bringToApproval,
} from '../replay/steps.js';
import { Gate, startScriptedModel, type ScriptedModel } from '../support/scripted-model.js';

const TASK_COMPLETED = temporal.api.enums.v1.EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED;

/** A model with version 1 serving, whose lifecycle looks at its open runs five times a second. */
async function serving(): Promise<ScriptedModel> {
  const line = await startScriptedModel({ lookEveryMs: 200 });
  await serveFirst(line);
  return line;
}

async function training(line: ScriptedModel): Promise<Gate<true>> {
  const hold = new Gate<true>();
  const before = line.script.trainings;
  line.script.holdTraining = hold;
  await askNew(line);
  await line.until('it trains', () => line.script.trainings > before);
  line.script.holdTraining = undefined;
  return hold;
}

/** Resets a run to the end of its first task, as the Web UI does. */
async function reset(line: ScriptedModel, workflowId: string): Promise<void> {
  const handle = line.client.workflow.getHandle(workflowId);
  const { events } = await handle.fetchHistory();
  const first = events?.find(({ eventType }) => eventType === TASK_COMPLETED);
  const { runId } = await handle.describe();
  await line.client.workflowService.resetWorkflowExecution({
    namespace: line.client.options.namespace,
    workflowExecution: { workflowId, runId },
    reason: 'by hand',
    workflowTaskFinishEventId: first?.eventId ?? null,
    requestId: crypto.randomUUID(),
  });
}

/** The model is fit again when a new candidate comes through to serving. */
async function goesOn(line: ScriptedModel, version: number): Promise<LedgerLine[]> {
  await askNew(line);
  await bringToBake(line, version);
  expect((await line.state()).aliases).toMatchObject({ champion: { version }, previous: { version: 1 } });
  return line.registry.ledger(line.model);
}

const endingsOf = (ledger: readonly LedgerLine[], run: string): string[] =>
  ledger
    .filter((one) => one.run === run && /lost|ended/.test(one.kind))
    .map(({ kind, why }) => `${kind}: ${why}`);

describe('a retrain that somebody touches from outside', () => {
  it('terminated: the model says so and goes on', async () => {
    const line = await serving();
    await training(line);
    const run = idsOf(line).retrain(2);
    await line.client.workflow.getHandle(run).terminate('by hand');
    await line.until('the lane is free', ({ openRetrain }) => openRetrain === null);
    const ledger = await goesOn(line, 2);
    expect(endingsOf(ledger, run)).toEqual([`lost: ${run} closed without a report`]);
  });

  it('cancelled: it ends as cancelled, and the model goes on', async () => {
    const line = await serving();
    await training(line);
    const run = idsOf(line).retrain(2);
    await line.client.workflow.getHandle(run).cancel();
    await idle(line);
    const ledger = await goesOn(line, 2);
    expect(endingsOf(ledger, run)).toEqual(['retrain-ended: cancelled: the retrain was cancelled']);
  });

  it('reset: it starts over and its report counts once', async () => {
    const line = await serving();
    const hold = await training(line);
    const run = idsOf(line).retrain(2);
    await reset(line, run);
    hold.open(true);
    await waitingIn(line, 2, 'shadow');
    expect(await line.registry.listVersions(line.model)).toHaveLength(2);
    const ledger = await line.registry.ledger(line.model);
    expect(endingsOf(ledger, run)).toHaveLength(1);
  });

  it('reset long after its end: nothing happens twice', async () => {
    const line = await serving();
    await reset(line, idsOf(line).retrain(1));
    await line.client.workflow.getHandle(idsOf(line).retrain(1)).result();
    const ledger = await goesOn(line, 2);
    expect(ledger.filter(({ kind }) => kind === 'rollout-started')).toHaveLength(2);
  });
});

describe('a rollout that somebody touches from outside', () => {
  it('terminated while a person is asked: the challenger is withdrawn, and the next one comes through', async () => {
    const line = await serving();
    await askNew(line);
    await bringToApproval(line, 2);
    const run = idsOf(line).rollout(2);
    await line.client.workflow.getHandle(run).terminate('by hand');
    const state = await line.until('the lane is free', ({ openRollout }) => openRollout === null);
    expect(state.aliases).toMatchObject({ champion: { version: 1 }, challenger: null });
    const ledger = await goesOn(line, 3);
    expect(endingsOf(ledger, run)).toEqual([`lost: ${run} closed without a report`]);
  });

  it('terminated in its bake: the champion stays, and the ledger says that nobody watched it', async () => {
    const line = await serving();
    await askNew(line);
    await bringToBake(line, 2);
    const run = idsOf(line).rollout(2);
    await line.client.workflow.getHandle(run).terminate('by hand');
    await line.until('the lane is free', ({ openRollout }) => openRollout === null);
    const state = await line.until('it is told', ({ outbox }) => outbox.length === 0);
    expect(state.aliases).toMatchObject({
      champion: { version: 2 },
      previous: { version: 1 },
      baking: false,
    });
    expect(endingsOf(await line.registry.ledger(line.model), run)).toEqual([
      'bake-ended: its rollout was lost',
      `lost: ${run} closed without a report`,
    ]);
  });

  it('terminated with a candidate waiting behind its bake: that one starts', async () => {
    const line = await serving();
    await askNew(line);
    await bringToBake(line, 2);
    await askNew(line);
    await line.until('version 3 waits', ({ waitingCandidate }) => waitingCandidate !== null);
    await line.client.workflow.getHandle(idsOf(line).rollout(2)).terminate('by hand');
    await waitingIn(line, 3, 'shadow');
  });

  it('reset while a person is asked: the person is asked again, once', async () => {
    const line = await serving();
    await askNew(line);
    await bringToApproval(line, 2);
    const run = idsOf(line).rollout(2);
    await reset(line, run);
    await line.until('it is in shadow again', ({ openRollout }) => openRollout?.phase === 'shadow');
    line.shadow.open(shadowSaw);
    await waitingIn(line, 2, 'approval');
    await line.update('decide', { version: 2, decision: 'approve', by: 'ada' });
    await waitingIn(line, 2, 'bake');
    const ledger = await line.registry.ledger(line.model);
    expect(ledger.filter(({ kind, version }) => kind === 'promoted' && version === 2)).toHaveLength(1);
    expect(endingsOf(ledger, run)).toEqual([]);
  });
});
