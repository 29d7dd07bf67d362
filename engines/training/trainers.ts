import { PerennialError } from '../../domain/errors.js';
import type { TrainerKind, TrainingSpec } from './fitted-model.js';
import { networkTrainer } from './network/network-trainer.js';
import { treesTrainer } from './trees/trees-trainer.js';
import type { Trainer } from './trainer.js';

/** Every trainer by the name that a spec gives. A new one is a file of its own and a line here. */
export const trainers: Readonly<Record<TrainerKind, Trainer>> = {
  linear: networkTrainer(['regression']),
  logistic: networkTrainer(['binary']),
  softmax: networkTrainer(['binary', 'multiclass']),
  mlp: networkTrainer(['regression', 'binary', 'multiclass']),
  trees: treesTrainer,
};

/** The trainer of a spec. Throws a PerennialError `trainer-task` when it cannot train the spec's task. */
export function trainerOf(spec: TrainingSpec): Trainer {
  const { kind } = spec.trainer;
  const trainer = kind === 'command' || kind === 'plugin' ? undefined : trainers[kind];
  if (trainer?.tasks.includes(spec.task.kind)) return trainer;
  const able = Object.entries(trainers).filter(([, each]) => each.tasks.includes(spec.task.kind));
  throw new PerennialError({
    type: 'trainer-task',
    thing: 'trainer.kind',
    value: kind,
    allowed: `a trainer for ${spec.task.kind}: ${able.map(([name]) => name).join(', ')}`,
    next: 'Change trainer.kind or task.kind in the spec.',
  });
}
