import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { progressLine } from '../../client/cli/progress-line.js';
import { createShutdown, type Shutdown } from '../../client/processes/shutdown.js';
import { startStack, type Stack } from '../../client/processes/stack.js';
import { Perennial } from '../../client/sdk/perennial.js';
import { runProgress } from '../../client/sdk/run-progress.js';
import { readSpecFile } from '../../client/spec-file.js';
import { parseSpec } from '../../domain/spec/parse-spec.js';
import type { ModelSpecInput } from '../../domain/spec/spec.js';
import { withDuck } from '../../engines/features/duck.js';
import { writeProgramModels } from '../support/program-models.js';
import { sharedServer, uniqueName } from '../support/temporal.js';

// Trainers of a team's own on a real server, worker and serving replica: from `apply` to a promoted version, by a plug-in with everything
// that one can bring, by a program of the test's own and, where PERENNIAL_PYTHON names a Python that has them, by scikit-learn and LightGBM.
const python = process.env['PERENNIAL_PYTHON'] ?? '';
const state = mkdtempSync(join(tmpdir(), 'perennial-command-'));
const models = join(state, 'models');
const data = join(state, 'data');
const taskQueue = uniqueName('command');
let shutdown: Shutdown;
let stack: Stack;
let perennial: Perennial;

const program = resolve('test/support/trainer-program.mjs');
const pythonTrainer = (name: string) => {
  const script = resolve('examples/trainers', name, 'train.py');
  return { command: python, args: [script], versionArgs: [script, '--version'] };
};
const commands = {
  own: { command: process.execPath, args: [program], env: { MODELS: models }, version: '1' },
  ...(python === ''
    ? {}
    : { 'scikit-learn': pythonTrainer('scikit-learn'), lightgbm: pythonTrainer('lightgbm') }),
};

beforeAll(async () => {
  for (const folder of [models, data]) mkdirSync(folder);
  writeProgramModels(models);
  const bikes = resolve('examples/bike-sharing/bike-sharing.parquet');
  await withDuck({ threads: 1, memoryLimit: '500MB', tempDirectory: state }, async (duck) => {
    await duck.run(`COPY (SELECT TIMESTAMP '2024-01-01' + INTERVAL (range) HOUR AS at, sin(range / 24) AS x,
      ['dry', 'wet'][1 + range % 2] AS weather, 2 * sin(range / 24) + hash(range) % 100 / 1000.0 AS y
      FROM range(2400)) TO '${join(data, 'own.parquet')}' (FORMAT parquet)`);
    await duck.run(
      `COPY (SELECT * FROM '${bikes}' WHERE event_time < '2012-09-01') TO '${join(data, 'bikes.parquet')}' (FORMAT parquet)`,
    );
  });
  // One slot stays free beside the program that never ends.
  process.env['PERENNIAL_COMPUTE_SLOTS'] = '2';
  shutdown = createShutdown();
  const { address, namespace } = sharedServer();
  stack = await startStack({
    ...{ state, dataRoots: [data], approvers: { 'ml-leads': ['ada'] }, clock: 'wall', staged: false },
    ...{ temporal: { address, namespace }, taskQueue, shutdown, progress: () => undefined },
    commands: JSON.stringify(commands),
    plugins: resolve('examples/plugins/ours.ts'),
  });
  perennial = Perennial.open({ state, by: 'ada' });
  shutdown.add(() => perennial.close());
});
afterAll(async () => {
  await shutdown.run();
  shutdown.release();
  rmSync(state, { recursive: true, force: true });
});

const ownSpec = (name: string, params: Record<string, string | number>): ModelSpecInput => ({
  model: `${taskQueue}-${name}`,
  task: { kind: 'regression', label: 'y', metric: 'mae', naive: { kind: 'mean' } },
  source: { rows: 'own.parquet', eventTime: 'at' },
  features: { x: { type: 'number' }, weather: { type: 'category' } },
  window: { kind: 'fixed', length: '90 days', validation: '10 days', holdout: '10 days' },
  trainer: { kind: 'command', name: 'own', params, seed: 3 },
  rollout: { approval: { from: ['ml-leads'] } },
});

/** Waits for something that comes about, two and a half minutes at most. */
async function until<T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const deadline = Date.now() + 150_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`never: ${what}`);
    await sleep(50);
  }
}

/** The candidate of a model's first retrain waits for a person; throws with the reason when there is none. */
const candidate = (model: string): Promise<number> =>
  until('a candidate that waits', async () => {
    const { openRollout } = await perennial.state(model);
    if (openRollout?.waitingFor === 'person') return openRollout.version.version;
    const ended = (await perennial.ledger(model)).find(({ kind }) => kind === 'retrain-ended');
    if (ended !== undefined && ended.version === null) throw new Error(ended.why);
    return undefined;
  });

const trainingOf = async (model: string) =>
  (await runProgress(perennial, `retrain/${model}/1`)).find(({ step }) => step === 'train');

const pidsSchema = z.array(z.number().int());
const pidsFile = join(models, 'pids.json');
/** The program and its child that run now. */
const pids = () =>
  until('a program that runs', () =>
    existsSync(pidsFile) ? pidsSchema.safeParse(parsed(readFileSync(pidsFile, 'utf8'))).data : undefined,
  );
function parsed(text: string): unknown {
  return text === '' ? undefined : JSON.parse(text);
}
const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0] !== 'Z';
  } catch {
    return false;
  }
};
const gone = (all: readonly number[]) =>
  until(`an end of ${all.join(', ')}`, () => (all.some(isRunning) ? undefined : true));

describe('a program of the team', () => {
  const endless = ownSpec('endless', { do: 'hang' });

  it('tells how far it is, and dies with its worker', async () => {
    await perennial.apply(endless);
    const running = await pids();
    const seen = await until('progress', async () => {
      const training = await trainingOf(endless.model);
      return JSON.stringify(training?.details ?? null).includes('epoch') ? training : undefined;
    });
    const details = { phase: 'train', command: 'own', epochs: 1_000_000 };
    expect(seen).toMatchObject({ attempt: 1, details });
    expect(progressLine([seen])).toMatch(/^train: epoch \d+ of 1000000$/);
    expect(running.map(isRunning)).toEqual([true, true]);
    rmSync(pidsFile);
    await stack.worker().kill9();
    await gone(running);
    await stack.startWorkerAgain();
  });

  it('ends in a version that a person approves and serving serves', async () => {
    const spec = ownSpec('good', { do: 'copy', model: 'good.onnx', metrics: '{"epochs": 12}' });
    await perennial.apply(spec);
    expect(await candidate(spec.model)).toBe(1);
    expect(await perennial.approve(spec.model)).toMatchObject({ outcome: 'promoted', version: 1 });
    const { manifest } = await perennial.manifest(spec.model, 1);
    expect(manifest.trainer).toMatchObject({
      ...{ kind: 'command', seed: 3, epochs: 12, program: { name: 'own', version: '1' } },
    });
    const answer = await perennial.predict(spec.model, [
      { x: 0.25, weather: 'wet' },
      { x: -1, weather: 'hail' },
    ]);
    expect(answer).toMatchObject({ from: 'serving', version: 1, predictions: [0.5, -2] });
  });

  it('that fails ends the retrain with the end of its standard error', async () => {
    const spec = ownSpec('failing', { do: 'exit', code: 9 });
    await perennial.apply(spec);
    await expect(candidate(spec.model)).rejects.toThrow(
      /^training-failed: .*'exit code 9'.*ValueError: x is not/,
    );
  });

  it('begins again when its worker died, and ends when its retrain is cancelled', async () => {
    const running = await pids();
    expect(await trainingOf(endless.model)).toMatchObject({ attempt: 2 });
    const { client } = await perennial.temporal();
    await client.workflow.getHandle(`retrain/${endless.model}/1`).cancel();
    await gone(running);
    const report = await perennial.retrainReport(`retrain/${endless.model}/1`);
    expect(report).toMatchObject({ outcome: 'no-candidate', reason: 'cancelled' });
  });
});

describe('a plug-in of the team', () => {
  const judge = (change: Partial<ModelSpecInput> = {}): ModelSpecInput => ({
    ...ownSpec('plugin', {}),
    task: { kind: 'regression', label: 'y', metric: 'plugin:ours/shortfall', naive: { kind: 'mean' } },
    trainer: { kind: 'plugin', name: 'ours/ridge', options: { penalty: 0.5 } },
    gates: [
      { kind: 'plugin', name: 'ours/worst-hour', options: { atMost: 1 } },
      { kind: 'minimum-rows', holdout: 24 },
    ],
    triggers: [{ kind: 'plugin', name: 'ours/bias', options: { above: 1 }, over: '4 days' }],
    ...change,
  });
  const { model } = judge();

  it('that is not loaded, or does not take its options, is refused by apply', async () => {
    const absent = judge({ gates: [{ kind: 'plugin', name: 'theirs/strict' }] });
    expect(await perennial.apply(absent)).toMatchObject({
      outcome: 'refused',
      because: expect.stringMatching(
        /^gates\.0 is 'theirs\/strict'; expected a gate of a plug-in that this worker has loaded: ours\/worst-hour\./,
      ),
    });
    const typo = judge({ trainer: { kind: 'plugin', name: 'ours/ridge', options: { penality: 1 } } });
    expect(await perennial.apply(typo)).toMatchObject({
      outcome: 'refused',
      because: expect.stringMatching(/^options of 'ours\/ridge'; .*Unrecognized key: "penality"/),
    });
  });

  it('trains, measures and judges a version that a person approves, and is named by its code in it', async () => {
    expect(await perennial.apply(judge())).toMatchObject({ outcome: 'applied' });
    expect(await candidate(model)).toBe(1);
    expect(await perennial.approve(model)).toMatchObject({ outcome: 'promoted', version: 1 });
    const { trainer, evaluation } = (await perennial.manifest(model, 1)).manifest;
    const code = { version: '1.0.0', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) };
    const ridge = { ...code, name: 'ours/ridge' };
    expect(trainer).toMatchObject({ kind: 'plugin', program: { name: 'ours/ridge', plugin: ridge } });
    expect(evaluation).toMatchObject({ measuredBy: { ...code, name: 'ours/shortfall' } });
    expect(evaluation.againstNaive?.upper).toBeLessThan(0);
    const ended = (await perennial.ledger(model)).find(({ kind }) => kind === 'retrain-ended');
    expect(ended?.verdicts?.[1]).toMatchObject({
      ...{ gate: 'plugin ours/worst-hour', outcome: 'pass', plugin: { ...code, name: 'ours/worst-hour' } },
      because: expect.stringMatching(/^off by 0\.\d at the worst hour, allowed 1$/),
    });
    expect(Object.keys(ended?.evidence?.summary ?? {})).toEqual(
      expect.arrayContaining(['code of ours/ridge', 'code of ours/shortfall', 'code of ours/worst-hour']),
    );
  });

  it('fires, and the retrain that follows tells which code asked for it', async () => {
    const end = Date.UTC(2024, 3, 9, 23);
    const rows = Array.from({ length: 60 }, (_, hour) => {
      const at = new Date(end - hour * 3_600_000).toISOString();
      // What is sent is not what the source holds: the model is off by far.
      return { x: 5, weather: 'dry', event_time: at };
    });
    await perennial.predict(model, rows);
    const report = await until('logged rows', async () => {
      const seen = await perennial.check(model, {
        asOf: new Date(end + 25 * 3_600_000 + ask++).toISOString(),
      });
      return seen.triggers[0]?.because.includes('needs') === true ? undefined : seen;
    });
    expect(report.triggers).toEqual([
      expect.objectContaining({ kind: 'plugin', name: 'ours/bias', outcome: 'fired', action: 'retrain' }),
    ]);
    const asked = await until('a request', async () =>
      (await perennial.ledger(model)).find(
        ({ kind, why }) => kind === 'retrain-requested' && /bias/.test(why),
      ),
    );
    expect(asked.why).toMatch(/^plugin: ours\/bias: off by -\d+\.\d+ on average over \d+ rows, limit 1/);
    expect(asked.evidence?.summary).toMatchObject({
      'code of ours/bias': expect.stringMatching(/^1\.0\.0, sha256 /),
    });
  });
  let ask = 0;
});

describe.runIf(python !== '')('a Python trainer', () => {
  it.each(['scikit-learn', 'lightgbm'])('%s ends in a promoted version of the bikes', async (name) => {
    const bikes = parseSpec(await readSpecFile('examples/bike-demand/model.ts'));
    const model = `${taskQueue}-${name}`;
    await perennial.apply({
      ...bikes,
      ...{ model, source: { ...bikes.source, rows: 'bikes.parquet' } },
      trainer: { kind: 'command', name, seed: 7 },
    });
    expect(await candidate(model)).toBe(1);
    expect(await perennial.approve(model)).toMatchObject({ outcome: 'promoted', version: 1 });
    const { manifest } = await perennial.manifest(model, 1);
    const script = resolve('examples/trainers', name, 'train.py');
    const version = execFileSync(python, [script, '--version'], { encoding: 'utf8' }).trim();
    expect(manifest.trainer.program).toEqual({ name, version });
    const { candidate: error, naive } = manifest.evaluation;
    expect(Number(error['mae'])).toBeLessThan(Number(naive['mae']));
    expect(manifest.parity.rows).toBe(manifest.snapshot.validation.rows);
    const row = { hr: '8', weekday: '1', workingday: '1', weathersit: '1', temp: 0.7, atemp: 0.6, hum: 0.5 };
    const answer = await perennial.predict(model, [{ ...row, windspeed: 0.1 }]);
    expect(answer).toMatchObject({ from: 'serving', version: 1 });
    expect(Number(answer.predictions[0])).toBeGreaterThan(100);
  });
});
