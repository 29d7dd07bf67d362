import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import type { ModelSpecInput } from '../../domain/spec/spec.js';
import { startScriptedModel, Gate, type ScriptedModel } from '../support/scripted-model.js';
import { startedIn, traceNamed, updateIn } from '../support/traced-line.js';

const seen = { pairs: 48, first: null, last: null, hours: 48, days: 2 };
const shadowEnded = { because: '48 of 40 mirrored requests', watermark: '2011-04-03T00:00:00.000Z', seen };
const passed = {
  kind: 'pass' as const,
  because: 'not worse',
  watermark: '2011-04-10T00:00:00.000Z',
  rows: 72,
  comparison: null,
};

/** A model whose first version serves, promoted by nobody. */
async function startServing(changes: Partial<ModelSpecInput> = {}): Promise<ScriptedModel> {
  const line = await startScriptedModel();
  await line.apply({ rollout: { first: 'auto', approval: { from: ['ml-leads'] } }, ...changes });
  await line.until(
    'first version serves',
    (state) => state.aliases.champion !== null && state.openRollout === null,
  );
  return line;
}

describe('the life of a model', () => {
  it('goes from its first spec to a second version and back', async () => {
    const line = await startScriptedModel();

    // the first spec asks for the first version; it waits for a person
    await line.apply();
    await line.until('first version waits', (state) => state.openRollout?.phase === 'approval');
    expect((await line.state()).aliases.champion).toBeNull();

    // approved: it serves
    const first = await line.update('decide', {
      version: 1,
      decision: 'approve',
      by: 'ada',
      reason: 'good start',
    });
    expect(first).toEqual({ outcome: 'promoted', version: 1, effectiveFrom: '2011-04-01T00:00:00.000Z' });
    await line.until('rollout ends', (state) => state.openRollout === null);

    // a second candidate goes through shadow and approval
    line.script.seed = 2;
    line.clock = '2011-05-01T00:00:00.000Z';
    await line.update('retrain', { by: 'grace', reason: 'new month', asOf: '2011-04-01T00:00:00.000Z' });
    await line.until('shadow', (state) => state.openRollout?.waitingFor === 'event-time');
    expect((await line.state()).aliases.challenger?.version).toBe(2);
    line.shadow.open(shadowEnded);
    await line.until('approval', (state) => state.openRollout?.phase === 'approval');
    await line.update(
      'decide',
      { version: 2, decision: 'approve', by: 'grace', reason: '' },
      `rollout/${line.model}/2`,
    );
    const baking = await line.until(
      'bake',
      (state) => state.openRollout?.phase === 'bake' && state.openRollout.waitingFor === 'event-time',
    );
    expect(baking.aliases).toMatchObject({
      champion: { version: 2 },
      previous: { version: 1 },
      baking: true,
    });

    // the bake passes
    line.bake.open(passed);
    const watching = await line.until('watching', (state) => state.openRollout === null);
    expect(watching.aliases).toMatchObject({
      champion: { version: 2 },
      previous: { version: 1 },
      baking: false,
    });

    // a person takes it back
    const back = await line.update('rollback', { by: 'ada', reason: 'complaints' });
    expect(back).toMatchObject({ outcome: 'rolled-back', version: 1 });
    const ledger = await line.registry.ledger(line.model);
    expect(ledger.map((entry) => entry.kind)).toEqual([
      'spec-applied',
      'from-source',
      'retrain-requested',
      'retrain-ended',
      'rollout-started',
      'first',
      'rollout-ended',
      'retrain-requested',
      'retrain-ended',
      'rollout-started',
      'promoted',
      'bake-ended',
      'rollout-ended',
      'rolled-back',
    ]);
    expect(await line.registry.servingAt(line.model, '2011-04-15T00:00:00.000Z')).toEqual([
      { version: 1, share: 1 },
    ]);
    expect(await line.registry.servingAt(line.model, '2011-05-02T00:00:00.000Z')).toEqual([
      { version: 1, share: 1 },
    ]);
  });

  it('names why a retrain gave no candidate, and leaves the champion alone', async () => {
    const line = await startServing();
    line.script.violations = ['range temp: found 77 °F'];
    await line.update('retrain', { by: 'ada' });
    await line.until('it ended', (state) => state.openRetrain === null && state.outbox.length === 0);
    const last = (await line.registry.ledger(line.model)).at(-1);
    expect(last).toMatchObject({
      kind: 'retrain-ended',
      why: 'contract-broken: range temp: found 77 °F',
      champion: 1,
    });
  });

  it('merges requests that come during a retrain, and names every asker', async () => {
    const line = await startServing();
    const hold = new Gate<true>();
    line.script.holdTraining = hold;
    line.script.seed = 2;
    const started = await line.update('retrain', { by: 'ada' });
    expect(started).toMatchObject({ outcome: 'started', n: 2 });
    const merged = await Promise.all(['b', 'c', 'd'].map((by) => line.update('retrain', { by })));
    expect(merged).toEqual(merged.map(() => expect.objectContaining({ outcome: 'merged', n: 2 })));
    await line.until('training', () => line.script.trainings === 2);
    line.script.holdTraining = undefined;
    hold.open(true);
    await line.until('it ended', (state) => state.openRetrain === null && state.outbox.length === 0);
    expect(line.script.trainings).toBe(2);
  });

  it('trains after an import for whoever asks during it, once; a file that is refused doubles no cool-down', async () => {
    const line = await startServing();
    const hold = new Gate<true>();
    line.script.heavyWork = async (signal) => {
      hold.open(await hold.wait(signal));
      if ((await line.state()).openRetrain?.imported !== true) return;
      throw ApplicationFailure.nonRetryable('the file is no model of this spec', 'import-refused');
    };
    const sha256 = 'f'.repeat(64);
    const imported = { onnx: { key: `blobs/${sha256}`, sha256, bytes: 10 } };
    const ask = (letter: string, request: object) => updateIn(traceNamed(letter), line, 'retrain', request);
    expect(await ask('a', { by: 'ada', imported })).toMatchObject({ outcome: 'started', n: 2 });
    for (const [by, letter] of [
      ['grace', 'c'],
      ['joan', 'd'],
    ] as const)
      expect(await ask(letter, { by })).toMatchObject({ outcome: 'queued', n: 3 });
    expect(await line.update('retrain', { by: 'ada', imported })).toMatchObject({ outcome: 'queued', n: 4 });
    hold.open(true);
    const ended = await line.until(
      'all have ended',
      ({ nextRetrain, openRetrain, outbox }) =>
        nextRetrain === 5 && openRetrain === null && outbox.length === 0,
    );
    const ledger = await line.registry.ledger(line.model);
    const requested = ledger.filter(({ kind }) => kind === 'retrain-requested');
    expect(requested.map(({ who, why }) => [who, /^import/.test(why)])).toEqual([
      ['ada (spec-change)', false],
      ['ada (on-demand)', true],
      ['grace (on-demand), joan (on-demand)', false],
      ['ada (on-demand)', true],
    ]);
    const results = ledger.filter(({ kind }) => kind === 'retrain-ended').map(({ why }) => why.split(':')[0]);
    expect(results.slice(1)).toEqual(['import-refused', 'same-as-champion', 'import-refused']);
    expect(ended.doubled).toEqual([]);
    // Each in the trace of who asked first, also after its wait.
    const runs = [1, 2, 3, 4].map((n) => startedIn(line, `retrain/${line.model}/${n}`));
    const traces = (await Promise.all(runs)).map((trace) => trace?.traceId[0]);
    expect(traces).toEqual([undefined, 'a', 'c', undefined]);
  });

  it('says of a check that could not be measured why, and takes the next one, however much it has to say', async () => {
    const triggers = [{ kind: 'data-drift', test: 'psi', threshold: 0.2, shareOfFeatures: 0.3 } as const];
    const line = await startServing({ triggers });
    const check = (asOf: string): Promise<unknown> =>
      line.client.workflow.execute('monitor', {
        workflowId: `monitor/${line.model}-${asOf}`,
        taskQueue: line.taskQueue,
        args: [{ model: line.model, asOf }],
      });
    line.script.unmeasurable = 'memory of drift is 64 MiB; expected more';
    await expect(check('2011-05-01T00:00:00Z')).rejects.toThrow();
    line.script.unmeasurable = undefined;
    await check('2011-05-01T00:00:00Z');
    line.script.unmeasurable = 'memory of drift is 64 MiB; expected more';
    await expect(check('2011-04-01T00:00:00Z')).rejects.toThrow();
    await line.until('all written', (state) => state.outbox.length === 0);
    const checks = (await line.registry.ledger(line.model)).filter(({ who }) => who === 'monitor');
    expect(checks.map(({ kind, why, version }) => [kind, why, version])).toEqual([
      ['check-failed', 'not measured: memory of drift is 64 MiB; expected more', 1],
      ['check', 'data-drift no-data: no feature could be compared', 1],
      ['historical', 'not measured: memory of drift is 64 MiB; expected more', 1],
    ]);

    // triggers with as much to say as they may: what they ask for is heard, and nothing is left out
    const at = '2011-06-01T00:00:00.000Z';
    const numbers = Object.fromEntries(
      Array.from({ length: 50 }, (_, i) => [`slice ${i}`.padEnd(90, '.'), i]),
    );
    const fired = ['ours/a', 'ours/b', 'ours/c'].map((name) => ({
      ...{ kind: 'plugin', name, outcome: 'fired', action: 'retrain', because: '値'.repeat(500), numbers },
      plugin: { name, version: '1.0.0', sha256: 'a'.repeat(64) },
    }));
    const report = { run: 'monitor/long', asOf: at, watermark: at, champion: 1, evidence: null };
    await line.update('checked', { ...report, triggers: fired });
    await line.until(
      'it is trained and written',
      (state) => state.openRetrain === null && state.outbox.length === 0,
    );
    const told = (await line.registry.ledger(line.model)).filter(({ asOf }) => asOf === at);
    expect(told.slice(0, 4).map(({ kind, why }) => [kind, /cooling down/.test(why)])).toEqual([
      ['check', false],
      ['retrain-requested', false],
      ['retrain-refused', true],
      ['retrain-refused', true],
    ]);
    expect(told[0]?.evidence?.summary).toMatchObject({ 'plugin-ours/a': 'fired', 'plugin-ours/c': 'fired' });
    expect(Buffer.byteLength(told[0]?.why ?? '')).toBeLessThan(600);
  });
});
