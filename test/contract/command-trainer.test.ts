import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createExportActivity } from '../../activities/export-model.js';
import { createExtractActivities } from '../../activities/extract.js';
import type { RetrainActivities, TrainedModel } from '../../activities/retrain-activities.js';
import type { RetrainPorts } from '../../activities/retrain-ports.js';
import { createTrainActivity } from '../../activities/train-model.js';
import type { Snapshot } from '../../domain/manifest.js';
import { parseSpec } from '../../domain/spec/parse-spec.js';
import type { ModelSpecInput } from '../../domain/spec/spec.js';
import { withDuck } from '../../engines/features/duck.js';
import { programsSchema } from '../../engines/training/command/index.js';
import { getArtifact } from '../../storage/objects/artifacts.js';
import { createLocalStore } from '../../storage/objects/local-store.js';
import { writeProgramModels } from '../support/program-models.js';
import { releasedSpec, retrainPorts } from '../support/released-model.js';

// The trainer `command` by the real steps of a retrain, with a program of the test's own: what it is given, and every way to go wrong.
const folder = mkdtempSync(join(tmpdir(), 'perennial-command-'));
const models = join(folder, 'models');
const runs = join(folder, 'runs.txt');
const program = resolve('test/support/trainer-program.mjs');
const own = { command: process.execPath, args: [program], env: { MODELS: models, RUNS: runs } };
const versioned = { ...own, version: '1.2.3' };
const commands = programsSchema.parse({
  own: versioned,
  asked: { ...own, versionArgs: [program, '--version'] },
  mute: { ...own, versionArgs: [program, '--version'], env: { ...own.env, VERSION_LINE: '' } },
  brief: { ...versioned, timeout: '500 milliseconds' },
  small: { ...versioned, memoryMb: 150 },
  absent: { ...versioned, command: '/nowhere/python' },
  homeless: { ...versioned, cwd: join(folder, 'gone') },
  trusted: { ...versioned, inherit: ['AWS_SECRET_ACCESS_KEY'] },
});
const asOf = '2026-02-20T00:00:00.000Z';
let ports: RetrainPorts;

/** The model that `params.model` names, for a spec of the released one's kind. */
type Params = Record<string, string | number>;
const spec = (name: string, params: Params, changes: Partial<ModelSpecInput> = {}): ModelSpecInput => ({
  ...releasedSpec,
  triggers: [],
  trainer: { kind: 'command', name, params, seed: 11 },
  ...changes,
});
const multiclass: Partial<ModelSpecInput> = {
  task: { kind: 'multiclass', label: 'kind', metric: 'log_loss', naive: { kind: 'majority' } },
  source: { ...releasedSpec.source, rows: 'kinds.parquet' },
};

type Input = Parameters<RetrainActivities['train']>[0];
/** By the file of the rows: the program changes nothing in them. */
const snapshots = new Map<string, Snapshot>();
let last = 0;

/** Runs an activity as a worker does. */
function inActivity<T>(work: () => Promise<T>, attempt = 1): Promise<T> {
  const environment = new MockActivityEnvironment({ attempt }, { logger: new DefaultLogger('ERROR') });
  return new Promise((done, failed) => {
    environment.run(async () => done(await work())).catch(failed);
  });
}

/** The training of a spec, up to the program. */
async function prepared(input: ModelSpecInput): Promise<Input> {
  const { digest: specDigest } = await ports.registry.putSpec(parseSpec(input));
  const scope = { model: releasedSpec.model, specDigest, asOf, runKey: `${releasedSpec.model}/${++last}` };
  const extract = createExtractActivities(ports);
  const { manifest: source } = await inActivity(() => extract.freezeSource(scope));
  const { rows } = input.source;
  const snapshot =
    snapshots.get(rows) ?? (await inActivity(() => extract.takeSnapshot({ ...scope, source })));
  snapshots.set(rows, snapshot);
  return { ...scope, snapshot, champion: null, staged: {} };
}

const train = (input: Input, attempt = 1): Promise<TrainedModel> =>
  inActivity(() => createTrainActivity(ports).train(input), attempt);
const trained = async (
  name: string,
  params: Params,
  changes?: Partial<ModelSpecInput>,
): Promise<TrainedModel> => train(await prepared(spec(name, params, changes)));

/** What is stored of a model. */
async function stored({ weights }: TrainedModel): Promise<unknown> {
  return JSON.parse(new TextDecoder().decode(await getArtifact(ports.store, weights)));
}

beforeAll(async () => {
  mkdirSync(models);
  writeProgramModels(models);
  ports = { ...(await retrainPorts(createLocalStore({ root: join(folder, 'store') }), folder)), commands };
  const data = join(folder, 'data');
  const kinds = `SELECT *, ['a', 'b', 'c'][1 + (row_number() OVER () % 3)] AS kind FROM '${data}/rows.parquet'`;
  await withDuck({ threads: 1, memoryLimit: '500MB', tempDirectory: folder }, (duck) =>
    duck.run(`COPY (${kinds}) TO '${data}/kinds.parquet' (FORMAT parquet)`),
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a program that trains', () => {
  it('gets the training and the validation block, the spec and a seed, and nothing of the worker’s secrets', async () => {
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'planted-secret');
    vi.stubEnv('PERENNIAL_PAYLOAD_KEYS', 'planted-secret');
    onTestFinished(() => void vi.unstubAllEnvs());
    const model = await trained('own', { do: 'report' });
    const text = readFileSync(join(models, 'report.json'), 'utf8');
    expect(text).not.toContain('planted-secret');
    const { env, request, files, cwd, folder: given, spec: read } = JSON.parse(text);
    expect(Object.keys(env).filter((name) => /PERENNIAL|AWS|TEMPORAL|NODE/.test(name))).toEqual([]);
    expect([env.HOME, cwd]).toEqual([given, given]);
    expect(request).toMatchObject({
      format: 'perennial-command/1',
      seed: 11,
      params: { do: 'report' },
      classes: null,
      inputs: [
        { name: 'weather', type: 'category' },
        { name: 'x', type: 'number' },
      ],
      output: { name: 'prediction', columns: 1 },
    });
    expect(request.rows).toMatchObject({ train: 672, validation: 120 });
    expect(read).toMatchObject({ model: 'bike-demand', trainer: { kind: 'command', name: 'own' } });
    expect(Object.keys(files)).toEqual(['train', 'validation']);
    expect(model).toMatchObject({ kind: 'command', seed: 11, program: { name: 'own', version: '1.2.3' } });
    await trained('trusted', { do: 'report' });
    expect(readFileSync(join(models, 'report.json'), 'utf8')).toContain('planted-secret');
    expect(readdirSync(ports.scratch).filter((name) => name.startsWith('command-'))).toEqual([]);
  });

  it.each(['good.onnx', 'single-precision.onnx', 'second-output.onnx'])('may write %s', async (model) => {
    const input = await prepared(spec('asked', { do: 'copy', model, metrics: '{"epochs": 7, "mae": 0.5}' }));
    const made = await train(input);
    expect(made).toMatchObject({ epochs: 7, program: { name: 'asked', version: 'trainer-program 1' } });
    expect(await stored(made)).toMatchObject({
      metrics: { mae: 0.5 },
      parity: { against: 'single-rows', rows: 32, flips: 0 },
    });
    const exporting = { ...input, trained: made };
    const exported = await inActivity(() => createExportActivity(ports).exportModel(exporting));
    expect(exported).toMatchObject({ classes: null, inputs: [{ name: 'weather' }, { name: 'x' }] });
    expect(exported.onnx.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('writes class shares in the order that it was told', async () => {
    const made = await trained('own', { do: 'copy', model: 'shares.onnx' }, multiclass);
    expect(await stored(made)).toMatchObject({ classes: ['a', 'b', 'c'] });
  });

  it('is compared with the scores that it gave itself', async () => {
    const off = JSON.stringify(Array.from({ length: 120 }, () => 0));
    const made = await trained('own', { do: 'copy', model: 'good.onnx', scores: off });
    const known = await stored(made);
    expect(known).toMatchObject({ parity: { against: 'program', rows: 120 } });
    const { maxDifference, tolerance } = (known as { parity: Record<string, number> }).parity;
    expect(maxDifference).toBeGreaterThan(tolerance ?? Infinity);
  });

  it('is not run again for a run that has its model', async () => {
    const input = await prepared(spec('own', { do: 'copy', model: 'good.onnx' }));
    const first = await train(input);
    const before = readFileSync(runs, 'utf8');
    expect(await train(input, 2)).toEqual(first);
    expect(readFileSync(runs, 'utf8')).toBe(before);
  });
});

describe('a program that goes wrong', () => {
  const wrong: [string, string, Params, RegExp][] = [
    [
      'ends with another exit code',
      'own',
      { do: 'exit', code: 3 },
      /^end of command 'own' is 'exit code 3'; expected exit code 0 .*last line first: ValueError: x is not what it was \| Traceback: line 1$/,
    ],
    ['takes too long', 'brief', { do: 'hang' }, /^end of command 'brief' is 'none after 500 milliseconds'/],
    ['writes no model', 'own', { do: 'nothing' }, /^model\.onnx of command 'own' is 'missing'.*left none/],
    ['writes an empty model', 'own', { do: 'empty' }, /^model\.onnx of command 'own' is 'empty'/],
    ['writes a link', 'own', { do: 'link' }, /^model\.onnx of command 'own' is 'no plain file'/],
    ['tells no version', 'mute', { do: 'nothing' }, /^version .* of command 'mute' is ''/],
    [
      'does not exist',
      'absent',
      { do: 'nothing' },
      /^program of command 'absent' is '\/nowhere\/python \(ENOENT\)'/,
    ],
    ['has no folder to run in', 'homeless', { do: 'nothing' }, /^program of command 'homeless' is .*ENOENT/],
    [
      'writes metrics that are none',
      'own',
      { do: 'copy', model: 'good.onnx', metrics: '{"mae": "low"}' },
      /^metrics\.json of command 'own' is 'mae: /,
    ],
    [
      'writes too few scores',
      'own',
      { do: 'copy', model: 'good.onnx', scores: '[1, 2]' },
      /number of scores of the validation rows of command 'own' is 2; expected 120/,
    ],
    ...(
      [
        ['no-model.onnx', /ONNX model of command 'own' is '17 bytes'; expected a whole ONNX file/],
        [
          'missing-input.onnx',
          /interface .* is 'x: float64 -> prediction'; expected weather: string, x: float64/,
        ],
        ['other-type.onnx', /interface .* is 'weather: float64, x: float64 -> prediction'/],
        ['other-output.onnx', /-> variable'; expected .* -> prediction/],
        ['two-columns.onnx', /output 'prediction' .* of shape \[120, 2\]'; expected .*\[120, 1\]/],
        ['not-finite.onnx', /score of row 32 of command 'own' is 'NaN'; expected finite scores, also where/],
        ['sees-others.onnx', /score of a row of command 'own' is 'off by .* scored alone'/],
      ] as const
    ).map(([model, message]): [string, string, Params, RegExp] => [
      `writes ${model}`,
      'own',
      { do: 'copy', model },
      new RegExp(`^model\\.onnx: .*${message.source}`),
    ]),
  ];
  it.each(wrong)('%s', async (_, name, params, message) => {
    await expect(trained(name, params)).rejects.toMatchObject({
      type: 'training-failed',
      message: expect.stringMatching(message),
    });
  });

  it('writes scores that are no shares', async () => {
    const training = trained('own', { do: 'copy', model: 'logits.onnx' }, multiclass);
    await expect(training).rejects.toThrow(/scores of a row .* expected shares from 0 to 1 that add up to 1/);
  });

  it('takes more memory than it may', async () => {
    await expect(trained('small', { do: 'memory' })).rejects.toMatchObject({
      type: 'out-of-memory',
      message: expect.stringContaining("memory of command 'small' is 'more than 150 MiB'"),
    });
  });

  it('is killed by somebody: tried again twice, then given up', async () => {
    const input = await prepared(spec('own', { do: 'kill' }));
    const killed = { type: 'program-signal', refusal: { retryable: true } };
    await expect(train(input)).rejects.toMatchObject(killed);
    await expect(train(input, 2)).rejects.toMatchObject(killed);
    await expect(train(input, 3)).rejects.toMatchObject({
      type: 'training-failed',
      message: expect.stringContaining('It was tried 3 times.'),
    });
  });

  it('asks to be run again with exit code 75', async () => {
    rmSync(runs);
    const input = await prepared(spec('own', { do: 'unlucky' }));
    for (const attempt of [1, 2]) {
      await expect(train(input, attempt)).rejects.toMatchObject({
        type: 'program-exit',
        refusal: { retryable: true },
      });
    }
    expect(await train(input, 3)).toMatchObject({ kind: 'command' });
  });
});

describe('a spec', () => {
  it('that names a command which this worker does not have ends before anything is read', async () => {
    await expect(prepared(spec('tensorflow', {}))).rejects.toMatchObject({
      type: 'training-failed',
      message: expect.stringMatching(/^trainer\.name is 'tensorflow'; expected .*: own, asked, mute/),
    });
  });

  it('needs no command for a model that is imported: nothing is trained', async () => {
    const { digest: specDigest } = await ports.registry.putSpec(parseSpec(spec('tensorflow', {})));
    const scope = { model: releasedSpec.model, specDigest, asOf, runKey: `${releasedSpec.model}/${++last}` };
    const { freezeSource } = createExtractActivities(ports);
    const frozen = await inActivity(() => freezeSource({ ...scope, imports: true }));
    expect(frozen.rows).toBeGreaterThan(0);
  });

  it('may ask for less time than the command has, and not for more', async () => {
    const trainer = { kind: 'command' as const, name: 'own', params: { do: 'hang' } };
    const brief = prepared(spec('own', {}, { trainer: { ...trainer, timeout: '400 milliseconds' } }));
    await expect(brief.then((input) => train(input))).rejects.toThrow(/'none after 400 milliseconds'/);
    const long = prepared(spec('own', {}, { trainer: { ...trainer, timeout: '2 hours' } }));
    await expect(long).rejects.toThrow(/^trainer\.timeout is '2 hours'; expected at most 1 hour/);
  });

  it('cannot stage a fault in a program', async () => {
    const input = await prepared(spec('own', { do: 'nothing' }));
    ports = { ...ports, staged: true };
    await expect(train({ ...input, staged: { shuffleLabels: true } })).rejects.toThrow(
      /no staged fault with/,
    );
  });
});
