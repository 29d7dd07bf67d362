import { treesTrainerSchema } from '../../domain/spec/trees-section.js';
import { describeTrainer } from '../../test/contract/trainer.js';

const small = {
  epochs: 6,
  batchSize: 32,
  learningRate: 0.01,
  optimizer: 'adam',
  l2: 0.001,
  patience: 0,
  classWeights: 'none',
  seed: 7,
  start: 'cold',
} as const;

describeTrainer('linear', { trainer: { kind: 'linear', ...small }, tasks: ['regression'] });
describeTrainer('logistic with sgd', {
  trainer: { kind: 'logistic', ...small, optimizer: 'sgd', learningRate: 0.1 },
  tasks: ['binary'],
});
describeTrainer('softmax with balanced classes', {
  trainer: { kind: 'softmax', ...small, classWeights: 'balanced' },
  tasks: ['multiclass'],
});
describeTrainer('trees', {
  trainer: treesTrainerSchema.parse({
    kind: 'trees',
    numIterations: 6,
    earlyStoppingRound: 0,
    minDataInLeaf: 5,
    seed: 7,
  }),
  tasks: ['regression', 'binary', 'multiclass'],
});
// Rounds 1 to 3 are the first training's, 4 to 6 the second's.
describeTrainer('trees with sampled rows and inputs, newer rows weighing more, refitted', {
  trainer: treesTrainerSchema.parse({
    kind: 'trees',
    numIterations: 3,
    halfLife: '2 days',
    refit: true,
    earlyStoppingRound: 0,
    minDataInLeaf: 5,
    baggingFraction: 0.7,
    featureFraction: 0.7,
    classWeights: 'balanced',
  }),
  tasks: ['multiclass'],
});
describeTrainer('mlp', {
  trainer: { kind: 'mlp', ...small, hidden: [16, 8] },
  tasks: ['regression', 'binary', 'multiclass'],
});
