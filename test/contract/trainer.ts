import { describe, expect, it } from 'vitest';
import { PerennialError } from '../../domain/errors.js';
import type { TrainerSpec } from '../../domain/spec/spec.js';
import type { Table } from '../../engines/features/table.js';
import { checkParity } from '../../engines/inference/parity.js';
import { createWorkerScorer } from '../../engines/inference/score-in-worker.js';
import { exportOnnx } from '../../engines/inference/export-onnx.js';
import {
  type FittedModel,
  modelInputs,
  ownSpecOf,
  type TaskKind,
} from '../../engines/training/fitted-model.js';
import { deserializeModel, serializeModel } from '../../engines/training/serialize.js';
import {
  sampleFeatures,
  sampleTable,
  sampleTask,
  withLabel,
} from '../../engines/training/testing/sample-tables.js';
import { trainerOf } from '../../engines/training/trainers.js';
import { explainModel, predictModel, trainModel, type TrainRequest } from '../../engines/training/train.js';

/** What the suite needs to know of a trainer: a small setting (≥ 4 epochs or rounds, no early stopping) and its tasks. */
export interface TrainerCase {
  readonly trainer: TrainerSpec;
  readonly tasks: readonly TaskKind[];
}

/** What every trainer must hold, through the same door that activities use. */
export function describeTrainer(name: string, { trainer, tasks }: TrainerCase): void {
  describe.each(tasks)(`${name}, as a trainer for %s`, (task) => {
    const train = sampleTable(task, 240, 1);
    const validation = sampleTable(task, 60, 2);
    const spec = { task: sampleTask(task), trainer, features: sampleFeatures };
    const request: TrainRequest = { spec, train, validation };

    describeSameBytes(request);
    describeInterruption(request);
    describeArtifacts(request);
    describeRefusals(request, task);
    describeLimits(request, task);
  });
}

function describeLimits(request: TrainRequest, task: TaskKind): void {
  it('gives equal bytes however many threads it may use', async () => {
    const models = await Promise.all([1, 2].map((threads) => trainModel({ ...request, threads })));
    expect(new Set(models.map(bytesOf)).size).toBe(1);
  });

  // In this thread: the heap of a training thread would be full first.
  it('ends as out-of-memory when its matrices would be larger than it may have, and names what to raise', async () => {
    const { validation } = request;
    const spec = ownSpecOf(request.spec);
    const train = sampleTable(task, 100_000, 1);
    const job = { spec, train, validation, seed: 1, warmStart: null, checkpoint: null, memoryMb: 1 };
    const training = trainerOf(spec).train(job, { afterEpoch: () => Promise.resolve() });
    await expect(training).rejects.toMatchObject({
      type: 'out-of-memory',
      refusal: {
        allowed: 'at most 1 MiB',
        next: expect.stringContaining('Raise PERENNIAL_THREAD_MEMORY_MB'),
      },
    });
  });
}

function describeSameBytes(request: TrainRequest): void {
  it('gives equal bytes run to run and thread to thread', async () => {
    const models = await Promise.all([trainModel(request), trainModel(request)]);
    const again = await trainModel(request);
    expect(new Set([...models, again].map(bytesOf)).size).toBe(1);
  });

  it('gives equal bytes when the features are named in another order', async () => {
    const features = Object.fromEntries(Object.entries(request.spec.features).reverse());
    const other = await trainModel({ ...request, spec: { ...request.spec, features } });
    expect(bytesOf(other)).toBe(bytesOf(await trainModel(request)));
  });

  it('goes on from the checkpoint of any epoch with the bytes of an unbroken run', async () => {
    const unbroken = await trainModel(request);
    const saved = await checkpointsOf(request);
    for (const at of [1, 3, 5]) {
      const epochs: number[] = [];
      const resumed = await trainModel({
        ...from(request, saved.get(at)),
        onProgress: ({ epoch }) => epochs.push(epoch),
      });
      expect(bytesOf(resumed)).toBe(bytesOf(unbroken));
      expect(epochs).toEqual(Array.from({ length: unbroken.epochs - at }, (_, i) => at + 1 + i));
    }
  });

  it('starts over from a checkpoint that is damaged or of another training', async () => {
    const unbroken = await trainModel(request);
    const saved = (await checkpointsOf(request)).get(2) ?? new Uint8Array();
    const damaged = saved.slice().fill(7, 100, 110);
    const foreign = (await checkpointsOf({ ...request, seed: 99 })).get(2);
    for (const checkpoint of [damaged, new Uint8Array(), saved.slice(0, 50), foreign]) {
      const epochs: number[] = [];
      const onProgress = ({ epoch }: { epoch: number }) => epochs.push(epoch);
      expect(bytesOf(await trainModel({ ...from(request, checkpoint), onProgress }))).toBe(bytesOf(unbroken));
      expect(epochs[0]).toBe(1);
    }
  });
}

function describeInterruption(request: TrainRequest): void {
  it('stops when it is cancelled, with the reason that it was given', async () => {
    const controller = new AbortController();
    const training = trainModel({
      ...request,
      staged: { holdAtEpoch: 2 },
      signal: controller.signal,
      onProgress: ({ held }) => {
        if (held === true) controller.abort(new Error('no longer wanted'));
      },
    });
    await expect(training).rejects.toThrow('no longer wanted');
  });

  it('reports every epoch in order', async () => {
    const epochs: number[] = [];
    const model = await trainModel({ ...request, onProgress: ({ epoch }) => epochs.push(epoch) });
    expect(epochs).toEqual(Array.from({ length: model.epochs }, (_, i) => i + 1));
  });
}

function describeArtifacts(request: TrainRequest): void {
  it('survives being written and read', async () => {
    const model = await trainModel(request);
    const read = deserializeModel(serializeModel(model));
    expect(bytesOf(read)).toBe(bytesOf(model));
    expect(await predictModel(read, request.validation)).toEqual(
      await predictModel(model, request.validation),
    );
  });

  it('computes the same as its ONNX file, with missing and unknown values too', async () => {
    const model = await trainModel(request);
    const onnx = exportOnnx(model, { model: 'sample' });
    expect(exportOnnx(model, { model: 'sample' })).toEqual(onnx);
    const scorer = createWorkerScorer({ onnx, inputs: modelInputs(model), classes: model.classes });
    const season = request.validation.categories['season']?.map((value, i) =>
      i % 7 === 0 ? 'monsoon' : value,
    );
    const table = { ...request.validation, categories: { season: season ?? [] } };
    expect(await checkParity({ model, scorer, table })).toMatchObject({ pass: true, flips: 0, rows: 60 });
  });

  it('explains itself exactly or not at all', async () => {
    const model = await trainModel(request);
    const explanation = await explainModel(model, request.validation);
    expect(explanation?.inputs.map(({ name }) => name) ?? null).toEqual(
      model.kind === 'trees' ? modelInputs(model).map(({ name }) => name) : null,
    );
    expect(await explainModel(model, request.validation)).toEqual(explanation);
  });

  it('learns: its loss falls', async () => {
    const losses: number[] = [];
    await trainModel({
      ...request,
      onProgress: ({ loss, validationLoss }) => losses.push(loss ?? validationLoss ?? NaN),
    });
    expect(losses.at(-1)).toBeLessThan(losses[0] ?? 0);
  });

  it('starts from an earlier model of the same classes, and from nothing where they differ', async () => {
    const own = ownSpecOf(request.spec);
    const warm = { ...request, spec: { ...own, trainer: { ...own.trainer, start: 'warm' as const } } };
    const earlier = await trainModel(warm);
    expect(await trainModel({ ...warm, warmStart: earlier })).toMatchObject({ warm: true });
    if (own.task.kind === 'regression') return;
    const [train, validation] = [renamed(request.train), renamed(request.validation)];
    const foreign = await trainModel({ ...warm, train, validation });
    const model = await trainModel({ ...warm, warmStart: foreign });
    expect(bytesOf(model)).toBe(bytesOf(earlier));
  });
}

function describeRefusals(request: TrainRequest, task: TaskKind): void {
  const { train } = request;
  const none: Table = { ...sampleTable(task, 0, 1) };
  const same = task === 'regression' ? new Float64Array(train.rows).fill(3) : Array(train.rows).fill('yes');
  const huge = { ...train, numbers: { ...train.numbers, load: new Float64Array(train.rows).fill(Infinity) } };
  const absent = { ...train, categories: {} };

  it.each<[string, string, Table]>([
    ['no rows', 'no-rows', none],
    [
      'a label that never varies',
      task === 'regression' ? 'constant-label' : 'one-class',
      withLabel(train, same),
    ],
    ['a missing column', 'missing-column', absent],
    ['labels of the wrong type', 'label-type', withLabel(train, wrongType(task, train.rows))],
  ])('refuses %s by name', async (_what, type, table) => {
    expect(await refusal(trainModel({ ...request, train: table }))).toBe(type);
  });

  it('refuses an infinite feature by name, or takes infinity for the value that it is', async () => {
    const outcome = await refusal(trainModel({ ...request, train: huge }));
    expect(outcome).toBe(request.spec.trainer.kind === 'trees' ? 'Error: nothing was refused' : 'not-finite');
  });
}

const wrongType = (task: TaskKind, rows: number): Table['label'] =>
  task === 'regression' ? Array<string>(rows).fill('a') : new Float64Array(rows);

/** The same rows, of classes with other names. */
const renamed = (table: Table): Table =>
  withLabel(
    table,
    [...table.label].map((name) => `other-${String(name)}`),
  );

const bytesOf = (model: FittedModel): string => Buffer.from(serializeModel(model)).toString('base64');

const from = (request: TrainRequest, checkpoint: Uint8Array | undefined): TrainRequest => ({
  ...request,
  checkpoint: { load: () => Promise.resolve(checkpoint), save: () => Promise.resolve() },
});

/** The checkpoints of every epoch. In this thread: one that is held and ended for each would cost a start of the loader each time. */
async function checkpointsOf(request: TrainRequest): Promise<Map<number, Uint8Array>> {
  const { train, validation, seed = request.spec.trainer.seed } = request;
  const spec = ownSpecOf(request.spec);
  const saved = new Map<number, Uint8Array>();
  const job = { spec, train, validation, seed, warmStart: null, checkpoint: null };
  await trainerOf(spec).train(job, {
    afterEpoch: ({ epoch }, save) => {
      saved.set(epoch, save());
      return Promise.resolve();
    },
  });
  return saved;
}

async function refusal(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => new Error('nothing was refused'),
    (reason: unknown) => reason,
  );
  return error instanceof PerennialError ? error.type : String(error);
}
