import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PerennialError } from '../../domain/errors.js';
import type { LedgerEntry } from '../../domain/ledger.js';
import { specSchema } from '../../domain/spec/spec.js';
import { sampleEntry, scratchFolder } from '../../storage/fixtures.js';
import { putJsonArtifact } from '../../storage/objects/artifacts.js';
import { createLocalStore } from '../../storage/objects/local-store.js';
import type { ObjectStore } from '../../storage/objects/object-store.js';
import { LEDGER_START, sealLine } from '../../storage/registry/ledger-line.js';
import { createRegistry, type Registry } from '../../storage/registry/registry.js';
import { startMetricsServer, type MetricsServer } from './metrics-server.js';
import { createModelReader, type ModelReader } from './model-reader.js';
import type { TemporalView } from './temporal-reader.js';
import { createWorkerMetrics, type WorkerMetrics } from './worker-metrics.js';

const MODEL = 'bike-demand';
const spec = specSchema.parse({
  model: MODEL,
  task: { kind: 'regression', label: 'cnt', metric: 'mae', naive: { kind: 'mean' } },
  source: { rows: 'rows.csv', eventTime: 'at' },
  features: { temp: { type: 'number' } },
  window: { kind: 'fixed', length: '90 days', validation: '7 days', holdout: '14 days' },
  trainer: { kind: 'linear' },
  monitor: { every: '6 hours' },
  rollout: { approval: { from: ['ml-leads'], expiresAfter: '2 days' } },
});

let folder: ReturnType<typeof scratchFolder>;
let store: ObjectStore;
let registry: Registry;
let storeAway = false;
let temporal: TemporalView | undefined;

beforeEach(() => {
  folder = scratchFolder();
  store = createLocalStore({ root: folder.path });
  registry = createRegistry(store);
  storeAway = false;
  temporal = { approvals: [], backlogs: [] };
});
afterEach(() => folder.remove());

/** Adds a line to the model's ledger, decided now. */
async function tell(entry: Partial<LedgerEntry>): Promise<void> {
  const before = (await registry.ledger(MODEL)).at(-1);
  const place = { model: MODEL, seq: (before?.seq ?? 0) + 1, previousHash: before?.hash ?? LEDGER_START };
  await registry.appendLedger([
    sealLine(sampleEntry({ champion: 1, ...entry }), { ...place, decidedAt: new Date().toISOString() }),
  ]);
}

function metricsOver(models: ModelReader): WorkerMetrics {
  const away = new PerennialError({
    type: 'store-unavailable',
    thing: 'store',
    allowed: 'one',
    next: 'wait',
  });
  return createWorkerMetrics({
    models: { read: () => (storeAway ? Promise.reject(away) : models.read()) },
    temporal: { read: () => (temporal ? Promise.resolve(temporal) : Promise.reject(new Error('away'))) },
    refreshMs: 0,
    build: { version: '1.2.3', build: 'blue' },
  });
}

/** Our own samples by name and labels. */
async function samples(metrics: WorkerMetrics): Promise<Record<string, number>> {
  const lines = (await metrics.text()).split('\n').filter((line) => line.startsWith('perennial_'));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

const named = (name: string): string => `${name}{model="${MODEL}"}`;

/** A champion with a check that judged it. */
async function checked(): Promise<void> {
  const { digest } = await registry.putSpec(spec);
  await tell({ kind: 'spec-applied', champion: null, evidence: { summary: { specDigest: digest } } });
  await tell({ kind: 'first' });
  const skill = { rows: 700, ratio: 0.75, lower: 0.7, baseline: 0.5, error: 12.5 };
  const drift = [
    { feature: 'temp', statistic: 0.4, drifted: true },
    { feature: 'hum', statistic: 0.1, drifted: false },
    { feature: 'text', statistic: null, drifted: false },
  ];
  const artifact = await putJsonArtifact(store, {
    performance: [null, { ...skill, newestLabel: '2026-03-30T00:00:00.000Z' }],
    drift: [null, null, drift],
  });
  const summary = { performance: 'quiet', 'data-drift': 'fired' };
  await tell({
    ...{ kind: 'check', version: 1, asOf: '2026-04-01T00:00:00.000Z' },
    evidence: { artifact, summary },
  });
}

describe('the metrics of a worker', () => {
  it('tell of each model what its ledger and its last check say', async () => {
    await checked();
    const found = await samples(metricsOver(createModelReader(registry, store)));
    expect(found).toMatchObject({
      [named('perennial_champion_version')]: 1,
      [named('perennial_model_paused')]: 0,
      [named('perennial_skill')]: 0.25,
      [named('perennial_skill_at_release')]: 0.5,
      [`perennial_live_error{model="${MODEL}",metric="mae"}`]: 12.5,
      [named('perennial_judged_rows')]: 700,
      [named('perennial_label_lag_seconds')]: 2 * 86_400,
      [named('perennial_drift_share')]: 0.5,
      [`perennial_check_outcome{model="${MODEL}",trigger="data-drift",outcome="fired"}`]: 1,
      [`perennial_check_outcome{model="${MODEL}",trigger="performance",outcome="quiet"}`]: 1,
      [named('perennial_check_interval_seconds')]: 6 * 3600,
      [`perennial_decisions_total{model="${MODEL}",kind="rolled-back"}`]: 0,
      [named('perennial_approvals_waiting')]: 0,
      [named('perennial_ledger_readable')]: 1,
      perennial_store_reachable: 1,
      perennial_temporal_reachable: 1,
      [`perennial_worker_info{version="1.2.3",build="blue",node="${process.version}"}`]: 1,
    });
    expect(found[named('perennial_champion_age_seconds')]).toBeLessThan(60);
    expect(found[named('perennial_last_check_timestamp_seconds')]).toBeCloseTo(Date.now() / 1000, -2);
  });

  it('say nothing of a champion that no check has judged yet', async () => {
    await checked();
    const metrics = metricsOver(createModelReader(registry, store));
    await tell({ kind: 'promoted', champion: 2 });
    const found = await samples(metrics);
    expect(found[named('perennial_champion_version')]).toBe(2);
    expect(Object.keys(found).filter((name) => /skill|drift_share|outcome=/.test(name))).toEqual([]);
  });

  it('count on from the next line, and are the same in a second worker', async () => {
    await checked();
    const one = metricsOver(createModelReader(registry, store));
    await samples(one);
    for (const why of ['source-missing: gone', 'source-missing: gone'])
      await tell({ kind: 'retrain-ended', why });
    const two = metricsOver(createModelReader(registry, store));
    const failed = named('perennial_retrains_failed_in_a_row');
    const total = `perennial_retrains_total{model="${MODEL}",outcome="source-missing"}`;
    expect(await samples(one)).toMatchObject({ [failed]: 2, [total]: 2 });
    expect(await samples(two)).toMatchObject({ [failed]: 2, [total]: 2 });
  });

  it('name since when a person is asked', async () => {
    await checked();
    const deadline = Date.parse('2026-05-03T00:00:00Z');
    temporal = {
      approvals: [{ model: MODEL, deadline }],
      backlogs: [{ taskQueue: 'q', kind: 'activity', tasks: 3, age: 90 }],
    };
    expect(await samples(metricsOver(createModelReader(registry, store)))).toMatchObject({
      [named('perennial_approvals_waiting')]: 1,
      [named('perennial_approval_deadline_timestamp_seconds')]: deadline / 1000,
      [named('perennial_approval_waiting_since_timestamp_seconds')]: deadline / 1000 - 2 * 86_400,
      'perennial_task_queue_backlog{task_queue="q",kind="activity"}': 3,
      'perennial_task_queue_backlog_age_seconds{task_queue="q",kind="activity"}': 90,
    });
  });

  it('keep what they know of models while the store is away, and say that it is', async () => {
    await checked();
    const metrics = metricsOver(createModelReader(registry, store));
    await samples(metrics);
    storeAway = true;
    temporal = undefined;
    const found = await samples(metrics);
    expect(found).toMatchObject({
      perennial_store_reachable: 0,
      perennial_temporal_reachable: 0,
      [named('perennial_skill')]: 0.25,
    });
    expect(Object.keys(found)).not.toContain(named('perennial_approvals_waiting'));
  });

  it('are told while the store hangs, too, and wait for it once', async () => {
    let asked = 0;
    const hangs = () => new Promise<never>(() => (asked += 1));
    const metrics = metricsOver({ read: hangs });
    await samples(metrics);
    expect(await samples(metrics)).toMatchObject({ perennial_temporal_reachable: 1 });
    expect(asked).toBe(1);
  });

  it('say which model’s ledger is damaged, and go on with the others', async () => {
    await checked();
    await store.put(`models/${MODEL}/ledger/00000004.json`, new TextEncoder().encode('{}'));
    await store.put('models/other/ledger/00000001.json', new TextEncoder().encode('{}'));
    const metrics = metricsOver(createModelReader(registry, store));
    expect(await samples(metrics)).toMatchObject({
      [named('perennial_ledger_readable')]: 0,
      'perennial_ledger_readable{model="other"}': 0,
      perennial_store_reachable: 1,
    });
  });
});

describe('the metrics’ server', () => {
  let server: MetricsServer | undefined;
  afterEach(() => server?.close());

  /** A server beside an exporter with one sample. */
  async function start(
    token?: string,
    polls = true,
  ): Promise<(path: string, bearer?: string) => Promise<Response>> {
    const metrics = metricsOver(createModelReader(registry, store));
    const sdk = 'data:text/plain,temporal_sample 1';
    server = await startMetricsServer(
      { host: '127.0.0.1', port: 0, token, refreshMs: 0 },
      { metrics, sdk, polls: () => polls },
    );
    const { url } = server;
    return (path, bearer) =>
      fetch(url + path, bearer === undefined ? {} : { headers: { authorization: `Bearer ${bearer}` } });
  }

  it('joins those of the Temporal SDK to ours', async () => {
    const get = await start();
    const answer = await get('/metrics');
    expect(answer.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    expect(await answer.text()).toMatch(/perennial_store_reachable 1\n[^]*\ntemporal_sample 1$/);
  });

  it('wants its token for metrics, and for health none', async () => {
    const get = await start('a-secret-that-nobody-guesses', false);
    expect((await get('/metrics')).status).toBe(401);
    expect((await get('/metrics', 'a-secret-that-somebody-guessed')).status).toBe(401);
    expect((await get('/metrics', 'a-secret-that-nobody-guesses')).status).toBe(200);
    expect((await get('/health/live')).status).toBe(200);
    expect((await get('/health/ready')).status).toBe(503);
  });
});
