import type { FittedModel, TreesFitted } from '../fitted-model.js';
import { fitLabels } from '../labels.js';
import type { TrainHooks, TrainJob, TrainProgress, Trainer } from '../trainer.js';
import { boost } from './boost.js';
import { modelOf, type Boosting, type RoundReport } from './boosting.js';
import { explanationOf } from './explanation.js';
import { scoresOf } from './predict.js';
import { columnsOf, inputsOf, treesJobOf } from './trees-job.js';
import {
  fingerprintOf,
  readCheckpoint,
  resumeBoosting,
  writeCheckpoint,
  type Found,
} from './trees-resume.js';

/** What computes trees; another number means that equal jobs may give other bytes. */
const BACKEND = 'trees/1';

/** Grows boosted trees in a worker thread: the same door as every other trainer. Epochs are rounds. */
export const treesTrainer: Trainer = {
  tasks: ['regression', 'binary', 'multiclass'],
  train,
  predict: (model, table) => {
    const { trees } = treesOf(model);
    return Promise.resolve(scoresOf(trees, columnsOf(inputsOf(trees.inputs), table)));
  },
  explain: (model, table) => {
    const { trees } = treesOf(model);
    return Promise.resolve(explanationOf(trees, columnsOf(inputsOf(trees.inputs), table)));
  },
};

function treesOf(model: FittedModel): TreesFitted {
  if (model.kind !== 'trees') throw new TypeError(`model is '${model.kind}'; expected 'trees'`);
  return model;
}

async function train(job: TrainJob, hooks: TrainHooks): Promise<FittedModel> {
  const { trainer, task } = job.spec;
  if (trainer.kind !== 'trees') throw new TypeError(`trainer is '${trainer.kind}'; expected 'trees'`);
  const { classes } = fitLabels(task, job.train.label);
  const trees = treesJobOf(job, trainer, classes);
  const fingerprint = fingerprintOf(job, trees, BACKEND);
  const saved = readCheckpoint(job.checkpoint, fingerprint);
  const grow = async (boosting: Boosting, found: Found | null): Promise<Boosting> => {
    const tell = progressOf(job.train.rows, boosting.round, found);
    const save = (): Uint8Array => writeCheckpoint(boosting, fingerprint, found);
    await boost(boosting, Infinity, { onRound: (report) => hooks.afterEpoch(tell(report), save) });
    return boosting;
  };
  const about = { classes, task: task.kind, warm: trees.warm };
  const first = saved?.found === null ? saved.checkpoint : undefined;
  const found = saved?.found ?? null;
  if (trees.again === null)
    return fitted(await grow(resumeBoosting(trees.training, first), null), null, about);
  const best = found ?? foundBy(await grow(resumeBoosting(trees.training, first), null));
  const second = found === null ? undefined : saved?.checkpoint;
  return fitted(await grow(resumeBoosting(trees.again(best.rounds), second), best), best, about);
}

/** What the second training takes from the first. */
function foundBy({ round, best, prepared: { parameters } }: Boosting): Found {
  const rounds = parameters.earlyStoppingRound > 0 && best !== undefined ? best.round : round;
  return { ran: round, rounds, loss: best?.loss ?? null };
}

/** Rounds of a second training count on from those of the first. */
function progressOf(rows: number, from: number, found: Found | null): (report: RoundReport) => TrainProgress {
  const startedAt = performance.now();
  const before = found?.ran ?? 0;
  return ({ round, rounds, validationLoss }) => {
    const seconds = Math.max(1e-6, (performance.now() - startedAt) / 1000);
    return {
      epoch: before + round,
      epochs: before + rounds,
      loss: null,
      validationLoss: validationLoss ?? found?.loss ?? null,
      rowsPerSecond: (rows * (round - from)) / seconds,
    };
  };
}

function fitted(
  boosting: Boosting,
  found: Found | null,
  about: Pick<TreesFitted, 'classes' | 'task' | 'warm'>,
): TreesFitted {
  const { round, best, prepared } = boosting;
  const ran = found?.ran ?? 0;
  return {
    kind: 'trees',
    ...about,
    labelScale: null,
    trees: modelOf(boosting),
    notices: prepared.notices.map(({ about, detail }) => `${about}: ${detail}`),
    epochs: ran + round,
    keptEpoch: ran + (best?.round ?? round),
    loss: null,
    validationLoss: found?.loss ?? best?.loss ?? null,
    backend: BACKEND,
  };
}
