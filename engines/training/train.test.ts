import { describe, expect, it } from 'vitest';
import type { TrainerSpec } from '../../domain/spec/spec.js';
import { sampleFeatures, sampleTable, sampleTask, withLabel } from './testing/sample-tables.js';
import { type FittedModel, networkOf } from './fitted-model.js';
import { serializeModel } from './serialize.js';
import { trainModel, type TrainRequest } from './train.js';

const trainer = {
  kind: 'mlp',
  hidden: [8],
  epochs: 5,
  batchSize: 32,
  learningRate: 0.01,
  optimizer: 'adam',
  l2: 0,
  patience: 0,
  classWeights: 'none',
  seed: 1,
  start: 'cold',
} as const satisfies TrainerSpec;

const request = (change: Partial<TrainerSpec> = {}): TrainRequest => ({
  spec: {
    task: sampleTask('regression'),
    features: sampleFeatures,
    trainer: { ...trainer, ...change } as TrainerSpec,
  },
  train: sampleTable('regression', 240, 1),
  validation: sampleTable('regression', 60, 2),
});

describe('trainModel', () => {
  it('stops in the middle of its work when it is cancelled', async () => {
    const controller = new AbortController();
    const onProgress = (): void => controller.abort(new Error('enough'));
    const endless = { ...request({ epochs: 1e9 }), onProgress, signal: controller.signal };
    await expect(trainModel(endless)).rejects.toThrow('enough');
  });

  it('does not start when it is cancelled before', async () => {
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(trainModel({ ...request(), signal })).rejects.toThrow('too late');
  });

  it('leaves the event loop free', async () => {
    const controller = new AbortController();
    const training = trainModel({ ...request({ epochs: 1e9 }), signal: controller.signal });
    let ticks = 0;
    const timer = setInterval(() => {
      if (++ticks === 50) controller.abort(new Error('fifty ticks'));
    }, 1);
    await expect(training).rejects.toThrow('fifty ticks');
    clearInterval(timer);
  });

  it('ends with the error of a progress callback that throws', async () => {
    const onProgress = (): void => {
      throw new Error('callback broke');
    };
    await expect(trainModel({ ...request({ epochs: 1e9 }), onProgress })).rejects.toThrow('callback broke');
  });

  it('goes on when a checkpoint cannot be saved, and says so', async () => {
    const failures: (string | undefined)[] = [];
    const save = (): Promise<void> => Promise.reject(new Error('disk full'));
    const checkpoint = { load: () => Promise.resolve(undefined), save };
    const onProgress = ({ checkpointFailure }: { checkpointFailure?: string }): number =>
      failures.push(checkpointFailure);
    const model = await trainModel({
      ...request({ epochs: 200 }),
      checkpoint,
      checkpointEveryMs: 0,
      onProgress,
    });
    expect(model.epochs).toBe(200);
    expect(failures).toContain('disk full');
  });

  it('keeps the weights of the best epoch and stops when patience is over', async () => {
    const noise = withLabel(
      request().train,
      Float64Array.from({ length: 240 }, (_, i) => (i * 7919) % 101),
    );
    const losses: number[] = [];
    const model = await trainModel({
      ...request({ epochs: 400, patience: 3, learningRate: 0.05 }),
      train: noise,
      onProgress: ({ validationLoss }) => losses.push(validationLoss ?? NaN),
    });
    expect(model.epochs).toBeLessThan(400);
    expect(model.epochs).toBe(model.keptEpoch + 3);
    expect(model.validationLoss).toBe(Math.min(...losses));
  });

  it('trains all epochs without a validation block when patience is 0, and refuses otherwise', async () => {
    const validation = sampleTable('regression', 0, 1);
    const model = await trainModel({ ...request(), validation });
    expect([model.keptEpoch, model.validationLoss]).toEqual([5, null]);
    await expect(trainModel({ ...request({ patience: 4 }), validation })).rejects.toThrow(
      "validation block is '0 rows'; expected at least 1 row while trainer.patience is 4",
    );
  });

  it('says when the loss is no longer a number, and what to lower', async () => {
    const diverging = request({ optimizer: 'sgd', learningRate: 1e6, epochs: 50 });
    await expect(trainModel(diverging)).rejects.toThrow(
      /loss at epoch \d+ is '(NaN|Infinity)'.*Lower trainer.learningRate \(1000000\)/,
    );
  });

  it('ends as out-of-memory when the thread may not have more', async () => {
    const rows = 400_000;
    const train = sampleTable('regression', rows, 1);
    const season = Array.from({ length: rows }, (_, i) => `level number ${i}`);
    const big = { ...request(), train: { ...train, categories: { season } }, memoryMb: 32 };
    await expect(trainModel(big)).rejects.toThrow(/memory of the thread is '32 MiB'/);
  });

  it('names the trainers that could train the task', async () => {
    const { spec, ...rest } = request();
    const wrong = {
      ...rest,
      spec: { ...spec, task: sampleTask('binary'), trainer: { ...trainer, kind: 'linear' } as TrainerSpec },
    };
    await expect(trainModel(wrong)).rejects.toThrow(
      "trainer.kind is 'linear'; expected a trainer for binary: logistic, softmax, mlp",
    );
  });

  it('weighs rare classes up when classes are balanced', async () => {
    const train = sampleTable('binary', 400, 1);
    const rare = [...train.label].map((value, i) => (value === 'yes' && i % 5 === 0 ? 'yes' : 'no'));
    const binary = { ...request().spec, task: sampleTask('binary') };
    const validation = sampleTable('binary', 50, 2);
    const fit = (classWeights: 'none' | 'balanced') =>
      trainModel({
        spec: { ...binary, trainer: { ...trainer, classWeights } },
        train: withLabel(train, rare),
        validation,
      });
    const [plain, balanced] = await Promise.all([fit('none'), fit('balanced')]);
    expect(serializeModel(balanced)).not.toEqual(serializeModel(plain));
    const bias = (model: FittedModel) => networkOf(model).layers.at(-1)?.bias[0] ?? 0;
    expect(bias(balanced)).toBeGreaterThan(bias(plain));
  });

  it('puts the positive class last', async () => {
    const spec = { ...request().spec, task: { ...sampleTask('binary'), positive: 'no' } };
    const model = await trainModel({
      spec,
      train: sampleTable('binary', 100, 1),
      validation: sampleTable('binary', 20, 2),
    });
    expect(model.classes).toEqual(['yes', 'no']);
  });
});
