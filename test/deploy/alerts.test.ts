import { appendFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { moveClock } from '../../client/demo/traffic.js';
import { callServing, inferRows } from '../../client/sdk/infer.js';
import type { Perennial } from '../../client/sdk/perennial.js';
import type { ModelInput } from '../../domain/manifest.js';
import type { ModelSpecInput } from '../../domain/spec/spec.js';
import { withDuck } from '../../engines/features/duck.js';
import { scratchFolder } from '../../storage/fixtures.js';
import { panelQueries } from './dashboard.js';
import { alertRules, hasProgram, type PrometheusServer } from './prometheus-server.js';
import { startSystem, type System } from './system.js';

// A real Prometheus reads real processes while this test breaks them, one thing after the other.
const SOAK = process.env['PERENNIAL_SOAK'] === '1';
const START = Date.parse('2026-01-01T00:00:00Z');
/** The first version has seen rows up to here. */
const FIRST = Date.parse('2026-03-02T00:00:00Z');
/** Up to here the world is as in training; then it is another. */
const TURN = Date.parse('2026-03-08T00:00:00Z');
const CHECKED = '2026-03-20T00:00:00.000Z';

const hours = (from: number, to: number): number[] =>
  Array.from({ length: (to - from) / 3_600_000 }, (_, i) => from + i * 3_600_000);

const INPUTS: readonly ModelInput[] = [
  { name: 'x', type: 'number' },
  { name: 'weather', type: 'category' },
];

/** Inputs at an hour. After the turn no input looks as before. */
const inputsAt = (at: number): { x: number; weather: string } => {
  const i = (at - START) / 3_600_000;
  const x = Math.sin(i / 24) * 10 + (i % 7) + (at < TURN ? 0 : 100);
  return { x, weather: ['dry', 'wet', 'snow'][at < TURN ? i % 3 : 2] ?? 'dry' };
};

/** After the turn nothing depends on the inputs any more. */
const labelAt = (at: number): number => {
  const i = (at - START) / 3_600_000;
  return at < TURN ? Math.sin(i / 24) * 20 + (i % 3) : 1 + (i % 5) / 100;
};

async function deliver(file: string, times: readonly number[], column = 'x'): Promise<void> {
  const rows = times.map((at) => ({ at: new Date(at).toISOString(), ...inputsAt(at), y: labelAt(at) }));
  const json = `${file}.json`;
  writeFileSync(json, JSON.stringify(rows));
  const columns = `CAST("at" AS TIMESTAMP) AS "at", x AS ${column}, weather, y`;
  await withDuck({ threads: 1, memoryLimit: '500MB', tempDirectory: join(file, '..') }, (duck) =>
    duck.run(`COPY (SELECT ${columns} FROM read_json('${json}')) TO '${file}' (FORMAT parquet)`),
  );
  rmSync(json);
}

const spec = (model: string, changes: Partial<ModelSpecInput> = {}): ModelSpecInput => ({
  model,
  task: { kind: 'regression', label: 'y', metric: 'mae', naive: { kind: 'mean' } },
  source: { rows: 'rides/*.parquet', eventTime: 'at', labels: { delay: '1 day' } },
  features: { x: { type: 'number' }, weather: { type: 'category' } },
  window: { kind: 'fixed', length: '40 days', validation: '5 days', holdout: '5 days' },
  trainer: { kind: 'trees', numIterations: 5, seed: 7 },
  triggers: [
    { kind: 'performance', worseBy: '10%', over: '10 days', minLabels: 100, action: 'alert' },
    { kind: 'data-drift', test: 'psi', action: 'alert' },
  ],
  gates: [{ kind: 'not-worse-than-champion' }],
  rollout: { first: 'auto', approval: { from: ['ml-leads'] } },
  monitor: { every: '7 days' },
  ...changes,
});

const rides = spec('rides');
const asks = spec('asks', { rollout: { approval: { from: ['ml-leads'], expiresAfter: '60 seconds' } } });
const late = spec('late', { monitor: { every: '3 seconds' } });
const slow = spec('slow', {
  trainer: { kind: 'mlp', hidden: [64, 64], epochs: 20_000, patience: 0 },
});

/** Waits until a model has what is asked of its state. */
async function until(
  perennial: Perennial,
  model: string,
  phase: 'serves' | 'asks' | 'trains',
): Promise<void> {
  for (;;) {
    const { aliases, openRollout, openRetrain } = await perennial.state(model);
    if (phase === 'serves' && aliases.champion !== null && openRollout === null) return;
    if (phase === 'asks' && openRollout?.waitingFor === 'person') return;
    if (phase === 'trains' && openRetrain !== null) return;
    await sleep(100);
  }
}

async function request({ serving }: System, model: string, times: readonly number[]): Promise<void> {
  const rows = times.map((at) => ({ ...inputsAt(at), event_time: new Date(at).toISOString() }));
  await inferRows(serving, model, INPUTS, rows);
}

/** A spec was applied, a version serves, and Prometheus knows of nothing that is wrong. */
async function healthy(system: System, prometheus: PrometheusServer): Promise<void> {
  await moveClock(system.serving, new Date(FIRST).toISOString());
  await system.perennial.apply(rides);
  await until(system.perennial, 'rides', 'serves');
  await expect.poll(async () => (await prometheus.query('perennial_champion_version')).length).toBe(1);
  await expect.poll(() => prometheus.active()).toEqual([]);
}

/** The world turns; a check finds it out. Somebody does not decide, a model is not checked, a training takes long. */
async function causeInModels(system: System, prometheus: PrometheusServer): Promise<void> {
  const { perennial, data } = system;
  await perennial.apply(asks);
  await until(perennial, 'asks', 'asks');
  await perennial.apply(late);
  await until(perennial, 'late', 'serves');
  await deliver(join(data, 'rides/two.parquet'), hours(TURN, Date.parse(CHECKED)));
  await request(system, 'rides', hours(TURN, Date.parse(CHECKED)));
  await moveClock(system.serving, CHECKED);
  const report = await perennial.check('rides', { asOf: CHECKED });
  expect(report.triggers.map(({ kind, outcome }) => `${kind} ${outcome}`)).toEqual([
    'performance fired',
    'data-drift fired',
  ]);
  for (const alert of ['SkillNegative', 'PerformanceDropped', 'DataDrift'])
    expect(await prometheus.fired(`Perennial${alert}`)).toMatchObject({ model: 'rides' });
  expect(await prometheus.fired('PerennialCheckOverdue')).toMatchObject({ model: 'late' });
  expect(await prometheus.fired('PerennialNoChampion')).toMatchObject({ model: 'asks' });
  expect(await prometheus.fired('PerennialApprovalWaiting')).toMatchObject({ model: 'asks' });
}

async function causeOnQueues(system: System, prometheus: PrometheusServer): Promise<void> {
  const { perennial, taskQueue } = system;
  await deliver(join(system.data, 'rides/later.parquet'), hours(FIRST, TURN));
  await request(system, 'rides', hours(FIRST, TURN));
  await moveClock(system.serving, new Date(TURN).toISOString());
  await perennial.apply(slow);
  await until(perennial, 'slow', 'trains');
  const second = await perennial.retrain('rides', {
    asOf: new Date(TURN).toISOString(),
    rollout: false,
  });
  if (!('run' in second)) throw new Error(`the retrain was not taken: ${second.because}`);
  expect(await prometheus.fired('PerennialTaskQueueBacklog')).toMatchObject({
    task_queue: `${taskQueue}-compute`,
    kind: 'activity',
  });
  const { client } = await perennial.temporal();
  await client.workflow.getHandle('retrain/slow/1').cancel();
  const report = await perennial.retrainReport(second.run);
  expect(report, report.because).toMatchObject({ version: { version: 2 } });
}

async function causeBrokenRetrains({ perennial, data }: System, prometheus: PrometheusServer): Promise<void> {
  for (const file of readdirSync(join(data, 'rides'))) rmSync(join(data, 'rides', file));
  await deliver(join(data, 'rides/one.parquet'), hours(START, Date.parse(CHECKED)), 'not_x');
  for (let i = 0; i < 3; i++) {
    const { report } = await perennial.retrain('rides', { rollout: false, wait: true });
    expect(report).toMatchObject({ outcome: 'no-candidate', reason: 'contract-broken' });
  }
  expect(await prometheus.fired('PerennialRetrainsFailing')).toMatchObject({ model: 'rides' });
}

/** Every panel shows something, in what the test has done so far. */
async function looksAtDashboard(system: System, prometheus: PrometheusServer): Promise<void> {
  const wrong = inferRows(system.serving, 'rides', [], [{ event_time: CHECKED }]);
  await expect(wrong).rejects.toThrow();
  for (const { panel, expr } of panelQueries('1m')) {
    await expect
      .poll(async () => (await prometheus.query(expr)).length, { message: `${panel}: ${expr}` })
      .toBeGreaterThan(0);
  }
}

async function causeInServing(system: System, prometheus: PrometheusServer): Promise<void> {
  const { perennial, serving } = system;
  await perennial.rollback('rides', { to: 2, reason: 'the world turned' });
  expect(await prometheus.fired('PerennialRolledBack')).toMatchObject({ model: 'rides' });
  expect(await prometheus.fired('PerennialNotificationsFailing')).toMatchObject({ hook: 'nobody' });

  const { aliases } = await perennial.state('late');
  const champion = { version: 9, digest: 'a'.repeat(64) };
  const pin = { ...aliases, generation: aliases.generation + 1, champion };
  await expect(callServing(serving, '/v2/models/late/pin', pin)).rejects.toThrow();
  expect(await prometheus.fired('PerennialPinRefused')).toMatchObject({ model: 'late' });

  system.fillDisk();
  await request(system, 'late', [Date.parse(CHECKED)]);
  expect(await prometheus.fired('PerennialSpoolUnwritable')).toMatchObject({ model: 'late' });
  system.makeRoom();

  // A power cut: the last line is torn.
  await system.killServing();
  appendFileSync(system.spooled('late'), '{"torn":');
  await system.startServingAgain();
  expect(await prometheus.fired('PerennialPredictionLogRowsLost')).toMatchObject({ model: 'late' });
}

async function causeInStore(system: System, prometheus: PrometheusServer): Promise<void> {
  system.damage('models/ghost/ledger/00000001.json');
  expect(await prometheus.fired('PerennialLedgerUnreadable')).toMatchObject({ model: 'ghost' });
  await system.stopStore();
  await request(system, 'late', [Date.parse(CHECKED)]);
  expect(await prometheus.fired('PerennialPredictionLogBehind')).toMatchObject({ model: 'late' });
  await prometheus.fired('PerennialStoreUnreachable');
  const jobs = `count by (job) (max_over_time(ALERTS{alertname="PerennialStoreUnreachable",alertstate="firing"}[1h]))`;
  await expect
    .poll(async () => (await prometheus.query(jobs)).map(({ metric }) => metric['job']).sort())
    .toEqual(['perennial-serving', 'perennial-worker']);
  await system.killServing();
  system.loseVersions();
  await system.startServingAgain();
  expect(await prometheus.fired('PerennialModelNotReady')).toMatchObject({ job: 'perennial-serving' });
}

async function causeInProcesses(system: System, prometheus: PrometheusServer): Promise<void> {
  const { fires } = prometheus;
  expect(await fires('PerennialTemporalUnreachable', () => system.stopTemporal())).toMatchObject({
    job: 'perennial-worker',
  });
  expect(await fires('PerennialServingDown', () => system.killServing())).toMatchObject({
    job: 'perennial-serving',
  });
  expect(await fires('PerennialWorkerDown', () => system.killWorker())).toMatchObject({
    job: 'perennial-worker',
  });
}

describe.skipIf(!SOAK || !hasProgram('prometheus'))('a Prometheus that reads a running system', () => {
  it('has data for every panel, and fires each alert when its cause is there', async () => {
    const folder = scratchFolder();
    onTestFinished(() => folder.remove());
    mkdirSync(join(folder.path, 'data/rides'), { recursive: true });
    await deliver(join(folder.path, 'data/rides/one.parquet'), hours(START, FIRST));
    const { system, prometheus } = await startSystem(folder.path);
    await healthy(system, prometheus);
    await causeOnQueues(system, prometheus);
    await causeInModels(system, prometheus);
    await causeBrokenRetrains(system, prometheus);
    await looksAtDashboard(system, prometheus);
    await causeInServing(system, prometheus);
    await causeInStore(system, prometheus);
    await causeInProcesses(system, prometheus);
    for (const { alert } of alertRules().groups.flatMap(({ rules }) => rules)) await prometheus.fired(alert);
  });
});
