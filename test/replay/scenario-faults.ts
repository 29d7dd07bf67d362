import type { temporal } from '@temporalio/proto';
import type { ScriptedModel } from '../support/scripted-line.js';
import type { Recorder } from './recorder.js';
import {
  askNew,
  idle,
  idsOf,
  type Scenario,
  serveFirst,
  waitingIn,
  bringToApproval,
  bringThrough,
} from './steps.js';

/** A lifecycle that continues as new again and again, and finds runs that were lost meanwhile. */
export const manyRuns: Scenario = {
  model: 'many-runs',
  historyLimit: 120,
  async play(line, record) {
    const ids = idsOf(line);
    await serveFirst(line);
    await askNew(line);
    await bringThrough(line, 2);
    await askNew(line);
    await waitingIn(line, 3, 'shadow');
    await line.client.workflow.getHandle(ids.rollout(3)).terminate('lost on purpose');
    // The next run of the lifecycle looks for what is still open.
    for (let pause = 0; pause < 40 && (await line.state()).openRollout !== null; pause++) {
      await line.update(pause % 2 === 0 ? 'pause' : 'resume', { by: 'ada', reason: `${pause}` });
    }
    await idle(line);
    await everyRun(line, record, 'lifecycle.many-runs');
  },
};

async function everyRun(line: ScriptedModel, record: Recorder, name: string): Promise<void> {
  const workflowId = idsOf(line).lifecycle;
  const { runId: last } = await line.client.workflow.getHandle(workflowId).describe();
  const runs: string[] = [];
  for await (const run of line.client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) {
    runs.push(run.runId);
  }
  // Newest first; the first, one in the middle and the newest say enough.
  const others = runs.filter((run) => run !== last);
  const chosen = [others.at(-1), others[others.length >> 1], last];
  for (const [i, run] of [...new Set(chosen)].entries()) {
    if (run !== undefined) await record.open(`${name}-${i + 1}`, workflowId, run);
  }
}

/** The object store fails while a promotion is asked, and comes back. */
export const storeDown: Scenario = {
  model: 'store-down',
  async play(line, record) {
    const ids = idsOf(line);
    await serveFirst(line);
    await askNew(line);
    await bringToApproval(line, 2);
    line.storeDown = true;
    await line.update('pause', { by: 'ada', reason: 'the store is down' });
    await line.client.workflow.getHandle(ids.rollout(2)).signal('approve', { version: 2, by: 'ada' });
    await record.closed('rollout.refused', ids.rollout(2));
    line.storeDown = false;
    await line.update('resume', { by: 'ada' });
    await idle(line);
    await line.until('store and serving agree', ({ republish }) => !republish);
    await record.open('lifecycle.store-down', ids.lifecycle);
  },
};

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const wrongPayloads: temporal.api.common.v1.IPayload[][] = [
  [{ metadata: { encoding: bytes('json/protobuf'), messageType: bytes('no.Such') }, data: bytes('{}') }],
  [{ metadata: { encoding: bytes('json/plain') }, data: bytes('[1,2]') }],
  [],
];

/** Messages that nobody can read, start arguments that nobody can use, checks with nothing to check. */
export const wrongMessages: Scenario = {
  model: 'wrong-messages',
  async play(line, record) {
    const ids = idsOf(line);
    await line.apply();
    await waitingIn(line, 1, 'approval');
    for (const payloads of wrongPayloads) {
      await signalRaw(line, ids.rollout(1), 'approve', payloads);
      await signalRaw(line, ids.lifecycle, 'rollback', payloads);
      await signalRaw(line, ids.lifecycle, 'nobody-knows', payloads);
    }
    await record.closed('monitor.no-champion', await start(line, 'monitor', 'monitor/no-champion'));
    await record.closed('monitor.no-as-of', await start(line, 'monitor', 'monitor/no-as-of', {}));
    await record.closed(
      'retrain.unusable-argument',
      await start(line, 'retrain', 'retrain/unusable', { n: 0 }),
    );
    await line.update('decide', { version: 1, decision: 'approve', by: 'ada', reason: '' });
    await idle(line);
    await record.closed('rollout.wrong-signals', ids.rollout(1));
    await record.open('lifecycle.wrong-signals', ids.lifecycle);
  },
};

async function start(
  line: ScriptedModel,
  workflow: string,
  workflowId: string,
  more: object = { asOf: '2011-04-02T00:00:00.000Z' },
): Promise<string> {
  const args = [{ model: line.model, ...more }];
  await line.client.workflow.start(workflow, { taskQueue: line.taskQueue, workflowId, args });
  return workflowId;
}

async function signalRaw(
  line: ScriptedModel,
  workflowId: string,
  signalName: string,
  payloads: temporal.api.common.v1.IPayload[],
): Promise<void> {
  await line.client.workflowService.signalWorkflowExecution({
    namespace: line.client.options.namespace,
    workflowExecution: { workflowId },
    signalName,
    input: { payloads },
  });
}
