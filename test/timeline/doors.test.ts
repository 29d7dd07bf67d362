import { temporal } from '@temporalio/proto';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { lifecycleId } from '../../domain/names.js';
import { startScriptedModel, waitUntil, type ScriptedModel } from '../support/scripted-model.js';

/** The words of a refused update. */
async function refusal(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError && error.cause instanceof Error)
      return error.cause.message;
    throw error;
  }
  throw new Error('it was not refused');
}

async function failedTasks(line: ScriptedModel, workflowId: string): Promise<number> {
  const history = await line.client.workflow.getHandle(workflowId).fetchHistory();
  const failed = temporal.api.enums.v1.EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED;
  return (history.events ?? []).filter((event) => event.eventType === failed).length;
}

/** Sends a signal with raw payloads, as the Web UI can. */
async function rawSignal(
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

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const json = (text: string) => ({ metadata: { encoding: bytes('json/plain') }, data: bytes(text) });

const WRONG_SIGNALS: [string, temporal.api.common.v1.IPayload[]][] = [
  [
    'a wrong encoding',
    [{ metadata: { encoding: bytes('json/protobuf'), messageType: bytes('no.Such') }, data: bytes('{}') }],
  ],
  ['an unknown encoding', [{ metadata: { encoding: bytes('x/y') }, data: bytes('?') }]],
  ['text that is no JSON', [json('{"version":')]],
  ['no argument', []],
  ['an array', [json('[1,2]')]],
  ['null', [json('null')]],
  ['a number', [json('7')]],
  ['an unknown key', [json('{"version":1,"by":"ada","reason":"","x":1}')]],
];

async function waitingCandidate(): Promise<{ line: ScriptedModel; rollout: string }> {
  const line = await startScriptedModel();
  await line.apply();
  await line.until('a candidate waits', (state) => state.openRollout?.waitingFor === 'person');
  return { line, rollout: `rollout/${line.model}/1` };
}

async function eventsOf({ client }: ScriptedModel, rollout: string) {
  return (await client.workflow.getHandle(rollout).fetchHistory()).events ?? [];
}

/** Whether the question was announced, and the workflow has taken note of that. */
function isAnnounced(events: Awaited<ReturnType<typeof eventsOf>>): boolean {
  const asked = events.find(
    ({ activityTaskScheduledEventAttributes: task }) => task?.activityType?.name === 'announceApproval',
  );
  const told = events.some(
    ({ activityTaskCompletedEventAttributes: done }) =>
      asked !== undefined && String(done?.scheduledEventId) === String(asked.eventId),
  );
  return told && Boolean(events.at(-1)?.workflowTaskCompletedEventAttributes);
}

describe('the doors of a waiting candidate', () => {
  it('takes wrong signals without harm, and a right one after them', async () => {
    const { line, rollout } = await waitingCandidate();
    const model = lifecycleId(line.model);
    for (const [, payloads] of WRONG_SIGNALS) {
      await rawSignal(line, rollout, 'approve', payloads);
      await rawSignal(line, model, 'rollback', payloads);
      await rawSignal(line, model, 'rollout-ended', payloads);
    }
    await rawSignal(line, rollout, 'no-such-signal', [json('{}')]);
    await rawSignal(line, model, 'no-such-signal', [json('{}')]);
    expect((await line.state()).aliases.champion).toBeNull();
    expect(
      (
        await line.until(
          'they are counted',
          (state) => state.refusals['signal rollback'] === WRONG_SIGNALS.length,
        )
      ).openRollout?.phase,
    ).toBe('approval');

    await line.client.workflow
      .getHandle(rollout)
      .signal('approve', { version: 1, by: 'ada', reason: 'by signal' });
    await line.until(
      'it serves',
      (state) => state.aliases.champion?.version === 1 && state.openRollout === null,
    );
    expect(await failedTasks(line, model)).toBe(0);
    expect(await failedTasks(line, rollout)).toBe(0);
  });

  it('refuses wrong updates with the reason and leaves no trace of them', async () => {
    const { line, rollout } = await waitingCandidate();
    const decide = (argument: unknown) => refusal(line.update('decide', argument, rollout));
    const read = () => eventsOf(line, rollout);
    const { length: before } = await waitUntil('the question is announced', read, isAnnounced);
    expect(await decide(null)).toMatch(/^decide refused: the argument: .*Send one JSON object such as/s);
    expect(await decide([])).toMatch(/^decide refused/);
    expect(await decide('approve')).toMatch(/^decide refused/);
    expect(await decide({ version: 1, decision: 'maybe', by: 'ada' })).toContain('decision');
    expect(await decide({ version: 9, decision: 'approve', by: 'ada' })).toBe(
      'version 9 is not waiting here; this rollout decides on version 1',
    );
    expect(await decide({ version: 1, decision: 'approve', by: 'mallory' })).toBe(
      "'mallory' may not decide; allowed are ada, grace",
    );
    expect(await read()).toHaveLength(before);
    expect(await refusal(line.update('unheard-of', {}, rollout))).toContain("no update 'unheard-of'");
    expect((await line.state()).openRollout?.phase).toBe('approval');
  });

  it('answers a repeated, a contradictory and a late decision each in its own words', async () => {
    const { line, rollout } = await waitingCandidate();
    const approve = { version: 1, decision: 'approve', by: 'ada', reason: '' };
    const answers = await Promise.all([
      line.update('decide', approve, rollout),
      line.update('decide', approve, rollout),
    ]);
    expect(answers.map((answer) => (answer as { outcome: string }).outcome).sort()).toEqual([
      'promoted',
      'repeated',
    ]);
    await line.until('it ended', (state) => state.openRollout === null);
    expect(await refusal(line.update('decide', { ...approve, decision: 'reject' }))).toBe(
      `${line.model} has no open rollout to decide on`,
    );
  });

  it('gives the answer of the rollout when a decision is sent to the model', async () => {
    const { line } = await waitingCandidate();
    expect(await refusal(line.update('decide', { version: 3, decision: 'approve', by: 'ada' }))).toBe(
      'version 3 is not waiting here; this rollout decides on version 1',
    );
    const rejected = await line.update('decide', {
      version: 1,
      decision: 'reject',
      by: 'grace',
      reason: 'no',
    });
    expect(rejected).toEqual({ outcome: 'rejected', version: 1 });
    const state = await line.until('it ended', ({ openRollout }) => openRollout === null);
    expect(state.ruledOut).toHaveLength(1);
  });
});

describe('the doors of a model', () => {
  it('refuses malformed updates with the reason', async () => {
    const line = await startScriptedModel();
    for (const [name, argument, words] of [
      ['retrain', { trigger: 'whim' }, 'trigger'],
      ['retrain', { asOf: 'yesterday' }, 'asOf'],
      ['rollback', {}, 'by'],
      ['promote', { version: 1, by: 'ada', reason: 'x' }, 'override'],
      ['promote', { version: 1, override: true, by: 'ada', reason: '' }, 'reason'],
      ['pause', 'please', 'the argument'],
      ['apply', { specDigest: 5, by: 'ada' }, 'specDigest'],
      ['decide', { version: 1, decision: 'approve', by: 'ada' }, 'no open rollout'],
      ['no-such', {}, "no update 'no-such'"],
    ] as const) {
      expect(await refusal(line.update(name, argument)), `${name} ${JSON.stringify(argument)}`).toContain(
        words,
      );
    }
    expect(await line.update('retrain', { by: 'ada' })).toMatchObject({ outcome: 'refused' });
    expect(await failedTasks(line, lifecycleId(line.model))).toBe(0);
  });

  it('refuses a history that ends before it begins, or in the future, and stays as it is', async () => {
    const line = await startScriptedModel();
    await line.apply({ rollout: { first: 'auto', approval: { from: ['ml-leads'] } } });
    await line.until(
      'it serves and all is written',
      ({ aliases, openRollout, outbox }) =>
        aliases.champion !== null && openRollout === null && outbox.length === 0,
    );
    const tell = (from: string, to: string) =>
      line.update('import-history', {
        version: 1,
        log: 'log-1',
        predictions: 1,
        labels: 0,
        from,
        to,
        by: 'ada',
      });
    const lines = await line.registry.ledger(line.model);
    const { watermark } = await line.state();
    expect(await refusal(tell('2011-05-01T00:00:00Z', '2011-04-01T00:00:00Z'))).toContain(
      'import-history refused: from: is later than `to`',
    );
    expect(await refusal(tell('2011-05-01T00:00:00Z', '2099-01-01T00:00:00Z'))).toMatch(
      /reaches to 2099-01-01T00:00:00.* later than now .* \+ 5 minutes; mend/,
    );
    expect(await line.state()).toMatchObject({ watermark, outbox: [] });
    expect(await line.registry.ledger(line.model)).toEqual(lines);
    // Its name is not taken: the mended log is history.
    expect(await tell('2011-05-01T00:00:00Z', '2011-06-01T00:00:00Z')).toMatchObject({
      outcome: 'taken',
      watermark: expect.stringMatching(/^2011-06-01/),
    });
  });

  it('fails a run whose start argument is unusable, with the reason', async () => {
    const line = await startScriptedModel();
    const { taskQueue } = await line.client.workflow.getHandle(lifecycleId(line.model)).describe();
    for (const [type, argument] of [
      ['lifecycle', { model: 'Not A Name' }],
      ['monitor', []],
      ['retrain', { model: line.model }],
      ['rollout', 'x'],
      ['scheduledRetrain', { model: line.model }],
    ] as const) {
      const handle = await line.client.workflow.start(type, {
        taskQueue,
        workflowId: `bad/${line.model}/${type}`,
        args: [argument],
      });
      const status = await waitUntil(
        `${type} fails`,
        async () => (await handle.describe()).status.name,
        (name) => name !== 'RUNNING',
      );
      expect(status, type).toBe('FAILED');
    }
  });

  it('holds requests while paused, and records both', async () => {
    const line = await startScriptedModel();
    await line.apply({ rollout: { first: 'auto', approval: { from: ['ml-leads'] } } });
    await line.until('it serves', (state) => state.aliases.champion !== null && state.openRollout === null);
    expect(await line.update('pause', { by: 'ada', reason: 'audit' })).toEqual({ paused: true });
    expect(await line.update('retrain', { by: 'grace' })).toEqual({
      outcome: 'refused',
      because: 'the model is paused by ada: audit',
    });
    expect(await line.update('resume', { by: 'ada' })).toEqual({ paused: false });
    const kinds = (await line.registry.ledger(line.model)).map((entry) => entry.kind);
    expect(kinds.slice(-3)).toEqual(['paused', 'retrain-refused', 'resumed']);
  });

  it('records an old as-of as historical and starts nothing', async () => {
    const line = await startScriptedModel();
    await line.apply({ rollout: { first: 'auto', approval: { from: ['ml-leads'] } } });
    await line.until('it serves', (state) => state.aliases.champion !== null && state.openRollout === null);
    const old = await line.update('retrain', {
      trigger: 'schedule',
      asOf: '2011-01-01T00:00:00Z',
      by: 'schedule',
    });
    expect(old).toMatchObject({ outcome: 'historical' });
    const future = await line.update('retrain', { asOf: '2099-01-01T00:00:00Z', by: 'ada' });
    expect(future).toMatchObject({
      outcome: 'refused',
      because: expect.stringContaining('is later than the model'),
    });
    expect((await line.state()).openRetrain).toBeNull();
  });

  it('keeps everything when it continues as new every 40 events', async () => {
    const line = await startScriptedModel({ historyLimit: 40 });
    await line.apply({ rollout: { first: 'auto', approval: { from: ['ml-leads'] } } });
    await line.until('it serves', (state) => state.aliases.champion !== null && state.openRollout === null);
    for (let i = 0; i < 30; i++) {
      const answer = await line.update(i % 2 === 0 ? 'pause' : 'resume', { by: 'ada', reason: String(i) });
      expect(answer).toEqual({ paused: i % 2 === 0 });
    }
    const ledger = await line.registry.ledger(line.model);
    const turns = ledger.filter((entry) => entry.kind === 'paused' || entry.kind === 'resumed');
    expect(turns.map((entry) => Number(entry.why))).toEqual(Array.from({ length: 30 }, (_, i) => i));
    const count = async () =>
      (await line.client.workflow.count(`WorkflowId = '${lifecycleId(line.model)}'`)).count;
    await waitUntil('several runs are listed', count, (runs) => runs >= 3);
    expect(ledger.map((entry) => entry.seq)).toEqual(ledger.map((_, i) => i + 1));
  });
});
