import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { boost, checkpointOf, openBoosting } from './boost.js';
import { modelOf, type Boosting } from './boosting.js';
import type { TreesData } from './data.js';
import { leavesOf, encodeColumns, marginsOf, scoresOf } from './predict.js';
import type { TreesTraining } from './prepare.js';
import { serializeTrees } from './serialize.js';
import { makeRows, testInputs, uniform, withClasses } from './test-rows.js';
import { trainTrees } from './train.js';

const rows = makeRows(2000);
const later = makeRows(800, 2);

const training = (options: TreesTraining['options'], more: Partial<TreesTraining> = {}): TreesTraining => ({
  inputs: testInputs,
  train: rows,
  options,
  ...more,
});

const meanSquare = (predicted: Float64Array, { label }: TreesData): number =>
  predicted.reduce((sum, p, row) => sum + (p - (label[row] ?? 0)) ** 2, 0) / label.length;

function scoresInTraining({ prepared: { space }, base }: Boosting): number[] {
  const { scores, rows: count } = space.train;
  return Array.from(
    { length: count },
    (_, row) => (space.memory.f64[scores / 8 + row] ?? 0) + (base[0] ?? 0),
  );
}

describe('boosted trees', () => {
  it('learn a label that depends on numbers, gaps and categories', async () => {
    const { model } = await trainTrees(training({ objective: 'squared' }));
    const variance = meanSquare(new Float64Array(800).fill(13), later);
    expect(meanSquare(marginsOf(model, later), later)).toBeLessThan(0.06 * variance);
  });

  it.each([1, 0.5])(
    'predict the very scores they were trained on, with %d of the rows',
    async (baggingFraction) => {
      const boosting = openBoosting(training({ objective: 'squared', baggingFraction, numIterations: 20 }));
      await boost(boosting, Infinity);
      expect([...marginsOf(modelOf(boosting), rows)]).toEqual(scoresInTraining(boosting));
    },
  );

  it('give the same bytes when stopped at any round and resumed from text', async () => {
    const options = {
      objective: 'squared',
      numIterations: 15,
      baggingFraction: 0.7,
      featureFraction: 0.7,
    } as const;
    const whole = JSON.stringify((await trainTrees(training(options, { validation: later }))).model);
    for (const stop of [1, 7, 14]) {
      const first = openBoosting(training(options, { validation: later }));
      await boost(first, stop);
      const text = JSON.stringify(checkpointOf(first));
      const second = openBoosting(training(options, { validation: later }), JSON.parse(text));
      await boost(second, Infinity);
      expect(JSON.stringify(modelOf(second))).toBe(whole);
    }
  });

  it('have had the same digest on every machine and Node so far', async () => {
    const options = {
      objective: 'softmax',
      numIterations: 6,
      baggingFraction: 0.8,
      featureFraction: 0.8,
    } as const;
    const { model } = await trainTrees(training(options, { train: withClasses(rows, [8, 12, 16]) }));
    const digest = createHash('sha256').update(serializeTrees(model)).digest('hex');
    expect(digest).toBe('379387a6ae173c86061bfc469001d81ed7750f3dfc59da51fa16ce3b678a7d57');
  });

  it('refuse a checkpoint of other rows', async () => {
    const first = openBoosting(training({ objective: 'squared', numIterations: 3 }));
    await boost(first, 1);
    const other = training({ objective: 'squared', numIterations: 3 }, { train: later });
    expect(() => openBoosting(other, checkpointOf(first))).toThrow('checkpoint of round 1');
  });

  it('stop between rounds when told to', async () => {
    const boosting = openBoosting(training({ objective: 'squared' }));
    const stop = new AbortController();
    const onRound = ({ round }: { round: number }): void => {
      if (round === 4) stop.abort();
    };
    expect(await boost(boosting, Infinity, { onRound, signal: stop.signal })).toBe('cancelled');
    expect(boosting.round).toBe(4);
  });

  it('keep the best round when the validation loss stops falling', async () => {
    const noise = { ...rows, label: rows.label.map((_, i) => uniform(i, 77)) };
    const validation = { ...later, label: later.label.map((_, i) => uniform(i, 78)) };
    const options = { objective: 'squared', earlyStoppingRound: 5, learningRate: 0.5 } as const;
    const { model, end, best } = await trainTrees(training(options, { train: noise, validation }));
    expect(end).toBe('stopped-early');
    expect(model.trees).toHaveLength(best?.round ?? -1);
  });

  it('never break a monotone constraint', async () => {
    const options = { objective: 'squared', monotoneConstraints: { slope: -1, wave: 1 } } as const;
    const { model } = await trainTrees(training(options));
    for (const [name, sign] of [
      ['slope', -1],
      ['wave', 1],
    ] as const) {
      const sweep = Float64Array.from({ length: 50 }, (_, i) => i / 50);
      for (let row = 0; row < 40; row++) {
        const repeat = (column: Float64Array | undefined): Float64Array =>
          new Float64Array(50).fill(column?.[row] ?? NaN);
        const numbers = Object.fromEntries(
          Object.entries(later.numbers).map(([key, column]) => [key, repeat(column)]),
        );
        const categories = Object.fromEntries(
          Object.entries(later.categories).map(([key, column]) => [key, new Array(50).fill(column[row])]),
        );
        const margins = marginsOf(model, { rows: 50, numbers: { ...numbers, [name]: sweep }, categories });
        margins.forEach((margin, i) =>
          expect(sign * (margin - (margins[i - 1] ?? margin))).toBeGreaterThanOrEqual(0),
        );
      }
    }
  });

  it('hold their limits on depth, leaves and rows of a leaf', async () => {
    const limits = { numIterations: 20, numLeaves: 12, maxDepth: 4, minDataInLeaf: 37 } as const;
    const { model } = await trainTrees(
      training({ objective: 'logistic', ...limits }, { train: withClasses(rows, [14]) }),
    );
    for (const tree of model.trees) {
      const leaves = leavesOf(tree, encodeColumns(model, rows), rows.rows);
      const counts = new Map<number, number>();
      for (const leaf of leaves) counts.set(leaf, (counts.get(leaf) ?? 0) + 1);
      expect(counts.size).toBeLessThanOrEqual(12);
      for (const [leaf, count] of counts) {
        expect(count).toBe(tree.rows[leaf]);
        expect(count).toBeGreaterThanOrEqual(37);
      }
    }
  });

  it('take a row of weight 2 as two rows of weight 1', async () => {
    const doubled = (column: Float64Array | undefined): Float64Array =>
      Float64Array.of(...(column ?? []), ...(column ?? []));
    const twice: TreesData = {
      rows: 4000,
      numbers: Object.fromEntries(
        Object.entries(rows.numbers).map(([name, column]) => [name, doubled(column)]),
      ),
      categories: Object.fromEntries(
        Object.entries(rows.categories).map(([name, column]) => [name, [...column, ...column]]),
      ),
      label: doubled(rows.label),
    };
    const weighted = { ...rows, weight: new Float64Array(2000).fill(2) };
    const options = { objective: 'squared', numIterations: 5, minDataInBin: 1, maxBin: 50 } as const;
    const inputs = testInputs.filter(({ type }) => type === 'number');
    const byWeight = await trainTrees(
      training({ ...options, minDataInLeaf: 20 }, { inputs, train: weighted }),
    );
    const byRows = await trainTrees(training({ ...options, minDataInLeaf: 40 }, { inputs, train: twice }));
    const [a, b] = [marginsOf(byWeight.model, later), marginsOf(byRows.model, later)];
    a.forEach((margin, row) => expect(margin).toBeCloseTo(b[row] ?? NaN, 4));
  });

  it('predict quantiles that hold their share of labels', async () => {
    const { model } = await trainTrees(training({ objective: 'quantile', alpha: 0.9, numIterations: 60 }));
    const below = marginsOf(model, rows).filter((q, row) => (rows.label[row] ?? 0) <= q).length;
    expect(below / rows.rows).toBeGreaterThan(0.86);
    expect(below / rows.rows).toBeLessThan(0.94);
  });

  it('give probabilities that sum to 1 and find the class', async () => {
    const train = withClasses(rows, [10, 14, 18]);
    const test = withClasses(later, [10, 14, 18]);
    const { model } = await trainTrees(training({ objective: 'softmax', numIterations: 50 }, { train }));
    const scores = scoresOf(model, test);
    let right = 0;
    for (let row = 0; row < test.rows; row++) {
      const own = scores.subarray(row * 4, row * 4 + 4);
      expect(own.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
      if (own.indexOf(Math.max(...own)) === test.label[row]) right++;
    }
    expect(right / test.rows).toBeGreaterThan(0.75);
  });
});
