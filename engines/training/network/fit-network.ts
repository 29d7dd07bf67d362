import { restoreRandom } from '../../../stats/random.js';
import { PerennialError } from '../../../domain/errors.js';
import type { NetworkTrainerSpec } from '../fitted-model.js';
import type { TrainHooks } from '../trainer.js';
import type { FitShape, FitState, Kept } from './fit-state.js';
import { saveState } from './fit-state.js';
import { gradientStep, meanLoss, type Rows, type StepContext } from './gradient.js';
import type { LossSum } from './losses.js';
import { optimizers } from './optimizer.js';

/** A prepared training. */
export interface FitJob {
  readonly trainer: NetworkTrainerSpec;
  readonly shape: FitShape;
  readonly train: Rows;
  readonly validation: Rows;
  readonly context: StepContext;
}

/**
 * Runs epochs until `trainer.epochs`, or until the validation loss has not improved for `patience` epochs (0: never), and returns what
 * to keep. Each epoch visits every row once, in an order drawn from the state's stream, so the result depends on the state alone.
 * Throws a PerennialError `diverged` when a loss is not finite.
 */
export async function fitNetwork(job: FitJob, state: FitState, hooks: TrainHooks): Promise<Kept> {
  const { trainer } = job;
  const size = Math.min(trainer.batchSize, job.train.count);
  const step = gradientStep(job.context, size);
  let startedAt = performance.now();
  while (!isDone(trainer, state)) {
    const loss = runEpoch(job, state, step);
    const validationLoss = job.validation.count === 0 ? null : meanLoss(job.context, job.validation);
    keepBest(trainer, state, loss, validationLoss);
    const seconds = Math.max(1e-6, (performance.now() - startedAt) / 1000);
    startedAt = performance.now();
    const progress = { epoch: state.epoch, epochs: trainer.epochs, loss, validationLoss };
    await hooks.afterEpoch({ ...progress, rowsPerSecond: job.train.count / seconds }, () =>
      saveState(state, job.shape),
    );
  }
  if (state.kept === null) throw new RangeError('training kept no weights; expected at least one epoch');
  return state.kept;
}

function isDone(trainer: NetworkTrainerSpec, state: FitState): boolean {
  return state.epoch >= trainer.epochs || (trainer.patience > 0 && state.stale >= trainer.patience);
}

function runEpoch(job: FitJob, state: FitState, gradient: (batch: Rows) => LossSum): number {
  const { train, trainer, context } = job;
  const random = restoreRandom(state.random);
  const order = random.permutation(train.count);
  const size = Math.min(trainer.batchSize, train.count);
  const space = { matrix: new Float32Array(size * train.width), targets: new Float32Array(size) };
  let sum = 0;
  let weight = 0;
  for (let start = 0; start < train.count; start += size) {
    const batch = gather(train, order.subarray(start, start + size), space);
    const part = gradient(batch);
    sum += part.sum;
    weight += part.weight;
    state.step++;
    optimizers[trainer.optimizer].apply({
      flat: context.parameters.flat,
      gradient: context.gradients.flat,
      slots: state.slots,
      step: state.step,
      learningRate: trainer.learningRate,
    });
  }
  state.random = random.state();
  state.epoch++;
  return checkFinite(sum / weight, 'training loss', state.epoch, trainer);
}

function keepBest(
  trainer: NetworkTrainerSpec,
  state: FitState,
  loss: number,
  validationLoss: number | null,
): void {
  if (validationLoss !== null) checkFinite(validationLoss, 'validation loss', state.epoch, trainer);
  const best = state.kept?.validationLoss;
  const better = typeof best !== 'number' || validationLoss === null || validationLoss < best;
  if (trainer.patience > 0 && !better) {
    state.stale++;
    return;
  }
  state.stale = 0;
  state.kept = { epoch: state.epoch, loss, validationLoss, flat: state.parameters.flat.slice() };
}

function gather(rows: Rows, order: Uint32Array, space: Pick<Rows, 'matrix' | 'targets'>): Rows {
  const { width, matrix: from } = rows;
  const into = space.matrix;
  for (let i = 0; i < order.length; i++) {
    const row = order[i] ?? 0;
    const shift = (row - i) * width;
    for (let k = i * width, end = k + width; k < end; k++) into[k] = from[k + shift] ?? 0;
    space.targets[i] = rows.targets[row] ?? NaN;
  }
  const matrix = space.matrix.subarray(0, order.length * width);
  return { matrix, targets: space.targets.subarray(0, order.length), width, count: order.length };
}

function checkFinite(value: number, thing: string, epoch: number, trainer: NetworkTrainerSpec): number {
  if (Number.isFinite(value)) return value;
  throw new PerennialError({
    type: 'diverged',
    thing: `${thing} at epoch ${epoch}`,
    value: String(value),
    allowed: 'a finite number',
    next: `Lower trainer.learningRate (${trainer.learningRate}), or look for extreme values in the features.`,
  });
}
