import { mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Perennial } from '../../client/sdk/perennial.js';
import { pruneStore } from '../../client/sdk/prune.js';
import { lifecycleId } from '../../domain/names.js';
import { newLifecycleState } from '../../domain/lifecycle-state.js';
import { putJsonArtifact } from '../../storage/objects/artifacts.js';
import { createLocalStore } from '../../storage/objects/local-store.js';
import { sharedServer, uniqueName } from '../support/temporal.js';
import { startScriptedModel } from '../support/scripted-model.js';

it('keeps what only a running lifecycle refers to, and refuses to guess when Temporal is away', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'perennial-prune-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const store = createLocalStore({ root: folder });
  const fortyDaysAgo = Date.now() / 1000 - 40 * 86_400;
  const old = async (value: object) => {
    const ref = await putJsonArtifact(store, value);
    utimesSync(join(folder, ref.key), fortyDaysAgo, fortyDaysAgo);
    return ref;
  };
  const evidence = await old({ of: 'a request that waits in the queue' });
  const garbage = await old({ of: 'nothing' });

  // a lifecycle whose queue names the evidence, for a model that is known to this store
  const line = await startScriptedModel();
  const model = uniqueName('prune');
  await store.put(`models/${model}/specs/x.json`, new TextEncoder().encode('{}'));
  const request = { trigger: 'on-demand', by: 'ada', reason: '', rollout: false, askers: ['ada'] } as const;
  const queued = {
    ...request,
    asOf: '2011-04-01T00:00:00.000Z',
    evidence: { artifact: evidence, summary: {} },
  };
  const paused = { by: 'ada', reason: 'audit', since: queued.asOf };
  await line.client.workflow.start('lifecycle', {
    taskQueue: line.taskQueue,
    workflowId: lifecycleId(model),
    args: [{ model, state: { ...newLifecycleState(model), queue: [queued], paused } }],
  });
  onTestFinished(() =>
    line.client.workflow
      .getHandle(lifecycleId(model))
      .terminate()
      .then(() => undefined),
  );

  const { address, namespace } = sharedServer();
  const away = Perennial.open({ store: folder, address: '127.0.0.1:1', namespace });
  await expect(pruneStore(away, { delete: true })).rejects.toMatchObject({ type: 'temporal-unreachable' });
  expect(await store.get(garbage.key)).toBeDefined();

  const perennial = Perennial.open({ store: folder, address, namespace, taskQueue: line.taskQueue });
  onTestFinished(() => perennial.close());
  const report = await pruneStore(perennial, { delete: true });
  expect(report).toMatchObject({ deleted: true, referred: 1, garbage: [{ key: garbage.key }] });
  expect(await store.get(evidence.key)).toBeDefined();
  expect(await store.get(garbage.key)).toBeUndefined();
});
