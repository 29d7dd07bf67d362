import { describe, expect, it } from 'vitest';
import { boost, checkpointOf, openBoosting } from './boost.js';
import { importanceOf } from './importance.js';
import { deserializeCheckpoint, deserializeTrees, serializeCheckpoint, serializeTrees } from './serialize.js';
import { makeRows, testInputs } from './test-rows.js';
import { trainTrees } from './train.js';

const training = {
  inputs: testInputs,
  train: makeRows(1000),
  options: { objective: 'squared', numIterations: 8 },
} as const;
const { model } = await trainTrees(training);

const damaged = (change: (text: string) => string): Uint8Array =>
  new TextEncoder().encode(change(new TextDecoder().decode(serializeTrees(model))));

describe('a model as bytes', () => {
  it('comes back equal, infinite thresholds included', () => {
    const [tree] = model.trees;
    if (tree === undefined) throw new Error('no tree');
    const infinite = {
      ...model,
      trees: [{ ...tree, threshold: tree.threshold.map((t, i) => (i === 0 ? Infinity : t)) }],
    };
    expect(deserializeTrees(serializeTrees(infinite))).toEqual(infinite);
    expect(serializeTrees(deserializeTrees(serializeTrees(model)))).toEqual(serializeTrees(model));
  });

  it('is refused when damaged', () => {
    expect(() => deserializeTrees(damaged((text) => text.slice(1)))).toThrow('Restore the artifact');
    expect(() => deserializeTrees(damaged((text) => text.replace('"left":[', '"left":[1,')))).toThrow(
      'arrays of one length',
    );
    expect(() => deserializeTrees(damaged((text) => text.replace('"left":[1,', '"left":[0,')))).toThrow(
      'inner node',
    );
    expect(() => deserializeTrees(damaged((text) => text.replace('trees/1', 'trees/2')))).toThrow('format');
  });

  it('resumes from a checkpoint’s bytes', async () => {
    const boosting = openBoosting(training);
    await boost(boosting, 3);
    const checkpoint = deserializeCheckpoint(serializeCheckpoint(checkpointOf(boosting)));
    const resumed = openBoosting(training, checkpoint);
    await boost(resumed, Infinity);
    expect(checkpointOf(resumed).trees).toEqual(model.trees);
  });
});

describe('importance', () => {
  it('counts splits and gains of every input', () => {
    const importance = importanceOf(model);
    expect(importance.map(({ input }) => input)).toEqual(testInputs.map(({ name }) => name));
    const splits = model.trees.reduce((n, tree) => n + tree.input.filter((i) => i >= 0).length, 0);
    expect(importance.reduce((n, entry) => n + entry.splits, 0)).toBe(splits);
    const most = importance.toSorted((a, b) => b.gain - a.gain)[0];
    expect(most?.input).toBe('town');
  });
});
