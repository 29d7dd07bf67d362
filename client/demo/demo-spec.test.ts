import { describe, expect, it } from 'vitest';
import { DEMO_TRAINERS, readDemoSpec } from './demo-spec.js';
import { PLAN } from './plan.js';

describe('the spec of the story', () => {
  it('tells the same story with every trainer: only the trainer, its window and the type of the hour differ', async () => {
    const [mlp, trees] = [await readDemoSpec('mlp'), await readDemoSpec('trees')];
    expect(trees.trainer.kind).toBe('trees');
    const hr = mlp.features['hr'];
    expect(hr?.type).toBe('category');
    const { trainer, window } = mlp;
    const alike = { ...trees, trainer, window, features: { ...trees.features, hr } };
    expect(alike).toEqual(mlp);
  });

  it.each(DEMO_TRAINERS)(
    '%s may be held at the staged epoch before early stopping can end it',
    async (name) => {
      const { trainer } = await readDemoSpec(name);
      const patience = 'patience' in trainer ? trainer.patience : undefined;
      const rounds = 'earlyStoppingRound' in trainer ? trainer.earlyStoppingRound : patience;
      expect(rounds).toBeGreaterThan(PLAN.killAtEpoch);
    },
  );
});
