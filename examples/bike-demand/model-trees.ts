import { defineModel } from 'perennial';
import bikeDemand from './model.js';

/**
 * The same demand by boosted trees: `npm run demo -- --trainer trees`. Rentals are counts, hence a Poisson loss; the hour keeps its
 * order, so that a split can cut the day in two. Window and trainer were chosen by `tools/tune/trees.ts` on the data of 2011
 * (docs/demo.md).
 */
export default defineModel({
  ...bikeDemand,
  features: { ...bikeDemand.features, hr: { type: 'number', min: 0, max: 23 } },
  window: { ...bikeDemand.window, kind: 'fixed', length: '180 days' },
  trainer: {
    kind: 'trees',
    objective: 'poisson',
    halfLife: '30 days',
    refit: true,
    numLeaves: 15,
    minDataInLeaf: 10,
    featureFraction: 0.8,
    baggingFraction: 0.8,
  },
});
