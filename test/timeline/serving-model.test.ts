import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Table } from '../../engines/features/table.js';
import { createScorer, makeGolden } from '../../engines/inference/index.js';
import { exportOnnx } from '../../engines/inference/export-onnx.js';
import { modelInputs, type FittedModel } from '../../engines/training/fitted-model.js';
import { predictModel, trainModel } from '../../engines/training/index.js';
import { specSchema, type ModelSpec } from '../../domain/spec/spec.js';
import { outputOf, startTestServer, type Answered, type TestServer } from '../../serving/test-server.js';
import { sampleManifest } from '../../storage/fixtures.js';
import { putArtifact, putJsonArtifact } from '../../storage/objects/artifacts.js';
import type { ObjectStore } from '../../storage/objects/object-store.js';
import { createRegistry } from '../../storage/registry/registry.js';

const ROWS = 400;
const temps = Float64Array.from({ length: ROWS }, (_, i) => (i % 7 === 3 ? NaN : Math.sin(i) * 12 + 10));
const weathers = Array.from({ length: ROWS }, (_, i) =>
  i % 11 === 5 ? null : (['dry', 'wet', 'snow'][i % 3] ?? ''),
);
const humidities = Float64Array.from({ length: ROWS }, (_, i) => ((i * 37) % 100) / 100);

function tableOf(label: Table['label']): Table {
  return {
    rows: ROWS,
    keys: Array.from({ length: ROWS }, (_, i) => String(i)),
    eventTimes: Float64Array.from({ length: ROWS }, (_, i) => i * 3_600_000),
    numbers: { temp: temps, humidity: humidities },
    categories: { weather: weathers },
    label,
  };
}

function specOf(model: string, task: object, trainer: object): ModelSpec {
  return specSchema.parse({
    model,
    task,
    source: { rows: 'rows.csv', eventTime: 'at' },
    features: {
      temp: { type: 'number', maxMissing: '20%' },
      humidity: { type: 'number' },
      weather: { type: 'category', maxMissing: '20%' },
    },
    window: { kind: 'fixed', length: '30 days', validation: '2 days', holdout: '2 days' },
    trainer,
    serving: { clockSkew: '1 hour' },
  });
}

/** Trains, exports and registers a model, and makes it champion. */
async function promote(store: ObjectStore, spec: ModelSpec, table: Table): Promise<FittedModel> {
  const model = await trainModel({ spec, train: table, validation: table });
  const onnx = exportOnnx(model);
  const inputs = modelInputs(model);
  const scorer = await createScorer({ onnx, inputs, classes: model.classes });
  const golden = await makeGolden({ scorer, table, seed: 1 });
  await scorer.dispose();
  const registry = createRegistry(store);
  const champion = await registry.register({
    ...sampleManifest(1, spec.model),
    specDigest: (await registry.putSpec(spec)).digest,
    task: model.task,
    classes: model.classes === null ? null : [...model.classes],
    inputs,
    onnx: await putArtifact(store, onnx),
    golden: await putJsonArtifact(store, golden),
  });
  const none = { challenger: null, previous: null, baking: false };
  await registry.setAliases({ model: spec.model, generation: 1, champion, ...none });
  return model;
}

/** An infer body with every row of the table. */
function allRows(): object {
  const shape = [ROWS, 1];
  const orNull = (values: Float64Array): (number | null)[] =>
    [...values].map((x) => (Number.isNaN(x) ? null : x));
  return {
    inputs: [
      { name: 'weather', shape, datatype: 'BYTES', data: weathers },
      { name: 'temp', shape, datatype: 'FP64', data: orNull(temps) },
      { name: 'humidity', shape, datatype: 'FP64', data: orNull(humidities) },
    ],
  };
}

describe('a trained model, served', () => {
  const bikes = specOf(
    'bikes',
    { kind: 'regression', label: 'y', metric: 'mae', naive: { kind: 'mean' } },
    { kind: 'mlp', hidden: [8], epochs: 5, seed: 7 },
  );
  const rides = specOf(
    'rides',
    { kind: 'multiclass', label: 'y', metric: 'accuracy', naive: { kind: 'majority' } },
    { kind: 'softmax', epochs: 20, seed: 7 },
  );
  const bikesTable = tableOf(Float64Array.from(temps, (t, i) => (Number.isNaN(t) ? 5 : t * 3) + (i % 3)));
  const ridesTable = tableOf(
    weathers.map((weather, i) => (weather === 'dry' ? 'bike' : i % 2 === 0 ? 'bus' : 'car')),
  );
  let server: TestServer;
  let regression: FittedModel;
  let classifier: FittedModel;
  beforeAll(async () => {
    server = await startTestServer(async (store) => {
      regression = await promote(store, bikes, bikesTable);
      classifier = await promote(store, rides, ridesTable);
    });
  });
  afterAll(() => server.remove());
  const infer = (model: string, body: object): Promise<Answered> =>
    server.call(`/v2/models/${model}/infer`, body);

  it('predicts over HTTP what the code that trained it predicts, missing values and all', async () => {
    const served = outputOf(await infer('bikes', allRows()), 'prediction') as number[];
    const trained = await predictModel(regression, bikesTable);
    expect(served).toHaveLength(ROWS);
    served.forEach((value, i) => expect(Math.abs(value - (trained[i] ?? NaN))).toBeLessThan(1e-3));
  });

  it('gives classes by name and a score for each class', async () => {
    const answer = await infer('rides', allRows());
    const scores = outputOf(answer, 'scores') as number[];
    const trained = await predictModel(classifier, ridesTable);
    const classes = classifier.classes ?? [];
    expect(scores).toHaveLength(ROWS * classes.length);
    scores.forEach((score, i) => expect(Math.abs(score - (trained[i] ?? NaN))).toBeLessThan(1e-5));
    const likeliest = Array.from({ length: ROWS }, (_, row) => {
      const own = scores.slice(row * classes.length, (row + 1) * classes.length);
      return classes[own.indexOf(Math.max(...own))];
    });
    expect(outputOf(answer, 'prediction')).toEqual(likeliest);
    const { body } = await server.call('/v2/models/rides');
    expect(body['outputs']).toContainEqual({
      name: 'scores',
      datatype: 'FP64',
      shape: [-1, classes.length],
      parameters: { classes },
    });
  });

  it('takes a category that training never saw', async () => {
    const inputs = [
      { name: 'weather', shape: [1], datatype: 'BYTES', data: ['hail'] },
      { name: 'temp', shape: [1], datatype: 'FP64', data: [3] },
      { name: 'humidity', shape: [1], datatype: 'FP64', data: [0.5] },
    ];
    expect((await infer('rides', { inputs })).status).toBe(200);
  });

  it('refuses a missing value where the spec allows none, and an event beyond the skew that the spec allows', async () => {
    const row = (humidity: number | null, eventTime: string): object => ({
      inputs: [
        { name: 'weather', shape: [1], datatype: 'BYTES', data: [null] },
        { name: 'temp', shape: [1], datatype: 'FP64', data: [null] },
        { name: 'humidity', shape: [1], datatype: 'FP64', data: [humidity] },
        { name: 'event_time', shape: [1], datatype: 'BYTES', data: [eventTime] },
      ],
    });
    const minutes = (n: number): string => new Date(Date.now() + n * 60_000).toISOString();
    expect((await infer('bikes', row(0.5, minutes(30)))).status).toBe(200);
    expect((await infer('bikes', row(0.5, minutes(90)))).body['error']).toContain('(receipt + clock skew)');
    expect((await infer('bikes', row(null, minutes(0)))).body['error']).toContain(
      "input 'humidity', row 0 is null; expected a finite number (the spec allows no missing values here)",
    );
  });

  it('takes labels of its own kind only', async () => {
    const feedback = async (model: string, label: unknown): Promise<number> =>
      (await server.call(`/v2/models/${model}/feedback`, { labels: [{ key: 'k', label }] })).status;
    expect([await feedback('bikes', 3), await feedback('bikes', 'bus')]).toEqual([200, 400]);
    expect([await feedback('rides', 'bus'), await feedback('rides', null)]).toEqual([200, 400]);
  });
});
