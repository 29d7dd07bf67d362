import { Gate } from '../support/scripted-steps.js';
import type { ScriptedModel } from '../support/scripted-line.js';
import type { Recorder } from './recorder.js';
import { bakeSaw, idle, idsOf, type Scenario, shadowSaw, waitingIn, bringThrough } from './steps.js';

const triggers = [
  { kind: 'schedule', every: '28 days' },
  { kind: 'performance', relativeTo: 'naive', worseBy: '15%', over: '7 days', minLabels: 100 },
  { kind: 'data-drift', test: 'psi', threshold: 0.2, shareOfFeatures: 0.3, action: 'alert' },
  { kind: 'new-data', rows: 1000, action: 'alert' },
] as const;

/** From the first spec over checks, requests and promotions to a rollback and an operator's promotion. */
export const wholeLife: Scenario = {
  model: 'whole-life',
  async play(line, record) {
    await firstVersion(line, record);
    await checks(line, record);
    await secondVersion(line, record);
    await backAndForth(line, record);
    await record.open('lifecycle.whole-life', idsOf(line).lifecycle);
  },
};

async function firstVersion(line: ScriptedModel, record: Recorder): Promise<void> {
  const ids = idsOf(line);
  await line.apply({ triggers: [...triggers], retraining: { cooldown: '3 days' } });
  await waitingIn(line, 1, 'approval');
  await line.update('decide', { version: 1, decision: 'approve', by: 'ada', reason: 'good start' });
  await idle(line);
  await record.closed('retrain.first', ids.retrain(1));
  await record.closed('rollout.first', ids.rollout(1));
  await line.update('pause', { by: 'ada', reason: 'audit' });
  await line.update('retrain', { by: 'grace' });
  await line.update('resume', { by: 'ada', reason: 'audit done' });
}

async function check(line: ScriptedModel, asOf: string, id: string): Promise<string> {
  await line.client.workflow.execute(id.startsWith('monitor') ? 'monitor' : 'scheduledRetrain', {
    taskQueue: line.taskQueue,
    workflowId: id,
    args: [{ model: line.model, asOf }],
  });
  return id;
}

async function checks(line: ScriptedModel, record: Recorder): Promise<void> {
  const baseline = 0.5;
  const drift = (drifted: boolean) => [null, null, [{ feature: 'x', statistic: 0.4, drifted }], null];
  const skill = (ratio: number, rows = 168) => [
    null,
    { rows, ratio, lower: ratio - 0.1, baseline },
    null,
    null,
  ];
  line.script.measured = { performance: skill(0.5), drift: drift(false), newRows: 168 };
  await record.closed('monitor.quiet', await check(line, '2011-04-02T00:00:00.000Z', 'monitor/quiet'));
  line.script.measured = { performance: skill(0.5, 20), drift: drift(true), newRows: 1000 };
  await record.closed('monitor.alerts', await check(line, '2011-04-03T00:00:00.000Z', 'monitor/alerts'));
  const refused = await check(line, '2011-04-03T00:00:00.000Z', 'ask/refused');
  await record.closed('scheduledRetrain.refused', refused);
  line.script.seed = 2;
  line.script.holdTraining = new Gate<true>();
  line.script.measured = { performance: skill(0.9), drift: drift(true), newRows: 336 };
  await record.closed('monitor.fired', await check(line, '2011-04-09T00:00:00.000Z', 'monitor/fired'));
  await line.until('it trains', () => line.script.trainings === 2);
}

async function secondVersion(line: ScriptedModel, record: Recorder): Promise<void> {
  const ids = idsOf(line);
  // Merged into the open retrain, and one that has to wait because it wants no rollout.
  await line.update('retrain', { by: 'grace', requestId: 'grace-1' });
  await line.update('retrain', { by: 'grace', requestId: 'grace-1' });
  await line.update('retrain', { by: 'ada', rollout: false });
  const held = line.script.holdTraining;
  line.script.holdTraining = undefined;
  held?.open(true);
  await waitingIn(line, 2, 'shadow');
  await record.closed('retrain.candidate', ids.retrain(2));
  await record.closed('retrain.registered-only', ids.retrain(3));
  line.shadow.open(shadowSaw);
  await waitingIn(line, 2, 'approval');
  await line.client.workflow
    .getHandle(ids.rollout(2))
    .signal('approve', { version: 2, by: 'grace', reason: 'by signal' });
  await waitingIn(line, 2, 'bake');
  line.bake.open(bakeSaw('pass'));
  await idle(line);
  await record.closed('rollout.promoted', ids.rollout(2));
}

async function backAndForth(line: ScriptedModel, record: Recorder): Promise<void> {
  const ids = idsOf(line);
  await line.update('rollback', { by: 'ada', reason: 'complaints' });
  await line.update('promote', { version: 2, override: true, by: 'grace', reason: 'it was the prices' });
  await waitingIn(line, 2, 'bake');
  line.bake.open(bakeSaw('pass-unproven'));
  await idle(line);
  await record.closed('rollout.by-operator', ids.rollout(2, 2));
  line.script.seed = 3;
  line.script.measured = {};
  await check(line, '2011-05-01T00:00:00.000Z', 'monitor/later');
  const asked = await check(line, '2011-05-01T00:00:00.000Z', 'ask/started');
  await record.closed('scheduledRetrain.started', asked);
  await bringThrough(line, 3);
}
