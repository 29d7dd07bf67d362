import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createCli } from '../../client/cli/program.js';
import { keptIo } from '../../client/cli/test-io.js';
import { documented } from '../../client/cli/test-json.js';
import { createDeliveries, type Deliveries } from '../../client/demo/deliveries.js';
import type { Ride } from '../../client/demo/forecasts.js';
import { groupByDay } from '../../client/demo/live-loop.js';
import { PLAN, plusDays } from '../../client/demo/plan.js';
import { moveClock, postRides } from '../../client/demo/traffic.js';
import { createShutdown, type Shutdown } from '../../client/processes/shutdown.js';
import { startStack, type Stack } from '../../client/processes/stack.js';
import { Perennial } from '../../client/sdk/perennial.js';
import { readSpecFile } from '../../client/spec-file.js';
import { lifecycleId } from '../../domain/names.js';

const state = mkdtempSync(join(tmpdir(), 'perennial-client-'));
const model = `bikes-${randomUUID().slice(0, 8)}`;
const taskQueue = `client-${randomUUID()}`;
let shutdown: Shutdown;
let stack: Stack;
let perennial: Perennial;
let deliveries: Deliveries;
let rides: readonly Ride[];

beforeAll(async () => {
  shutdown = createShutdown();
  const dataRoot = join(state, 'data');
  deliveries = await createDeliveries({ dataRoot });
  rides = await deliveries.rides();
  await deliveries.deliverUntil(PLAN.historyUntil);
  const temporal = { address: inject('temporalAddress'), namespace: inject('temporalNamespace') };
  stack = await startStack({
    ...{ state, dataRoots: [dataRoot], approvers: { 'ml-leads': ['ada', 'grace'] } },
    ...{ clock: 'stepped', staged: true, temporal, taskQueue, shutdown, progress: () => undefined },
    metricsPort: 0,
  });
  perennial = Perennial.open({ state, by: 'ada' });
  shutdown.add(() => perennial.close());
});

afterAll(async () => {
  await shutdown.run();
  shutdown.release();
  rmSync(state, { recursive: true, force: true });
});

/** Runs `perennial` in this process against the stack. */
async function run(...args: string[]) {
  const io = keptIo();
  const code = await createCli(io).run([...args, '--state', state]);
  return { code, out: io.written.join('\n'), err: io.noted.join('\n') };
}

/** Runs `perennial … --json` and parses its one line, which is what docs/reference/json.md says, no member more. */
const json = async (...args: string[]): Promise<unknown> =>
  documented(args, (await run(...args, '--json')).out);

/** Waits until the model has settled at `to`; gives what it then waits for. */
async function settle(to: string): Promise<string> {
  for (;;) {
    const { settled, waitingFor } = await perennial.settled(model, { to });
    if (settled) return waitingFor;
    await sleep(50);
  }
}

describe('the client, on a real server, worker and serving replica', () => {
  it('creates a model from its spec, which then waits for a person', async () => {
    await moveClock({ url: stack.serving.url }, PLAN.firstDay);
    const spec = { ...(await readSpecFile('examples/bike-demand/model.ts')), model };
    const file = join(state, 'spec.json');
    writeFileSync(file, JSON.stringify(spec));
    expect(await json('apply', file)).toMatchObject({ model, outcome: 'applied' });
    expect(await json('apply', file, '--wait')).toMatchObject({
      ...{ outcome: 'unchanged', result: { outcome: 'waits', version: 1, because: '' } },
    });
    expect(await settle(PLAN.firstDay)).toBe('person');
    const shown = [{ model, challenger: { version: 1 }, waiting: { for: 'person', who: ['ml-leads'] } }];
    expect(await json('status')).toMatchObject(shown);
    expect(await json('status', model)).toMatchObject({ champion: null, evidence: { version: 1 } });
    const { out } = await run('status', model);
    expect(out).toContain('v1 waits for a person');
    expect(out).toMatch(/waits {6}for ml-leads to decide on v1/);
    expect(out).toContain(`perennial approve ${model}`);
    expect(out.split('\n').every((line) => line.length <= 80)).toBe(true);
  });

  it('refuses a decision by somebody who may not decide, or on a version that does not wait', async () => {
    const byMallory = await run('approve', model, '--by', 'mallory');
    expect(byMallory).toMatchObject({ code: 3, out: '' });
    expect(byMallory.err).toMatch(/'mallory' may not decide; allowed are ada, grace/);
    const wrong = await run('approve', model, '--by', 'ada', '--candidate', '7');
    expect(wrong.code).toBe(3);
    expect(wrong.err).toMatch(/version 7 is not waiting here/);
  });

  it('answers an approval when the version serves, and a second one with what was decided', async () => {
    const answer = await json('approve', model, '--by', 'ada', '--reason', 'better than a guess');
    expect(answer).toMatchObject({ outcome: 'promoted', version: 1, effectiveFrom: PLAN.firstDay });
    expect(await settle(PLAN.firstDay)).toBe('nothing');
    const again = await run('approve', model, '--by', 'ada');
    expect(again.code).toBe(3);
    expect(again.err).toMatch(/no rollout is open/);
  });

  it('tells Prometheus of the model, and of the Temporal SDK', async () => {
    const told = async () => (await fetch(`${stack.running.metrics ?? ''}/metrics`)).text();
    // The line of a rollout that ended reaches the ledger a moment after it.
    await expect.poll(told).toContain(`perennial_rollouts_total{model="${model}",outcome="promoted"} 1\n`);
    await expect.poll(told).toMatch(/^temporal_workflow_completed_total\{.*workflow_type="rollout"/m);
    expect(await told()).toContain(`perennial_champion_version{model="${model}"} 1\n`);
  });

  it('says of every request which version served it, as the ledger does', async () => {
    const inputs = (await perennial.manifest(model, 1)).manifest.inputs;
    const day = groupByDay(rides).get(PLAN.firstDay) ?? [];
    const answers = await postRides({ url: stack.serving.url }, model, inputs, day);
    expect(answers).toHaveLength(24);
    await moveClock({ url: stack.serving.url }, plusDays(PLAN.firstDay, 1));
    for (const { at, version } of answers) {
      expect(await json('ledger', model, '--at', at)).toEqual([{ version, share: 1 }]);
    }
    expect(await json('ledger', model, '--at', plusDays(PLAN.firstDay, -1))).toEqual([]);
  });

  it('scores a file by serving and by the stored model alike', async () => {
    const file = join(state, 'rows.json');
    writeFileSync(file, JSON.stringify(rides.slice(0, 3).map(({ inputs }) => inputs)));
    const served = await perennial.predict(
      model,
      rides.slice(0, 3).map(({ inputs }) => inputs),
    );
    expect(served).toMatchObject({ from: 'serving', version: 1 });
    const offline = Perennial.open({ store: stack.running.store, state: join(state, 'elsewhere') });
    const stored = await offline.predict(
      model,
      rides.slice(0, 3).map(({ inputs }) => inputs),
    );
    expect(stored.predictions).toEqual(served.predictions);
    expect(await json('predict', model, '--input', file)).toMatchObject({ predictions: served.predictions });
    const misspelt = rides.slice(0, 1).map(({ inputs: { temp, ...others } }) => ({ ...others, tmep: temp }));
    for (const client of [perennial, offline])
      await expect(client.predict(model, misspelt)).rejects.toThrow(
        /input 'temp' is 'in no row'; .* Is it one of .*tmep\?/,
      );
  });

  it('runs the monitor now, and waits for a retrain and its report', async () => {
    expect(await json('check', model)).toMatchObject({ champion: 1 });
    expect((await run('status', model)).out).toMatch(/last check as of/);
    expect(await run('check', 'bikes-nowhere', '--as-of', PLAN.firstDay)).toMatchObject({ code: 2 });
    const asked = ['retrain', model, '--wait', '--no-rollout', '--reason', 'a second look', '--json'];
    const retrain = await run(...asked);
    expect(documented(asked, retrain.out)).toMatchObject({
      outcome: 'started',
      report: { run: `retrain/${model}/2` },
    });
    expect([0, 4]).toContain(retrain.code);
  });

  it('refuses retrains while the model is paused', async () => {
    expect(await json('pause', model, '--reason', 'audit')).toEqual({ paused: true });
    const refused = await run('retrain', model);
    expect(refused.code).toBe(3);
    expect(refused.out).toMatch(/^refused: the model is paused by .*: audit/);
    expect(await json('resume', model)).toEqual({ paused: false });
    expect(await json('prune', '--older-than', '2 days')).toMatchObject({ deleted: false });
    expect(await json('apply', join(state, 'spec.json'), '--wait')).toMatchObject({
      result: { outcome: 'serves', version: 1 },
    });
  });

  it('says that a changed spec came to nothing, while the champion serves on', async () => {
    const spec = await readSpecFile(join(state, 'spec.json'));
    const features = { ...spec.features, temp: { type: 'number', min: 0.9, max: 1 } };
    const file = join(state, 'broken.json');
    writeFileSync(file, JSON.stringify({ ...spec, features }));
    const applied = await run('apply', file, '--wait', '--json');
    expect(applied.code).toBe(4);
    expect(documented(['apply', file, '--wait', '--json'], applied.out)).toMatchObject({
      outcome: 'applied',
      result: { outcome: 'nothing', because: expect.stringMatching(/contract-broken: range temp/) },
    });
    expect(await json('apply', join(state, 'spec.json'))).toMatchObject({ outcome: 'applied' });
  });

  it('refuses what cannot be rolled back or promoted, and changes nothing', async () => {
    const before = (await perennial.state(model)).aliases;
    expect(await run('rollback', model)).toMatchObject({
      code: 3,
      out: expect.stringMatching(/no previous champion/),
    });
    const champion = await run('promote', model, '1', '--override', '--reason', 'again');
    expect(champion).toMatchObject({ code: 3, out: expect.stringMatching(/champion already/) });
    expect((await run('promote', model, '99', '--override', '--reason', 'x')).code).toBe(3);
    expect((await perennial.state(model)).aliases).toEqual(before);
  });

  it('shows versions and the whole ledger within 80 columns', async () => {
    expect(await json('versions', model)).toContainEqual(expect.objectContaining({ role: 'champion' }));
    const versions = await run('versions', model);
    expect(versions.out).toMatch(/v1\s+champion/);
    const ledger = await run('ledger', model);
    expect(ledger.out).toMatch(/first\s+v1\s+ada/);
    for (const { out } of [versions, ledger]) {
      expect(out.split('\n').every((line) => [...line].length <= 80)).toBe(true);
    }
  });

  it('says so when no worker answers, and goes on when one is back', async () => {
    await stack.worker().stop();
    const hasty = Perennial.open({ state, by: 'ada', acceptWithinMs: 1500 });
    await expect(hasty.pause(model)).rejects.toMatchObject({ type: 'no-worker' });
    await hasty.close();
    await stack.startWorkerAgain();
    expect((await perennial.state(model)).model).toBe(model);
  });

  it('names the models that there are when asked for another', async () => {
    const { code, err } = await run('status', 'bikes-nowhere');
    expect(code).toBe(2);
    expect(err).toContain(model);
  });

  it('says of a model whose workflow was terminated that it does not run, instead of how it was then', async () => {
    const { client } = await perennial.temporal();
    await client.workflow.getHandle(lifecycleId(model)).terminate('by hand');
    const { code, err } = await run('status');
    expect(code).toBe(1);
    expect(err).toContain(`workflow model/${model} is 'not running here'`);
    expect(await json('status')).toMatchObject([{ model, error: { type: 'model-not-running' } }]);
    await expect(perennial.state(model)).rejects.toMatchObject({ type: 'model-not-running' });
  });
});
