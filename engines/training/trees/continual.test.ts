import { describe, expect, it } from 'vitest';
import { boost, checkpointOf, openBoosting } from './boost.js';
import { modelOf } from './boosting.js';
import { forgetOldest, refitLeaves } from './continual.js';
import type { TreesData } from './data.js';
import type { TreesModel } from './model.js';
import { roundsOf } from './model.js';
import { marginsOf } from './predict.js';
import { makeRows, testInputs, withClasses } from './test-rows.js';
import { trainTrees } from './train.js';

const options = { objective: 'squared', numIterations: 40 } as const;
const old = makeRows(1500, 1);
const shifted = (seed: number): TreesData => {
  const rows = makeRows(1500, seed);
  const wave = rows.numbers['wave'] ?? new Float64Array();
  return { ...rows, label: rows.label.map((y, row) => y + 5 + 8 * (wave[row] ?? 0)) };
};
const fresh = shifted(2);
const test = shifted(3);

const error = (model: TreesModel, { label, ...columns }: TreesData): number =>
  Math.sqrt(
    marginsOf(model, columns).reduce((sum, p, row) => sum + (p - (label[row] ?? 0)) ** 2, 0) / label.length,
  );

const first = (await trainTrees({ inputs: testInputs, train: old, options })).model;

describe('a model that learns on', () => {
  it('starts from the old scores and ends better than before', async () => {
    const { model } = await trainTrees({ inputs: testInputs, train: fresh, options, start: first });
    expect(roundsOf(model)).toBe(80);
    expect(model.trees.slice(0, 40)).toEqual(first.trees);
    expect(error(model, test)).toBeLessThan(0.3 * error(first, test));
  });

  it('splits an input that was constant before', async () => {
    const slope = new Float64Array(1500).fill(0.5);
    const narrow = { ...old, numbers: { ...old.numbers, slope } };
    const start = (await trainTrees({ inputs: testInputs, train: narrow, options })).model;
    const { model } = await trainTrees({ inputs: testInputs, train: old, options, start });
    expect(model.trees.some((tree) => tree.input.includes(1))).toBe(true);
  });

  it('keeps the codes of old categories and adds new ones', async () => {
    const town = fresh.categories['town']?.map((name) => `new ${name ?? ''}`) ?? [];
    const moved = { ...fresh, categories: { ...fresh.categories, town } };
    const { model } = await trainTrees({ inputs: testInputs, train: moved, options, start: first });
    const [before, after] = [first.inputs[4], model.inputs[4]];
    const levels = before?.type === 'category' ? before.levels : [];
    expect(after?.type === 'category' && after.levels.slice(0, levels.length)).toEqual(levels);
    expect(after?.type === 'category' && after.levels).toContain('new town 1');
  });

  it('resumes to the same bytes', async () => {
    const training = { inputs: testInputs, train: fresh, options, start: first };
    const whole = (await trainTrees(training)).model;
    const stopped = openBoosting(training);
    await boost(stopped, 13);
    const resumed = openBoosting(training, checkpointOf(stopped));
    await boost(resumed, Infinity);
    expect(modelOf(resumed)).toEqual(whole);
  });

  it('refuses to start from a model of other inputs', async () => {
    const training = { inputs: testInputs.slice(1), train: fresh, options, start: first };
    await expect(trainTrees(training)).rejects.toThrow('Start from scratch');
  });
});

describe('refitted leaves', () => {
  it('follow the new rows without moving a split', () => {
    const model = refitLeaves({ inputs: testInputs, train: fresh, options, start: first }, { decay: 0 });
    expect(model.trees.map(({ threshold }) => threshold)).toEqual(
      first.trees.map(({ threshold }) => threshold),
    );
    expect(error(model, test)).toBeLessThan(0.5 * error(first, test));
  });

  it('are the old ones on the old rows', () => {
    const model = refitLeaves({ inputs: testInputs, train: old, options, start: first }, { decay: 0 });
    const [before, after] = [marginsOf(first, test), marginsOf(model, test)];
    after.forEach((margin, row) => expect(margin).toBeCloseTo(before[row] ?? NaN, 5));
  });

  it.each(['logistic', 'softmax', 'absolute', 'poisson'] as const)(
    'stay finite with the %s loss',
    async (objective) => {
      const classes = objective === 'logistic' ? [14] : [10, 14];
      const label = objective === 'logistic' || objective === 'softmax';
      const train = label ? withClasses(old, classes) : old;
      const start = (
        await trainTrees({ inputs: testInputs, train, options: { objective, numIterations: 5 } })
      ).model;
      const next = label ? withClasses(fresh, classes) : fresh;
      const model = refitLeaves({ inputs: testInputs, train: next, options: { objective }, start });
      expect(marginsOf(model, test).every(Number.isFinite)).toBe(true);
      expect(model).not.toEqual(start);
    },
  );
});

describe('forgetting', () => {
  it('drops the oldest rounds and keeps the mean', () => {
    const model = forgetOldest(first, 30);
    expect(roundsOf(model)).toBe(30);
    const mean = (values: Float64Array): number => values.reduce((a, b) => a + b, 0) / values.length;
    expect(mean(marginsOf(model, old))).toBeCloseTo(mean(marginsOf(first, old)), 9);
    expect(forgetOldest(first, 100)).toEqual(first);
  });
});
