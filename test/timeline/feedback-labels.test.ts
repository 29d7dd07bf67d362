import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RetrainPorts } from '../../activities/retrain-ports.js';
import { instant } from '../../domain/references.js';
import { specSchema } from '../../domain/spec/spec.js';
import { withDuck } from '../../engines/features/duck.js';
import { createFeatureEngine } from '../../engines/features/feature-engine.js';
import { constant, registerHandMade } from '../../serving/fixtures.js';
import { outputOf, startTestServer, type TestServer } from '../../serving/test-server.js';
import { scratchFolder } from '../../storage/fixtures.js';
import { stageArtifact } from '../../storage/objects/artifacts.js';
import { createRegistry } from '../../storage/registry/registry.js';
import { feedbackReader } from '../../worker/feedback.js';
import { release } from '../support/released-model.js';

const day = (n: number): string => instant(Date.UTC(2026, 0, 1 + n));
const hour = (n: number): string => instant(Date.UTC(2026, 0, 1, n));
/** Fifty days of hours. The rows of the first thirty hold their label; of the others only who used the prediction knows it. */
const ROWS = `SELECT TIMESTAMP '2026-01-01' + INTERVAL (i) HOUR AS at, 'r' || i AS id, sin(i / 24.0) * 10 AS temp, ['1', '2'][1 + i % 2] AS season,
  CASE WHEN i < 720 THEN sin(i / 24.0) * 20 END AS y FROM range(1200) t(i)`;

const spec = specSchema.parse({
  model: 'bike-demand',
  task: { kind: 'regression', label: 'y', metric: 'mae', naive: { kind: 'mean' } },
  source: { rows: 'rows.parquet', eventTime: 'at', key: 'id', labels: { delay: '1 day', from: 'feedback' } },
  features: { temp: { type: 'number' }, season: { type: 'category' } },
  window: { kind: 'fixed', length: '25 days', validation: '3 days', holdout: '3 days', minRows: 200 },
  trainer: { kind: 'trees', numIterations: 5 },
  rollout: { approval: { from: ['someone'] } },
});
const folder = scratchFolder();
let server: TestServer;
let ports: RetrainPorts;

beforeAll(async () => {
  const root = join(folder.path, 'data');
  mkdirSync(root);
  await withDuck({ threads: 1, memoryLimit: '500MB', tempDirectory: folder.path }, (duck) =>
    duck.run(`COPY (${ROWS}) TO '${join(root, 'rows.parquet')}' (FORMAT parquet)`),
  );
  const promoteFirst = async (store: RetrainPorts['store']): Promise<void> => {
    const feedback = feedbackReader(store);
    const features = createFeatureEngine({ dataRoots: [root], stagingDir: join(folder.path, 's'), feedback });
    const registry = createRegistry(store);
    const scratch = join(folder.path, 'scratch');
    const clock = () => Date.parse(day(60));
    ports = { store, registry, features, limits: {}, scratch, code: 'test', staged: false, clock };
    const champion = await registerHandMade(store, constant(1));
    const none = { challenger: null, previous: null, baking: false };
    await registry.setAliases({ model: spec.model, generation: 1, champion, ...none });
  };
  server = await startTestServer(promoteFirst, { PERENNIAL_CLOCK: 'stepped' });
});

afterAll(async () => {
  await server.remove();
  folder.remove();
});

const at = async (to: string): Promise<void> => {
  expect((await server.call('/v2/clock', { to })).status).toBe(200);
};

/** Predicts the rows of hours and gives their prediction ids. */
async function predict(hours: readonly number[]): Promise<unknown[]> {
  const column = (name: string, datatype: string, of: (n: number) => unknown) => ({
    ...{ name, datatype, shape: [hours.length] },
    data: hours.map(of),
  });
  const answer = await server.call(`/v2/models/${spec.model}/infer`, {
    inputs: [
      column('temp', 'FP64', (n) => Math.sin(n / 24) * 10),
      column('season', 'BYTES', (n) => String(1 + (n % 2))),
      column('key', 'BYTES', (n) => `r${n}`),
      column('event_time', 'BYTES', hour),
    ],
  });
  return [...outputOf(answer, 'prediction_id')];
}

async function tell(labels: readonly object[]): Promise<void> {
  const answer = await server.call(`/v2/models/${spec.model}/feedback`, { labels });
  expect(answer).toMatchObject({ status: 200, body: { accepted: labels.length } });
}

/** The labels by key that a version was made of. */
async function labelsOf(version: number): Promise<ReadonlyMap<string, number | string | undefined>> {
  const { manifest } = await ports.registry.getManifest(spec.model, version);
  const snapshotPath = await stageArtifact(server.store, manifest.snapshot.file);
  const blocks = await ports.features.loadBlocks({ spec, snapshotPath });
  return new Map(
    Object.values(blocks).flatMap(({ keys, label }) => keys.map((key, row) => [key, label[row]] as const)),
  );
}

describe('a model whose labels come by feedback', () => {
  it('predicts, is told the truth, and the next retrain learns it', async () => {
    const hours = Array.from({ length: 480 }, (_, i) => 720 + i);
    await at(day(48));
    const ids = await predict(hours);
    await at(day(49));
    // Most name the prediction, the last hundred the row; one is taken back later, one only after the retrain looked.
    const truth = (n: number): number => -Math.sin(n / 24) * 20;
    const named = (i: number) => (i < 380 ? { prediction_id: ids[i] } : { key: `r${720 + i}` });
    await tell(hours.map((n, i) => ({ ...named(i), label: truth(n) })));
    await at(day(50));
    await tell([{ prediction_id: ids[10], label: 77 }]);
    await at(day(52));
    await tell([{ prediction_id: ids[11], label: 99 }]);

    await server.call(`/v2/models/${spec.model}/status`); // as every look at the watermark does: the log is then complete
    const { ref } = await release(ports, day(51), spec);
    const { manifest } = await ports.registry.getManifest(spec.model, ref.version);
    expect(manifest.snapshot.labels).toMatchObject({ rows: 481, corrected: 1, unlabelled: 0, inRows: 0 });
    const labels = await labelsOf(ref.version);
    expect(labels.get('r700')).toBeCloseTo(Math.sin(700 / 24) * 20, 9); // of the rows
    expect([labels.get('r730'), labels.get('r731')]).toEqual([77, truth(731)]);
    expect(labels.get('r1190')).toBe(truth(1190)); // by its key
  });
});
