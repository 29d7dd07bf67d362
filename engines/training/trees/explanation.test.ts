import { describe, expect, it } from 'vitest';
import { explanationSchema } from '../../../domain/explanation.js';
import { takeRows } from './data.js';
import { explanationOf } from './explanation.js';
import { marginsOf } from './predict.js';
import { makeRows, testInputs } from './test-rows.js';
import { trainTrees } from './train.js';

describe('the explanation kept with a version', () => {
  it('adds up to the mean margin of the rows, and counts every split', async () => {
    const { model } = await trainTrees({
      inputs: testInputs,
      train: makeRows(600),
      options: { objective: 'squared', numIterations: 10 },
    });
    const rows = makeRows(50, 3);
    const explanation = explanationSchema.parse(explanationOf(model, rows));
    const margins = marginsOf(model, rows);
    const mean = margins.reduce((sum, margin) => sum + margin, 0) / margins.length;
    const total = explanation.inputs.reduce((sum, input) => sum + (input.mean[0] ?? 0), 0);
    expect((explanation.base[0] ?? 0) + total).toBeCloseTo(mean, 9);
    const splits = model.trees.flatMap(({ input }) => input).filter((input) => input >= 0).length;
    expect(explanation.inputs.reduce((sum, input) => sum + input.splits, 0)).toBe(splits);
    for (const {
      meanAbsolute,
      mean: [own = 0],
    } of explanation.inputs) {
      expect(meanAbsolute).toBeGreaterThanOrEqual(Math.abs(own) - 1e-12);
    }
  });

  it('takes 200 of many rows, over their whole length', async () => {
    const train = makeRows(2000);
    const { model } = await trainTrees({
      inputs: testInputs,
      train,
      options: { objective: 'squared', numIterations: 3 },
    });
    const everyTenth = Uint32Array.from({ length: 200 }, (_, i) => 10 * i);
    expect(explanationOf(model, train)).toEqual(
      explanationOf(model, takeRows(train, testInputs, everyTenth)),
    );
  });
});
