import { describe, expect, it } from 'vitest';
import type { TreesData } from './data.js';
import type { TreesOptions } from './parameters.js';
import { scoresOf } from './predict.js';
import { makeRows, testInputs, uniform, withClasses } from './test-rows.js';
import { trainTrees, type TrainedTrees } from './train.js';

const rows = makeRows(400);

const train = (data: TreesData, options: TreesOptions = { objective: 'squared' }): Promise<TrainedTrees> =>
  trainTrees({ inputs: testInputs, train: data, options: { numIterations: 10, ...options } });

const relabelled = (label: (y: number, row: number) => number): TreesData => ({
  ...rows,
  label: rows.label.map(label),
});

const finite = ({ model }: TrainedTrees, data: TreesData = rows): boolean =>
  scoresOf(model, data).every(Number.isFinite);

describe('rows that are hard to learn from', () => {
  it('predict a constant label, and say so', async () => {
    const trained = await train(relabelled(() => 7));
    expect(trained.notices).toContainEqual(expect.objectContaining({ kind: 'constant-label' }));
    expect([...scoresOf(trained.model, rows)].every((p) => p === 7)).toBe(true);
  });

  it('predict the label of a single row, and say so', async () => {
    const one = makeRows(1);
    const trained = await train(one);
    expect(trained.notices).toContainEqual(expect.objectContaining({ kind: 'few-rows' }));
    expect([...scoresOf(trained.model, one)]).toEqual([...one.label]);
  });

  it('refuse one class, in both losses', async () => {
    await expect(
      train(
        relabelled(() => 1),
        { objective: 'logistic' },
      ),
    ).rejects.toThrow("'class 1 in every row'");
    await expect(
      train(
        relabelled(() => 0),
        { objective: 'softmax' },
      ),
    ).rejects.toThrow('expected at least 2');
  });

  it('refuse labels that are missing, infinite or out of the loss’s range', async () => {
    await expect(train(relabelled((y, row) => (row === 5 ? NaN : y)))).rejects.toThrow(
      "label of row 5 is 'NaN'",
    );
    await expect(train(relabelled((y, row) => (row === 6 ? Infinity : y)))).rejects.toThrow('label of row 6');
    await expect(
      train(
        relabelled((y, row) => (row === 7 ? -1 : y)),
        { objective: 'poisson' },
      ),
    ).rejects.toThrow('label of row 7');
  });

  it.each(['squared', 'absolute', 'quantile', 'poisson'] as const)(
    'learn labels around 1e38 with the %s loss',
    async (objective) => {
      const huge = relabelled((y) => y * 1e37);
      const trained = await train(huge, { objective });
      expect(finite(trained)).toBe(true);
      expect(trained.model.trees.length).toBeGreaterThan(0);
    },
  );

  it('name a label 10^9 times the rest and what was done', async () => {
    const trained = await train(relabelled((y, row) => (row === 3 ? y * 1e9 : y)));
    expect(trained.notices).toContainEqual(expect.objectContaining({ kind: 'label-outlier' }));
    expect(finite(trained)).toBe(true);
  });

  it('leave out an input that is missing in every row', async () => {
    const holes = new Float64Array(400).fill(NaN);
    const town = new Array<null>(400).fill(null);
    const data = { ...rows, numbers: { ...rows.numbers, holes }, categories: { ...rows.categories, town } };
    const trained = await train(data);
    expect(trained.notices.filter(({ kind }) => kind === 'unused-input').map(({ about }) => about)).toEqual([
      'holes',
      'town',
    ]);
    expect(finite(trained, rows)).toBe(true);
  });

  it('learn from columns of infinities', async () => {
    const wave =
      rows.numbers['wave']?.map((x) => (x < 0.3 ? -Infinity : x < 0.6 ? 0 : 1e300)) ?? new Float64Array();
    const trained = await train({ ...rows, numbers: { ...rows.numbers, wave } });
    expect(trained.notices).toContainEqual(
      expect.objectContaining({ kind: 'infinite-values', about: 'wave' }),
    );
    expect(finite(trained)).toBe(true);
  });

  it('keep the most frequent of many categories', async () => {
    const town = Array.from({ length: 400 }, (_, row) => (row % 2 === 0 ? 'home' : `house ${row}`));
    const trained = await train({ ...rows, categories: { ...rows.categories, town } });
    const input = trained.model.inputs[4];
    expect(input).toMatchObject({ levels: expect.arrayContaining(['home']) });
    const options = { objective: 'squared', maxBin: 11 } as const;
    const few = await train({ ...rows, categories: { ...rows.categories, town } }, options);
    expect(few.notices).toContainEqual(expect.objectContaining({ kind: 'levels-left-out', about: 'town' }));
  });

  it('learn from a category of a million levels: the frequent ones split, the rest count as missing', async () => {
    const count = 1_100_000;
    const regular = (row: number): boolean => row % 11 === 0;
    const town = Array.from({ length: count }, (_, row) => (regular(row) ? 'home' : `visitor ${row}`));
    const label = Float64Array.from({ length: count }, (_, row) => (regular(row) ? 5 : 1) + uniform(row, 3));
    const data: TreesData = { rows: count, numbers: {}, categories: { town }, label };
    const { model, notices } = await trainTrees({
      inputs: [{ name: 'town', type: 'category' }],
      train: data,
      options: { objective: 'squared', numIterations: 5, learningRate: 1 },
    });
    expect(notices).toContainEqual({
      kind: 'levels-left-out',
      about: 'town',
      detail: expect.stringMatching(/^999747 rarer levels of 1000001 count as missing/),
    });
    const asked = { rows: 3, numbers: {}, categories: { town: ['home', 'visitor 999999', 'never seen'] } };
    const [home = NaN, visitor = NaN, unseen = NaN] = scoresOf(model, asked);
    expect(home).toBeCloseTo(5.5, 1);
    expect(visitor).toBeCloseTo(1.5, 1);
    expect(unseen).toBe(visitor);
  }, 60_000);

  it('learn from more columns than rows', async () => {
    const names = Array.from({ length: 300 }, (_, i) => `x${i}`);
    const numbers = Object.fromEntries(
      names.map((name, i) => [name, Float64Array.from({ length: 60 }, (_, row) => uniform(row, i + 5))]),
    );
    const label = numbers['x7']?.map((x) => x * 2) ?? new Float64Array();
    const inputs = names.map((name) => ({ name, type: 'number' as const }));
    const data: TreesData = { rows: 60, numbers, categories: {}, label };
    const { model } = await trainTrees({ inputs, train: data, options: { objective: 'squared' } });
    expect(model.trees[0]?.input[0]).toBe(7);
  });

  it('take rows of weight 0 as absent, and refuse weights that are all 0 or negative', async () => {
    const half = rows.label.map((_, row) => (row % 2 === 0 ? 1 : 0));
    const spoiled = { ...rows, label: rows.label.map((y, row) => (row % 2 === 0 ? y : 1e6)), weight: half };
    const { model } = await train({ ...rows, weight: half });
    expect((await train(spoiled)).model).toEqual(model);
    await expect(train({ ...rows, weight: new Float64Array(400) })).rejects.toThrow('sum of the weights');
    await expect(train({ ...rows, weight: new Float64Array(400).fill(-1) })).rejects.toThrow(
      'weight of row 0',
    );
  });

  it('refuse monotone constraints that cannot hold', async () => {
    const objective = 'squared';
    await expect(train(rows, { objective, monotoneConstraints: { town: 1 } })).rejects.toThrow(
      'A category has no order',
    );
    await expect(train(rows, { objective, monotoneConstraints: { gone: 1 } })).rejects.toThrow(
      'Known inputs',
    );
    const classes = withClasses(rows, [10, 14]);
    const softmax = { objective: 'softmax', monotoneConstraints: { wave: 1 } } as const;
    await expect(train(classes, softmax)).rejects.toThrow('push against each other');
  });

  it('hold two opposite constraints on equal columns', async () => {
    const numbers = { ...rows.numbers, slope: rows.numbers['wave'] ?? new Float64Array() };
    const options = { objective: 'squared', monotoneConstraints: { wave: 1, slope: -1 } } as const;
    expect(finite(await train({ ...rows, numbers }, options))).toBe(true);
  });

  it('refuse parameters out of range and unknown ones', async () => {
    await expect(train(rows, { objective: 'squared', numLeaves: 1 })).rejects.toThrow(
      'trainer.numLeaves is 1; expected a whole number in [2, 65536]',
    );
    await expect(train(rows, { objective: 'squared', learningRate: 0 })).rejects.toThrow('(0, 1]');
  });

  it('refuse more memory than can be addressed', async () => {
    const options = { objective: 'squared', numLeaves: 65_536, maxBin: 255 } as const;
    const names = Array.from({ length: 400 }, (_, i) => `x${i}`);
    const column = Float64Array.from({ length: 70_000 }, (_, row) => row % 251);
    const numbers = Object.fromEntries(names.map((name) => [name, column]));
    const inputs = names.map((name) => ({ name, type: 'number' as const }));
    const data = { rows: 70_000, numbers, categories: {}, label: column };
    await expect(trainTrees({ inputs, train: data, options })).rejects.toThrow('lower numLeaves or maxBin');
  });
});
