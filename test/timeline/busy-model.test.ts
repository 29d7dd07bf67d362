import { describe, expect, it } from 'vitest';
import { jsonBytes } from '../../domain/bounds.js';
import { lifecycleInputSchema } from '../../domain/lifecycle-state.js';
import { lifecycleId } from '../../domain/names.js';
import { askNew, bringToBake, idle, serveFirst, waitingIn, bringToApproval } from '../replay/steps.js';
import { Gate, startScriptedModel, waitUntil, type ScriptedModel } from '../support/scripted-model.js';
import { carriedStates, runsOf } from '../support/lifecycle-runs.js';

const soak = process.env['PERENNIAL_SOAK'] === '1';
const requests = soak ? 50 : 20;

describe('many messages at once', () => {
  it(`${requests} requests give one retrain, and every asker an answer`, async () => {
    const line = await startScriptedModel();
    await serveFirst(line);
    line.script.holdTraining = new Gate<true>();
    line.script.seed += 1;
    const askers = Array.from({ length: requests }, (_, i) => `asker-${i}`);
    const answers = await askAll(line, askers);
    const outcomes = answers.map(({ outcome }) => outcome);
    expect(outcomes.filter((outcome) => outcome === 'started')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'merged')).toHaveLength(requests - 1);
    expect(new Set(answers.map(({ n }) => n))).toEqual(new Set([2]));
    line.script.holdTraining.open(true);
    await waitingIn(line, 2, 'shadow');
    expect(line.script.trainings).toBe(2);
    expect(await line.registry.listVersions(line.model)).toHaveLength(2);
    const named = (await line.registry.ledger(line.model)).map(({ who }) => who).join();
    for (const asker of askers) expect(named).toContain(`${asker} (`);
  });

  it('two updates in the same instant are each answered, in one order', async () => {
    const line = await startScriptedModel();
    await serveFirst(line);
    await askNew(line);
    await bringToApproval(line, 2);
    const words = (sent: Promise<unknown>): Promise<unknown> =>
      sent.catch((error: unknown) =>
        error instanceof Error && error.cause instanceof Error ? error.cause.message : '',
      );
    const [ada, grace] = await Promise.all([
      words(line.update('decide', { version: 2, decision: 'approve', by: 'ada' })),
      words(line.update('decide', { version: 2, decision: 'reject', by: 'grace' })),
    ]);
    const { aliases } = await line.until(
      'it is decided',
      ({ openRollout }) => openRollout?.phase !== 'approval',
    );
    if (aliases.champion?.version === 2) {
      expect(ada).toMatchObject({ outcome: 'promoted' });
      expect(grace).toBe('version 2 was already decided: approve by ada');
    } else {
      expect(grace).toMatchObject({ outcome: 'rejected' });
      expect(ada).toBe('version 2 was already decided: reject by grace');
    }
  });

  it('two rollbacks in the same instant take back once', async () => {
    const line = await startScriptedModel();
    await serveFirst(line);
    await askNew(line);
    await bringToBake(line, 2);
    const answers = await Promise.all(['ada', 'grace'].map((by) => line.update('rollback', { by })));
    // Which of the two arrives first is nobody's promise.
    expect(answers).toHaveLength(2);
    for (const outcome of ['rolled-back', 'refused'])
      expect(answers).toContainEqual(expect.objectContaining({ outcome }));
    await idle(line);
    const ledger = await line.registry.ledger(line.model);
    expect(ledger.filter(({ kind }) => kind === 'rolled-back')).toHaveLength(1);
  });
});

/** The server takes ten updates of a workflow at once; a client that is turned away asks again under the same id. */
async function askAll(line: ScriptedModel, askers: readonly string[]) {
  const ask = (by: string) =>
    again(() =>
      line.client.workflow
        .getHandle(lifecycleId(line.model))
        .executeUpdate<{ outcome: string; n?: number }, [unknown]>('retrain', {
          args: [{ by, requestId: `request-${by}` }],
          updateId: `ask-${by}`,
        }),
    );
  return Promise.all(askers.map(ask));
}

/** Repeats a call that the server or a run that just closed turned away. */
async function again<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof Error) || !turnedAway(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function turnedAway(error: Error): boolean {
  const cause = error.cause instanceof Error ? error.cause.message : '';
  return /limit|exhausted|already completed|Aborted|closing|not found/i.test(`${error.message} ${cause}`);
}

describe('a model that continues as new every 20 events', () => {
  const messages = soak ? 1000 : 60;

  it(`answers each of ${messages} updates and signals once, and loses none`, async () => {
    const line = await startScriptedModel({ historyLimit: 20 });
    await serveFirst(line);
    // A request, an approval and their timers stay open meanwhile.
    line.script.holdTraining = new Gate<true>();
    await askNew(line);
    const handle = line.client.workflow.getHandle(lifecycleId(line.model));
    const send = async (i: number): Promise<void> => {
      if (i % 5 === 4)
        return handle.signal('rollback', { by: `signal-${i}`, reason: `nothing to go back to` });
      const name = i % 2 === 0 ? 'pause' : 'resume';
      const update = { args: [{ by: 'ada', reason: `turn ${i}` }] as [unknown], updateId: `turn-${i}` };
      const answer = await again(() => handle.executeUpdate(name, update));
      expect(answer).toEqual({ paused: name === 'pause' });
      // The same again, in whatever run: the same answer, and nothing happens twice.
      if (i % 7 === 0) expect(await again(() => handle.executeUpdate(name, update))).toEqual(answer);
    };
    // Now one, now several at once.
    for (let i = 0, atOnce = 1; i < messages; i += atOnce, atOnce = (atOnce % 3) + 1) {
      const batch = Array.from({ length: Math.min(atOnce, messages - i) }, (_, k) => send(i + k));
      await Promise.all(batch);
    }

    await line.update('resume', { by: 'ada', reason: 'the end' });
    line.script.holdTraining.open(true);
    await bringToBake(line, 2);
    const ledger = await line.registry.ledger(line.model);
    const turns = ledger.flatMap(({ why }) => /^turn (\d+)$/.exec(why)?.[1] ?? []);
    const sent = Array.from({ length: messages }, (_, i) => i);
    expect(turns.map(Number).sort((a, b) => a - b)).toEqual(sent.filter((i) => i % 5 !== 4));
    const signals = ledger.flatMap(({ who }) => /^signal-(\d+)$/.exec(who)?.[1] ?? []);
    expect(signals.map(Number).sort((a, b) => a - b)).toEqual(sent.filter((i) => i % 5 === 4));

    const runs = await waitUntil(
      'its runs are listed',
      () => runsOf(line),
      (listed) => listed.length > messages / 25,
    );
    // Under a stream of messages a run leaves at its first quiet moment, long before the 2,000 events that one may have.
    for (const { events } of runs) expect(events).toBeLessThan(1000);
    for (const state of await carriedStates(line)) {
      expect(jsonBytes(state)).toBeLessThan(32 * 1024);
      expect(lifecycleInputSchema.safeParse({ model: line.model, state }).success).toBe(true);
    }
  });
});
