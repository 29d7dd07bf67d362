import { describe, expect, it } from 'vitest';
import { treesTrainerSchema } from '../../../domain/spec/trees-section.js';
import { sampleFeatures, sampleTable, sampleTask } from '../testing/sample-tables.js';
import { joinTables } from '../table-rows.js';
import { trainModel, type TrainRequest } from '../train.js';
import { recencyWeights } from './recency-weights.js';

const DAY = 86_400_000;

const request = (trainer: object): TrainRequest => ({
  spec: {
    task: sampleTask('regression'),
    features: sampleFeatures,
    trainer: treesTrainerSchema.parse({ kind: 'trees', minDataInLeaf: 5, numIterations: 40, ...trainer }),
  },
  train: sampleTable('regression', 240, 1),
  validation: sampleTable('regression', 60, 2),
});

describe('weights by age', () => {
  it('halve for every half-life before the newest row', () => {
    const weights = recencyWeights(Float64Array.of(0, 5 * DAY, 10 * DAY), 5 * DAY);
    expect([...weights]).toEqual([expect.closeTo(0.25, 15), expect.closeTo(0.5, 15), 1]);
  });

  it('leave no row out, however old, and take rows of one moment as equal', () => {
    expect(Math.min(...recencyWeights(Float64Array.of(0, 1e6 * DAY), 1))).toBeGreaterThan(0);
    expect([...recencyWeights(Float64Array.of(7, 7, 7), DAY)]).toEqual([1, 1, 1]);
  });

  it('change what is learned', async () => {
    const [alike, weighed] = await Promise.all([
      trainModel(request({})),
      trainModel(request({ halfLife: '1 hour' })),
    ]);
    expect(weighed).not.toEqual(alike);
  });
});

describe('refit', () => {
  it('grows the rounds that the validation block asked for from the rows of both blocks', async () => {
    const chosen = request({ earlyStoppingRound: 5, halfLife: '3 days' });
    const first = await trainModel(chosen);
    const refitted = await trainModel(request({ earlyStoppingRound: 5, halfLife: '3 days', refit: true }));
    const both = joinTables(chosen.train, chosen.validation);
    const byHand = await trainModel({
      ...request({ numIterations: first.keptEpoch, earlyStoppingRound: 0, halfLife: '3 days' }),
      train: both,
      validation: { ...both, rows: 0, keys: [] },
    });
    expect(refitted).toMatchObject({
      epochs: first.epochs + first.keptEpoch,
      keptEpoch: first.epochs + first.keptEpoch,
      validationLoss: first.validationLoss,
    });
    expect(refitted).toMatchObject({ trees: { trees: byHand.kind === 'trees' ? byHand.trees.trees : [] } });
  });
});
