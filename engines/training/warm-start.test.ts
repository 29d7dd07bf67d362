import { describe, expect, it } from 'vitest';
import type { Table } from '../features/table.js';
import { networkOf, type TrainingSpec } from './fitted-model.js';
import { fitLabels } from './labels.js';
import { fitPreprocessing } from './preprocessing.js';
import { sampleFeatures, sampleTable, sampleTask } from './testing/sample-tables.js';
import { predictModel, trainModel } from './train.js';
import { warmLayers } from './warm-start.js';

const task = sampleTask('regression');
const spec: TrainingSpec = {
  task,
  features: sampleFeatures,
  trainer: {
    kind: 'mlp',
    hidden: [8, 4],
    epochs: 4,
    batchSize: 32,
    learningRate: 0.01,
    optimizer: 'adam',
    l2: 0,
    patience: 0,
    classWeights: 'none',
    seed: 1,
    start: 'warm',
  },
};

/** Later rows: other scale and mean, a level gone, a level new, another label scale. */
function later(): Table {
  const table = sampleTable('regression', 200, 8);
  const season = table.categories['season']?.map((value) => (value === 'winter' ? 'monsoon' : value)) ?? [];
  const load = table.numbers['load']?.map((value) => 3 * value + 500) ?? new Float64Array();
  const label = Float64Array.from([...table.label], (value) => Number(value) * 2 - 100);
  return { ...table, numbers: { ...table.numbers, load }, categories: { season }, label };
}

describe('a warm start', () => {
  it('computes what the earlier model computes, under the new scaling, levels and label scale', async () => {
    const validation = sampleTable('regression', 50, 2);
    const from = networkOf(await trainModel({ spec, train: sampleTable('regression', 300, 1), validation }));
    const table = later();
    const preprocessing = fitPreprocessing(sampleFeatures, table);
    const labels = fitLabels(task, table.label);
    const widths = [preprocessing.width, 8, 4, 1];
    const layers = warmLayers(from, { ...labels, preprocessing, task: 'regression', widths });
    expect(layers).not.toBeNull();
    const filled = {
      ...table,
      numbers: { ...table.numbers, temp: table.numbers['temp']?.map((v) => v || 1) ?? new Float64Array() },
    };
    const before = await predictModel(from, filled);
    const after = await predictModel({ ...from, ...labels, preprocessing, layers: layers ?? [] }, filled);
    after.forEach((value, i) => expect(value).toBeCloseTo(before[i] ?? NaN, 1));
  });

  it('is said of the model', async () => {
    const [train, validation] = [sampleTable('regression', 300, 1), sampleTable('regression', 50, 2)];
    const from = await trainModel({ spec, train, validation });
    const warm = await trainModel({ spec, train, validation, warmStart: from });
    const trainer = { ...spec.trainer, hidden: [3] };
    const cold = await trainModel({ spec: { ...spec, trainer }, train, validation, warmStart: from });
    expect([from.warm, warm.warm, cold.warm]).toEqual([false, true, false]);
    expect(warm.loss ?? Infinity).toBeLessThan(from.loss ?? 0);
  });

  it('is cold when hidden widths, classes or the task differ', async () => {
    const validation = sampleTable('regression', 50, 2);
    const from = networkOf(await trainModel({ spec, train: sampleTable('regression', 300, 1), validation }));
    const { preprocessing, classes, labelScale } = from;
    const target = { preprocessing, classes, labelScale, task: 'regression', widths: [8, 9, 4, 1] } as const;
    expect(warmLayers(from, target)).toBeNull();
    const other = { ...target, widths: [8, 8, 4, 1], task: 'binary', classes: ['a', 'b'] } as const;
    expect(warmLayers(from, other)).toBeNull();
  });
});
