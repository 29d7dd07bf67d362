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
describeTrainer('mlp', {
  trainer: { kind: 'mlp', ...small, hidden: [16, 8] },
  tasks: ['regression', 'binary', 'multiclass'],
});
