import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createJudgeActivities } from '../../activities/evaluate-model.js';
import { createExportActivity } from '../../activities/export-model.js';
import { createExtractActivities } from '../../activities/extract.js';
import type { RetrainActivities } from '../../activities/retrain-activities.js';
import type { RetrainPorts } from '../../activities/retrain-ports.js';
import { createTrainActivity } from '../../activities/train-model.js';
import type { VersionRef } from '../../domain/references.js';
import { specSchema } from '../../domain/spec/spec.js';
import { withDuck } from '../../engines/features/duck.js';
import { createFeatureEngine } from '../../engines/features/feature-engine.js';
import type { ObjectStore } from '../../storage/objects/object-store.js';
import { createRegistry } from '../../storage/registry/registry.js';

/** Sixty days of hourly rows, of which a tree can learn something; one column never differs. */
const ROWS = `SELECT TIMESTAMP '2026-01-01' + INTERVAL (i) HOUR AS at, sin(i / 24.0) * 10 + i % 7 AS x,
  ['dry', 'wet', 'snow'][1 + i % 3] AS weather, 'C' AS unit, sin(i / 24.0) * 20 + (i % 3) AS y FROM range(1440) t(i)`;

const performance = { kind: 'performance', worseBy: '10%', over: '10 days', minLabels: 100 } as const;

/** Boosted trees with everything that a version may carry: explanation and reference for estimates, too. */
export const releasedSpec = specSchema.parse({
  model: 'bike-demand',
  task: { kind: 'regression', label: 'y', metric: 'mae', naive: { kind: 'mean' } },
  source: { rows: 'rows.parquet', eventTime: 'at', labels: { delay: '1 day' } },
  features: { x: { type: 'number' }, weather: { type: 'category' } },
  window: { kind: 'fixed', length: '40 days', validation: '5 days', holdout: '5 days' },
  trainer: { kind: 'trees', numIterations: 5, seed: 7 },
  triggers: [{ ...performance, labels: 'estimated' }, performance],
});

/** Runs an activity as a worker does. */
export function inActivity<T>(work: () => Promise<T>): Promise<T> {
  // What fails on purpose needs no log.
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  return new Promise((resolve, reject) => {
    environment.run(async () => resolve(await work())).catch(reject);
  });
}

/** Ports of the real steps of a retrain over a store, with data of their own below a folder. */
export async function retrainPorts(store: ObjectStore, folder: string): Promise<RetrainPorts> {
  const root = join(folder, 'data');
  mkdirSync(root, { recursive: true });
  await withDuck({ threads: 1, memoryLimit: '500MB', tempDirectory: folder }, (duck) =>
    duck.run(`COPY (${ROWS}) TO '${join(root, 'rows.parquet')}' (FORMAT parquet)`),
  );
  return {
    store,
    registry: createRegistry(store),
    features: createFeatureEngine({ dataRoots: [root], stagingDir: join(folder, 'staging') }),
    limits: {},
    scratch: join(folder, 'scratch'),
    code: 'test',
    staged: false,
    clock: () => Date.parse('2026-06-01T00:00:00Z'),
  };
}

/** What a release was made of: the arguments of its steps, to run them again. */
export interface Released {
  readonly ref: VersionRef;
  readonly training: Parameters<RetrainActivities['train']>[0];
  readonly exporting: Parameters<RetrainActivities['exportModel']>[0];
}

/** One attempt as the retrain workflow makes it, without gates. */
export async function release(ports: RetrainPorts, asOf: string, spec = releasedSpec): Promise<Released> {
  const extract = createExtractActivities(ports);
  const judge = createJudgeActivities(ports);
  const { model } = spec;
  const { digest: specDigest } = await ports.registry.putSpec(spec);
  const scope = { model, specDigest, asOf, runKey: `${model}/1`, champion: null };
  const { manifest: source } = await inActivity(() => extract.freezeSource(scope));
  const snapshot = await inActivity(() => extract.takeSnapshot({ ...scope, source }));
  const training = { ...scope, snapshot, staged: {} };
  const trained = await inActivity(() => createTrainActivity(ports).train(training));
  const exporting = { ...scope, snapshot, trained };
  const exported = await inActivity(() => createExportActivity(ports).exportModel(exporting));
  const judged = await inActivity(() => judge.evaluate({ ...scope, snapshot, source, exported }));
  const parts = { ...scope, snapshot, source, trained, exported, ...judged };
  return { ref: await inActivity(() => judge.register(parts)), training, exporting };
}
