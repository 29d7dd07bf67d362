import type { Client } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import { type History, historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createCodecApp } from '../../client/codec-server/app.js';
import { readCodecConfig } from '../../client/codec-server/config.js';
import { runCommand } from '../../client/servers/run-command.js';
import { ensureTemporalBinary } from '../../client/servers/temporal-binary.js';
import { ENCRYPTED } from '../../domain/encrypted-payload.js';
import { lifecycleId, retrainScheduleId } from '../../domain/names.js';
import { createPayloadCodec } from '../../storage/payloads/payload-codec.js';
import { readPayloadKeys } from '../../storage/payloads/payload-keys.js';
import { dataConverterOf, type WorkerDataConverter } from '../../worker/data-converter.js';
import { askNew, bringThrough, firstByItself, idle, idsOf, serveFirst } from '../replay/steps.js';
import { carriedStates, runsOf } from '../support/lifecycle-runs.js';
import { asText } from '../support/readable-histories.js';
import { startScriptedModel, waitUntil, type ScriptedModel } from '../support/scripted-model.js';
import { sharedServer, testClient, testNativeConnection } from '../support/temporal.js';
import { sharedCode } from '../support/workflow-bundles.js';

const keyOf = (byte: number): string => Buffer.alloc(32, byte).toString('base64');
const converterOf = (...keys: string[]) => dataConverterOf({ PERENNIAL_PAYLOAD_KEYS: keys.join(',') });
const NEW = `new:${keyOf(2)}`;
const OLD = `old:${keyOf(1)}`;

/** Every payload of a history as the server keeps it, without what Temporal never encodes. */
function payloadsIn(value: unknown): Payload[] {
  if (value === null || typeof value !== 'object') return [];
  if ('metadata' in value && 'data' in value) return [value as Payload];
  return Object.entries(value).flatMap(([name, member]) =>
    // Search attributes are read by the server, markers by the SDK.
    name === 'searchAttributes' || name === 'markerRecordedEventAttributes' ? [] : payloadsIn(member),
  );
}

/** As the server keeps it: nobody decrypted anything. */
async function storedHistory(client: Client, workflowId: string, runId?: string): Promise<History> {
  return client.workflow.getHandle(workflowId, runId).fetchHistory();
}

async function allHistories(line: ScriptedModel): Promise<{ id: string; history: History }[]> {
  const lifecycles = (await runsOf(line)).map(({ runId }) => ({ id: lifecycleId(line.model), runId }));
  const ids = idsOf(line);
  const others = [ids.retrain(1), ids.retrain(2), ids.retrain(3), ids.rollout(1), ids.rollout(2)];
  const all = [...lifecycles, ...others.map((id) => ({ id, runId: undefined }))];
  return Promise.all(
    all.map(async ({ id, runId }) => ({ id, history: await storedHistory(line.client, id, runId) })),
  );
}

const soak = process.env['PERENNIAL_SOAK'] === '1';
const WORDS = 'words-that-only-ada-wrote';

describe('with payload keys', () => {
  it('a model lives as without them, over many runs, and Temporal keeps nothing that can be read', async () => {
    const line = await startScriptedModel({ historyLimit: 30, dataConverter: converterOf(NEW, OLD) });
    await serveFirst(line, { ...firstByItself(), triggers: [{ kind: 'schedule', every: '30 days' }] });
    await askNew(line);
    await bringThrough(line, 2);
    line.script.violations = [`range temp: ${WORDS}`];
    await line.update('retrain', { by: 'grace', reason: WORDS });
    await idle(line);
    const refused = line.update('pause', { reason: WORDS });
    await expect(refused).rejects.toMatchObject({ cause: { message: expect.stringContaining('by: ') } });
    // an update under a foreign key is refused at once and holds nobody up
    const stranger = await clientWith(`strange:${keyOf(3)}`);
    const foreign = stranger.workflow
      .getHandle(lifecycleId(line.model))
      .executeUpdate('pause', { args: [{ by: 'mallory', reason: WORDS }] });
    await expect(foreign).rejects.toMatchObject({
      cause: { message: expect.stringContaining("payload is 'strange'; expected one of new, old") },
    });
    expect((await line.state()).paused).toBeNull();
    const ledger = await line.registry.ledger(line.model);
    expect(ledger.at(-1)).toMatchObject({ kind: 'retrain-ended', why: expect.stringContaining(WORDS) });
    expect((await carriedStates(line)).at(-1)?.aliases).toMatchObject({ champion: { version: 2 } });

    const histories = await allHistories(line);
    expect(histories.length).toBeGreaterThan(6);
    for (const { id, history } of histories) mustBeUnreadable(id, history.events);
    const { schedule } = await line.client.workflowService.describeSchedule({
      namespace: line.client.options.namespace,
      scheduleId: retrainScheduleId(line.model),
    });
    mustBeUnreadable('schedule', schedule?.action);

    // with the keys the same histories replay; a client without them is told so
    const [newest] = histories;
    if (newest === undefined) throw new Error('no history');
    await replay(newest.history, converterOf(OLD, NEW));
    const other = await clientWith(OLD);
    const read = other.workflow.getHandle(lifecycleId(line.model)).query('state');
    await expect(read).rejects.toThrow("key id of an encrypted payload is 'new'; expected one of old");

    // the temporal CLI reads and writes through a codec server
    const temporal = await temporalCli(`${NEW},${OLD}`);
    const where = ['--workflow-id', lifecycleId(line.model)];
    const shown = await temporal('workflow', 'show', ...where, '--output', 'json');
    expect(shown).toContain(Buffer.from(`{"model":"${line.model}"`).toString('base64').slice(0, 24));
    const pause = ['workflow', 'update', 'execute', ...where, '--name', 'pause', '--input'];
    expect(await temporal(...pause, '{"by":"ada","reason":"by the CLI"}')).toContain('paused:true');
    expect(await temporal(...pause, '{"reason":"by the CLI"}')).toContain('pause refused: by: ');
    expect((await line.state()).paused).toMatchObject({ by: 'ada', reason: 'by the CLI' });
  });
});

/** Runs the temporal CLI with a codec server that has these keys; gives what it says. */
async function temporalCli(keys: string): Promise<(...args: string[]) => Promise<string>> {
  const app = createCodecApp(readCodecConfig({ PERENNIAL_PAYLOAD_KEYS: keys }));
  onTestFinished(() => app.close());
  const codec = await app.listen({ host: '127.0.0.1', port: 0 });
  const { path } = await ensureTemporalBinary();
  const where = ['--address', sharedServer().address, '--codec-endpoint', codec];
  return async (...args) => {
    const { stdout, stderr } = await runCommand(path, [...args, ...where], { timeoutMs: 60_000 });
    return stdout + stderr;
  };
}

// The server waits longer and longer before it repeats a failed task.
if (soak) {
  describe('a worker without the key of a message', () => {
    it('leaves it until a worker with the key comes', async () => {
      const line = await startScriptedModel({ dataConverter: converterOf(OLD) });
      await serveFirst(line);
      const stranger = await clientWith(NEW);
      const handle = stranger.workflow.getHandle(lifecycleId(line.model));
      await handle.signal('rollback', { by: 'ada', reason: 'sent under the new key' });
      const failed = async () =>
        historyToJSON(await storedHistory(line.client, handle.workflowId)).includes('WORKFLOW_TASK_FAILED');
      await waitUntil('the task failed', failed, Boolean);

      // a worker with both keys comes, while the old one is still there
      await startMoreWorkflowWorkers(line, converterOf(OLD, NEW));
      await waitUntil(
        'it is taken',
        () => line.registry.ledger(line.model),
        (ledger) => ledger.some(({ why }) => why.startsWith('signal rollback')),
      );
    });
  });
}

/** As a colleague's machine has it. */
function clientWith(...keys: string[]): Promise<Client> {
  const codec = createPayloadCodec(readPayloadKeys({ PERENNIAL_PAYLOAD_KEYS: keys.join(',') }));
  return testClient({ dataConverter: { payloadCodecs: [codec] } });
}

function mustBeUnreadable(what: string, stored: unknown): void {
  const payloads = payloadsIn(stored);
  expect(payloads.length).toBeGreaterThan(0);
  for (const { metadata } of payloads)
    expect(`${what} ${Buffer.from(metadata?.['encoding'] ?? []).toString()}`).toBe(`${what} ${ENCRYPTED}`);
  expect(asText(stored)).not.toMatch(new RegExp(`${WORDS}|contract-broken: |more rows`));
}

async function replay(history: History, dataConverter: WorkerDataConverter): Promise<void> {
  await Worker.runReplayHistory({ ...sharedCode(converterOf(NEW)), dataConverter }, history);
}

async function startMoreWorkflowWorkers(
  { taskQueue }: ScriptedModel,
  dataConverter: WorkerDataConverter,
): Promise<void> {
  const connection = await testNativeConnection();
  const { namespace } = sharedServer();
  const worker = await Worker.create({
    ...{ connection, namespace, taskQueue, dataConverter },
    ...sharedCode(dataConverter),
  });
  const running = worker.run();
  onTestFinished(async () => {
    worker.shutdown();
    await running;
  });
}
