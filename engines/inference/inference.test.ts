import { beforeAll, describe, expect, it } from 'vitest';
import { canonicalJson } from '../../domain/canonical.js';
import { modelInputs, type NetworkModel, networkOf, type TrainingSpec } from '../training/fitted-model.js';
import { sampleFeatures, sampleTable, sampleTask } from '../training/testing/sample-tables.js';
import { trainModel } from '../training/train.js';
import { exportOnnx } from './export-onnx.js';
import { checkGolden, goldenSchema, makeGolden } from './golden.js';
import { createScorer, type Scorer, type ScorerSource } from './scorer.js';
import { createWorkerScorer } from './score-in-worker.js';
import { decodeOnnx } from './onnx-schema.js';
import { checkParity } from './parity.js';

const trainer: TrainingSpec['trainer'] = {
  kind: 'mlp',
  hidden: [8],
  epochs: 4,
  batchSize: 32,
  learningRate: 0.01,
  optimizer: 'adam',
  l2: 0,
  patience: 0,
  classWeights: 'none',
  seed: 1,
  start: 'cold',
};
const table = sampleTable('regression', 60, 2);
let model: NetworkModel;
let onnx: Uint8Array;
let source: ScorerSource;
let scorer: Scorer;

beforeAll(async () => {
  const spec = { task: sampleTask('regression'), features: sampleFeatures, trainer };
  model = networkOf(await trainModel({ spec, train: sampleTable('regression', 200, 1), validation: table }));
  onnx = exportOnnx(model, { 'perennial.model': 'sample' });
  source = { onnx, inputs: modelInputs(model), classes: null };
  scorer = await createScorer(source);
});

describe('the exported file', () => {
  it('says what it is, in sorted order and without a time or a place', () => {
    const { metadataProps, producerName } = decodeOnnx(onnx);
    expect(producerName).toBe('perennial');
    expect(metadataProps).toEqual([
      { key: 'perennial.classes', value: 'null' },
      { key: 'perennial.model', value: 'sample' },
      { key: 'perennial.schema', value: expect.stringMatching(/^[0-9a-f]{64}$/) },
      { key: 'perennial.task', value: 'regression' },
    ]);
  });

  it('takes raw inputs by the names of the features', () => {
    const { graph } = decodeOnnx(onnx) as {
      graph: { input: { name: string }[]; output: { name: string }[] };
    };
    expect(graph.input.map(({ name }) => name)).toEqual(['load', 'temp', 'season']);
    expect(graph.output.map(({ name }) => name)).toEqual(['prediction']);
  });

  it('uses no Imputer, which has no double kernel', () => {
    const { graph } = decodeOnnx(onnx) as { graph: { node: { opType: string }[] } };
    expect(graph.node.slice(0, 6).map(({ opType }) => opType)).toEqual([
      'Concat',
      'IsNaN',
      'Where',
      'Sub',
      'Mul',
      'Cast',
    ]);
  });

  it('is refused for a feature called like the output', () => {
    const inputs = model.preprocessing.inputs.map((input) =>
      input.name === 'load' ? { ...input, name: 'prediction' } : input,
    );
    const clash = { ...model, preprocessing: { ...model.preprocessing, inputs } };
    expect(() => exportOnnx(clash)).toThrow("feature is 'prediction'; expected any name but");
  });
});

describe('a scorer', () => {
  it('gives a row the same score alone, in a batch and in a worker thread', async () => {
    const together = await scorer.score(table);
    const elsewhere = await createWorkerScorer(source).score(table);
    expect(elsewhere).toEqual(together);
    for (const row of [0, 17, 59]) {
      const { predictions } = await scorer.score([
        {
          load: table.numbers['load']?.[row],
          temp: Number.isNaN(table.numbers['temp']?.[row]) ? null : table.numbers['temp']?.[row],
          season: table.categories['season']?.[row],
        },
      ]);
      expect(predictions[0]).toBe(together.predictions[row]);
    }
  });

  it('takes missing, absent and never seen values', async () => {
    const { predictions } = await scorer.score([{}, { load: null, season: 'monsoon' }, { season: '' }]);
    expect(predictions.every((value) => Number.isFinite(value))).toBe(true);
    expect(new Set(predictions).size).toBe(1);
  });

  it('scores no rows as no predictions', async () => {
    expect(await scorer.score([])).toEqual({ predictions: [], scores: null });
  });

  it('scores more rows than fit in one call', async () => {
    const many = sampleTable('regression', 20_000, 3);
    const { predictions } = await scorer.score(many);
    const last = sampleTable('regression', 20_000, 3);
    expect(predictions).toHaveLength(20_000);
    expect((await scorer.score(last)).predictions).toEqual(predictions);
  });

  it('refuses a text where a number belongs, and a table without a column', async () => {
    await expect(scorer.score([{ load: 'warm' }])).rejects.toThrow(
      "input 'load' is 'warm'; expected a number or null",
    );
    await expect(scorer.score({ rows: 1, numbers: {}, categories: {} })).rejects.toThrow(
      "input 'load' is 'absent'",
    );
  });
});

describe('bytes that are no model', () => {
  it.each<[string, () => Uint8Array]>([
    ['empty', () => new Uint8Array()],
    ['garbage', () => new TextEncoder().encode('certainly not a protobuf, let alone a model')],
    ['zeros', () => new Uint8Array(1000)],
    ['truncated to half', () => onnx.slice(0, onnx.length / 2)],
    ['truncated by one byte', () => onnx.slice(0, -1)],
    ['truncated to its head', () => onnx.slice(0, 20)],
  ])('are refused by name: %s', async (_what, bytes) => {
    await expect(createScorer({ ...source, onnx: bytes() })).rejects.toMatchObject({
      type: expect.stringMatching(/^model-(unreadable|mismatch)$/),
    });
  });

  it('are refused by a worker thread with the same name', async () => {
    const scoring = createWorkerScorer({ ...source, onnx: new Uint8Array(3) }).score(table);
    await expect(scoring).rejects.toMatchObject({ name: 'PerennialError', type: 'model-unreadable' });
  });

  it('a model of other inputs is a mismatch', async () => {
    const inputs = [...source.inputs, { name: 'wind', type: 'number' as const }];
    await expect(createScorer({ ...source, inputs })).rejects.toThrow(/wind: float64.*same version/);
    await expect(createScorer({ ...source, classes: ['a', 'b'] })).rejects.toMatchObject({
      type: 'model-mismatch',
    });
  });
});

describe('parity', () => {
  it('fails when the file computes something else', async () => {
    const [first, ...rest] = model.layers;
    const weights = first?.weights.map((value, i) => (i === 3 ? value + 0.01 : value)) ?? new Float32Array();
    const changed = { ...model, layers: first ? [{ ...first, weights }, ...rest] : [] };
    expect(await checkParity({ model: changed, scorer, table })).toMatchObject({ pass: false, rows: 60 });
  });

  it('does not pass on no rows', async () => {
    expect(await checkParity({ model, scorer, table: sampleTable('regression', 0, 1) })).toMatchObject({
      pass: false,
    });
  });
});

describe('golden rows', () => {
  it('are the same for the same seed, hold a row of missing values, and pass where they were made', async () => {
    const golden = await makeGolden({ scorer, table, seed: 5 });
    expect(await makeGolden({ scorer, table, seed: 5 })).toEqual(golden);
    expect(golden.rows).toHaveLength(17);
    expect(golden.rows.at(-1)).toEqual({ load: null, temp: null, season: null });
    await checkGolden(scorer, goldenSchema.parse(JSON.parse(canonicalJson(golden))));
  });

  it('catch a model that computes something else', async () => {
    const golden = await makeGolden({ scorer, table, seed: 5 });
    const scores = golden.scores.map((row, i) => (i === 4 ? [(row[0] ?? 0) + 1] : row));
    await expect(checkGolden(scorer, { ...golden, scores })).rejects.toThrow(
      /score of golden row 4 is '.*stored with the version/,
    );
  });
});
