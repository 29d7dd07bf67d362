import type { FittedModel } from './fitted-model.js';
import type { Explanation } from '../../domain/explanation.js';
import { packAnswer, type ThreadAnswer } from '../threads/answers.js';
import type { ThreadNews, ThreadTask } from './train-messages.js';
import type { TrainHooks } from './trainer.js';
import { trainerOf, trainers } from './trainers.js';

type ThreadResult = FittedModel | Float64Array | Explanation | null;

/** Entry of the training thread: piscina calls it with one task at a time. */
export function run(task: ThreadTask): Promise<ThreadAnswer<ThreadResult>> {
  return packAnswer<ThreadResult>(async () => {
    if (task.do === 'train') return trainerOf(task.job.spec).train(task.job, hooksOf(task));
    const trainer = trainers[task.model.kind];
    if (task.do === 'predict') return trainer.predict(task.model, task.table);
    return (await trainer.explain?.(task.model, task.table)) ?? null;
  });
}

function hooksOf(task: Extract<ThreadTask, { do: 'train' }>): TrainHooks {
  const tell = (news: ThreadNews): void => task.port.postMessage(news);
  let savedAt = performance.now();
  return {
    async afterEpoch(progress, save) {
      const held = progress.epoch === task.holdAtEpoch;
      if (held || performance.now() - savedAt >= task.checkpointEveryMs) {
        tell({ kind: 'checkpoint', bytes: save(), epoch: progress.epoch });
        savedAt = performance.now();
      }
      tell({ kind: 'progress', progress: held ? { ...progress, held } : progress });
      if (held) await hold(task.port);
    },
  };
}

/** Waits until the thread is ended from outside; the open port keeps it alive. */
function hold(port: { ref(): void }): Promise<never> {
  port.ref();
  return new Promise<never>(() => undefined);
}
