import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createJudgeActivities } from '../../activities/evaluate-model.js';
import { createExportActivity } from '../../activities/export-model.js';
import { createExtractActivities } from '../../activities/extract.js';
import { createMeasureActivity } from '../../activities/measure-check.js';
import type { RetrainActivities } from '../../activities/retrain-activities.js';
import type { RetrainPorts } from '../../activities/retrain-ports.js';
import { createTrainActivity } from '../../activities/train-model.js';
import type { CheckMeasured } from '../../activities/watch-activities.js';
import type { WatchPorts } from '../../activities/watch-ports.js';
import { explanationSchema } from '../../domain/explanation.js';
import type { PredictionRow } from '../../domain/predictions.js';
import { epoch, instant, type VersionRef } from '../../domain/references.js';
import type { TriggerVerdict } from '../../domain/reports.js';
import { specSchema } from '../../domain/spec/spec.js';
import { withDuck } from '../../engines/features/duck.js';
import { createFeatureEngine, type FeatureEngine } from '../../engines/features/feature-engine.js';
import { createWorkerScorer } from '../../engines/inference/index.js';
import { judgeEstimate } from '../../policy/judge-estimate.js';
import { asksRetrain, judgePerformance } from '../../policy/triggers.js';
import { getArtifact, getJsonArtifact } from '../../storage/objects/artifacts.js';
import { createLocalStore } from '../../storage/objects/local-store.js';
import { openPredictionWriter } from '../../storage/predictions/prediction-writer.js';
import { createRegistry } from '../../storage/registry/registry.js';
import { inActivity } from '../support/released-model.js';

// Every second application of the car loans: 80 a day. The cars become dearer at the end of March 2019.
const SAMPLE = `SELECT row_number() OVER () AS id, * FROM (
  SELECT car_value, salary_range, debt_to_income_ratio, loan_length, size_of_downpayment, driver_tenure,
    repaid_loan_on_prev_car::VARCHAR AS repaid_before, repaid::BIGINT AS repaid, timestamp::TIMESTAMP AS applied_at
  FROM read_parquet(['examples/car-loan/reference.parquet', 'examples/car-loan/monitoring.parquet'], union_by_name = true)
  ORDER BY timestamp) QUALIFY id % 2 = 0`;
const [RELEASED, DAY] = ['2018-12-31T00:00:00.000Z', 86_400_000] as const;

const performance = { kind: 'performance', worseBy: '10%', over: '30 days', minLabels: 1000 } as const;
const spec = specSchema.parse({
  model: 'car-loan',
  task: { kind: 'binary', label: 'repaid', metric: 'accuracy', naive: { kind: 'majority' } },
  source: { rows: 'loans.parquet', eventTime: 'applied_at', key: 'id', labels: { delay: '60 days' } },
  features: {
    car_value: { type: 'number' },
    debt_to_income_ratio: { type: 'number' },
    loan_length: { type: 'number' },
    driver_tenure: { type: 'number' },
    salary_range: { type: 'category' },
    size_of_downpayment: { type: 'category' },
    repaid_before: { type: 'category' },
  },
  window: { kind: 'fixed', length: '300 days', validation: '20 days', holdout: '60 days' },
  trainer: { kind: 'trees', numIterations: 200, seed: 7 },
  triggers: [{ ...performance, labels: 'estimated' }, performance],
  rollout: { approval: { from: ['someone'] } },
});

const folder = mkdtempSync(join(tmpdir(), 'perennial-estimated-'));
const root = join(folder, 'data');
const store = createLocalStore({ root: join(folder, 'store') });
const registry = createRegistry(store);
const features = createFeatureEngine({ dataRoots: [root], stagingDir: join(folder, 'staging') });
let champion: VersionRef;

const ports: RetrainPorts = {
  store,
  registry,
  features,
  scratch: join(folder, 'scratch'),
  code: 'test',
  staged: false,
  clock: () => epoch('2019-09-01T00:00:00.000Z'),
  limits: {},
};
let exporting: Parameters<RetrainActivities['exportModel']>[0];

/** One attempt as the retrain workflow makes it, without gates. */
async function release(): Promise<VersionRef> {
  const extract = createExtractActivities(ports);
  const judge = createJudgeActivities(ports);
  const { digest: specDigest } = await registry.putSpec(spec);
  const scope = { model: spec.model, specDigest, asOf: RELEASED, runKey: 'car-loan/1', champion: null };
  const { manifest: source } = await inActivity(() => extract.freezeSource(scope));
  const snapshot = await inActivity(() => extract.takeSnapshot({ ...scope, source }));
  const trained = await inActivity(() =>
    createTrainActivity(ports).train({ ...scope, snapshot, staged: {} }),
  );
  exporting = { ...scope, snapshot, trained };
  const exported = await inActivity(() => createExportActivity(ports).exportModel(exporting));
  const judged = await inActivity(() => judge.evaluate({ ...scope, snapshot, source, exported }));
  return inActivity(() => judge.register({ ...scope, snapshot, source, trained, exported, ...judged }));
}

/** Every application since the release, as serving would have logged it. */
async function serve({ version }: VersionRef): Promise<void> {
  const { manifest } = await registry.getManifest(spec.model, version);
  const { inputs, classes } = manifest;
  const names = inputs.map(({ name }) => name);
  const rows = await withDuck({ threads: 1, memoryLimit: '500MB', tempDirectory: folder }, (duck) =>
    duck.rows(
      `SELECT id::VARCHAR AS id, epoch_ms(applied_at)::DOUBLE AS ms, ${names.join(', ')} FROM '${join(root, 'loans.parquet')}'
       WHERE applied_at >= '${RELEASED}'::TIMESTAMP ORDER BY applied_at`,
    ),
  );
  const requests = rows.map((row) =>
    Object.fromEntries(
      inputs.map(({ name, type }) => [name, type === 'number' ? Number(row[name]) : String(row[name])]),
    ),
  );
  const scorer = createWorkerScorer({ onnx: await getArtifact(store, manifest.onnx), inputs, classes });
  const said = await scorer.score(requests);
  await scorer.dispose();
  const writer = openPredictionWriter({
    store,
    model: spec.model,
    replica: 'r1',
    spool: join(folder, 'spool'),
  });
  writer.append(
    rows.map((row, i): PredictionRow => ({
      prediction_id: `p${String(row['id'])}`,
      model: spec.model,
      version,
      role: 'champion',
      key: String(row['id']),
      event_time: instant(Number(row['ms'])),
      received_at: instant(Number(row['ms'])),
      ahead_of_clock: false,
      prediction: said.predictions[i] ?? '',
      scores: said.scores === null ? null : Array.from(said.scores.subarray(2 * i, 2 * i + 2)),
      inputs: requests[i] ?? {},
    })),
  );
  await writer.close();
}

const none = (): Promise<[]> => Promise.resolve([]);
const refuse = (): never => {
  throw new Error('a check asks nobody');
};
const nobody = {
  update: refuse,
  tell: refuse,
  state: refuse,
  running: refuse,
  evidenceOf: refuse,
  startNotify: refuse,
  putSchedule: refuse,
  deleteSchedule: refuse,
};

const watching: WatchPorts = {
  store,
  registry,
  features,
  serving: { status: none, pin: none, champions: none },
  temporal: nobody,
  limits: {},
  judges: {
    shadow: () => ({ enough: false, because: '' }),
    bake: () => ({ kind: 'wait', because: '' }),
    bakeMinRows: 1,
  },
};
const { measureCheck } = createMeasureActivity(watching);

async function check(asOf: string): Promise<{ measured: CheckMeasured; verdicts: TriggerVerdict[] }> {
  const { digest: specDigest } = await registry.putSpec(spec);
  const measured = await inActivity(() => measureCheck({ model: spec.model, specDigest, asOf, champion }));
  const verdicts = spec.triggers.flatMap((trigger, i) => {
    if (trigger.kind !== 'performance') return [];
    const [estimate, skill] = [measured.estimated?.[i], measured.performance[i]];
    if (estimate) return [judgeEstimate(trigger, estimate)];
    return skill ? [judgePerformance(trigger, skill)] : [];
  });
  return { measured, verdicts };
}

beforeAll(async () => {
  mkdirSync(root);
  await withDuck({ threads: 1, memoryLimit: '500MB', tempDirectory: folder }, (duck) =>
    duck.run(`COPY (${SAMPLE}) TO '${join(root, 'loans.parquet')}' (FORMAT parquet)`),
  );
  champion = await release();
  await serve(champion);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a performance trigger with estimated labels, with labels 60 days late', () => {
  it('asks for a retrain two months before the realised one can, and is reconciled when the labels have come', async () => {
    const before = await check('2019-04-01T00:00:00.000Z');
    expect(before.verdicts.map(({ outcome }) => outcome)).toEqual(['quiet', 'quiet']);

    // a month of dearer cars, none of them with a label
    const early = await check('2019-05-01T00:00:00.000Z');
    expect(asksRetrain(early.verdicts)).toEqual([
      expect.objectContaining({ kind: 'performance', labels: 'estimated', outcome: 'fired' }),
    ]);
    const { loss, limit, atRelease } = early.verdicts[0]?.numbers ?? {};
    expect(loss).toBeGreaterThan(limit ?? 1);
    expect(limit).toBeCloseTo(1.1 * (atRelease ?? 0), 12);

    // their labels come two months later: the realised trigger can ask, and the estimate is confirmed
    const late = await check('2019-06-30T00:00:00.000Z');
    expect(late.verdicts[1]).toMatchObject({ kind: 'performance', outcome: 'fired' });
    expect(late.verdicts[1]).not.toHaveProperty('labels');
    const reconciled = late.measured.estimated?.[0]?.reconciled;
    expect(reconciled).toMatchObject({
      version: champion.version,
      from: '2019-04-01T00:00:00.000Z',
      to: '2019-05-01T00:00:00.000Z',
      rows: early.measured.estimated?.[0]?.rows,
      labelled: early.measured.estimated?.[0]?.rows,
      coverage: 1,
      // what was said then, without a label
      estimated: loss,
      medianDelay: 60 * DAY,
    });
    expect(reconciled?.realised).toBeGreaterThan(limit ?? 1);
    expect(Math.abs((reconciled?.realised ?? 1) - (reconciled?.estimated ?? 0))).toBeLessThan(0.015);
    expect(reconciled?.delayCurve.map(({ coverage }) => coverage)).toEqual([0, 0, 0, 1, 1]);
  });

  it('puts the reconciliation into the report and its evidence', async () => {
    const { measured, verdicts } = await check('2019-06-30T00:00:00.000Z');
    expect(verdicts[0]?.because).toMatch(
      /earlier rows: estimated 0\.0\d+, by \d+ labels of \d+ rows 0\.\d+$/,
    );
    expect(verdicts[0]?.numbers).toMatchObject({
      coverage: 1,
      labelDelayDays: 60,
      maturedEstimate: measured.estimated?.[0]?.reconciled?.estimated,
      maturedLoss: measured.estimated?.[0]?.reconciled?.realised,
    });
    const kept: unknown = JSON.parse(new TextDecoder().decode(await getArtifact(store, measured.evidence)));
    expect(kept).toMatchObject({ estimated: measured.estimated });
  });
});

describe('a released version of boosted trees', () => {
  it('has what moves its scores beside it', async () => {
    const { manifest } = await registry.getManifest(spec.model, champion.version);
    const { explanation: ref } = manifest;
    if (ref === undefined) throw new Error('the manifest names no explanation');
    const explanation = await getJsonArtifact(store, ref, explanationSchema);
    expect(explanation.inputs.map(({ name }) => name)).toEqual(manifest.inputs.map(({ name }) => name));
    const most = [...explanation.inputs].sort((a, b) => b.meanAbsolute - a.meanAbsolute)[0];
    expect(most?.splits).toBeGreaterThan(0);
  });
});

/** The engine, which cancels the activity a moment after the last thing that it gives: then its rows are being worked on. */
function cancelledAfter(step: 'loadBlocks' | 'loggedPredictions', cancel: () => void): FeatureEngine {
  const until: FeatureEngine['until'] = (signal) => {
    const engine = features.until(signal);
    const ended = <T>(value: T): T => {
      setTimeout(cancel, 200);
      return value;
    };
    return step === 'loadBlocks'
      ? { ...engine, loadBlocks: (request) => engine.loadBlocks(request).then(ended) }
      : { ...engine, loggedPredictions: (request) => engine.loggedPredictions(request).then(ended) };
  };
  return { ...features, until };
}

describe('a step that is cancelled in the middle of seconds of work', () => {
  it.each<[string, Parameters<typeof cancelledAfter>[0], (engine: FeatureEngine) => Promise<unknown>]>([
    [
      'an export',
      'loadBlocks',
      (engine) => createExportActivity({ ...ports, features: engine }).exportModel(exporting),
    ],
    [
      'a check',
      'loggedPredictions',
      async (engine) => {
        const { digest: specDigest } = await registry.putSpec(spec);
        const at = { model: spec.model, specDigest, asOf: '2019-05-01T00:00:00.000Z', champion };
        return createMeasureActivity({ ...watching, features: engine }).measureCheck(at);
      },
    ],
  ])('%s ends within a second, with the reason', async (_, step, work) => {
    const own = new MockActivityEnvironment();
    let cancelledAt = 0;
    const engine = cancelledAfter(step, () => {
      cancelledAt ||= Date.now();
      own.cancel('CANCELLED');
    });
    await expect(own.run(() => work(engine))).rejects.toThrow('CANCELLED');
    expect(cancelledAt).toBeGreaterThan(0);
    expect(Date.now() - cancelledAt).toBeLessThan(1000);
  });
});
