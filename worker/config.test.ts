import { describe, expect, it } from 'vitest';
import { PerennialError } from '../domain/errors.js';
import { readWorkerConfig, workerEnvironmentSchema } from './config.js';
import { limitsOf } from './limits.js';

const good = { PERENNIAL_STORE: '/s', PERENNIAL_DATA_ROOTS: '/a:/b', PERENNIAL_STATE: '/t' };

function refusal(env: NodeJS.ProcessEnv): string {
  try {
    readWorkerConfig(env);
  } catch (error) {
    if (error instanceof PerennialError) return error.message;
    throw error;
  }
  throw new Error('it was not refused');
}

describe('the worker’s environment', () => {
  it('fills in what is left out', () => {
    expect(readWorkerConfig(good)).toEqual({
      store: '/s',
      dataRoots: ['/a', '/b'],
      state: '/t',
      servingUrls: [],
      servingToken: undefined,
      approvers: {},
      commands: {},
      webhooks: [],
      webUi: undefined,
      plugins: [],
      taskQueue: 'perennial',
      clock: 'wall',
      staged: false,
      computeSlots: 1,
      deployment: undefined,
      metrics: undefined,
      duck: {
        threads: 2,
        memoryLimit: expect.stringMatching(/^\d+MiB$/),
        spillFolder: undefined,
        spillLimit: undefined,
      },
      threads: { memoryMb: expect.any(Number), training: undefined, scoring: 1 },
      shutdownMs: 3000,
    });
  });

  it('takes buckets for data roots, beside folders', () => {
    const { dataRoots } = readWorkerConfig({ ...good, PERENNIAL_DATA_ROOTS: 's3://a/b:/data:s3://c' });
    expect(dataRoots).toEqual(['s3://a/b', '/data', 's3://c']);
  });

  it('takes the modules of plug-ins by their absolute paths', () => {
    const of = (files: string) => readWorkerConfig({ ...good, PERENNIAL_PLUGINS: files }).plugins;
    expect(of('/srv/ours.ts:/srv/more.mjs')).toEqual(['/srv/ours.ts', '/srv/more.mjs']);
    expect(() => of('ours.ts')).toThrow(
      /PERENNIAL_PLUGINS: absolute paths of TypeScript or JavaScript modules/,
    );
  });

  it('takes programs by the name that specs give them', () => {
    const lightgbm = { command: '/opt/venv/bin/python', args: ['train.py'], version: '1' };
    const of = (commands: unknown) =>
      readWorkerConfig({ ...good, PERENNIAL_COMMANDS: JSON.stringify(commands) }).commands;
    expect(of({ lightgbm })).toMatchObject({ lightgbm: { ...lightgbm, timeout: '1 hour', env: {} } });
    expect(() => of({ lightgbm: { ...lightgbm, command: 'bin/python' } })).toThrow(
      /PERENNIAL_COMMANDS: lightgbm\.command: an absolute path, or a name that is found in PATH; expected JSON/,
    );
    expect(of({ lightgbm: { ...lightgbm, timeout: '23 hours' } })).toMatchObject({
      lightgbm: { timeout: '23 hours' },
    });
    expect(() => of({ lightgbm: { ...lightgbm, timeout: '1 day' } })).toThrow(
      /PERENNIAL_COMMANDS: lightgbm\.timeout: a duration of at most 23 hours; expected JSON/,
    );
    expect(() => of({ lightgbm: { command: 'python3' } })).toThrow(/either 'version' or 'versionArgs'/);
    expect(() => of({ 'Light GBM': lightgbm })).toThrow(/PERENNIAL_COMMANDS: /);
    expect(() => of('lightgbm')).toThrow(/expected JSON such as \{"lightgbm"/);
  });

  it('names the build, in a deployment that is named as the task queue', () => {
    const build = { ...good, PERENNIAL_BUILD_ID: '1.4.2' };
    expect(readWorkerConfig(build).deployment).toEqual({ name: 'perennial', build: '1.4.2' });
    expect(readWorkerConfig({ ...build, PERENNIAL_DEPLOYMENT: 'trainer' }).deployment?.name).toBe('trainer');
  });

  it('tells metrics on loopback, or elsewhere to whoever has the token', () => {
    const at = (env: NodeJS.ProcessEnv) => readWorkerConfig({ ...good, ...env }).metrics;
    expect(at({ PERENNIAL_METRICS: '[::1]:0' })).toEqual({ host: '::1', port: 0, refreshMs: 15_000 });
    const token = 'a-secret-that-nobody-guesses';
    expect(at({ PERENNIAL_METRICS: '0.0.0.0:9464', PERENNIAL_METRICS_TOKEN: token })).toMatchObject({
      ...{ host: '0.0.0.0', port: 9464, token },
    });
  });

  it('names every variable that is missing', () => {
    const words = refusal({});
    for (const name of Object.keys(good)) expect(words).toContain(name);
  });

  it.each([
    ['PERENNIAL_APPROVERS', '["ada"]', 'JSON such as {"ml-leads":["ada","grace"]}'],
    ['PERENNIAL_APPROVERS', '{"ml-leads":"ada"}', 'JSON such as'],
    ['PERENNIAL_APPROVERS', '{', 'JSON such as'],
    ['PERENNIAL_SERVING_URLS', 'not an address', 'addresses such as http://127.0.0.1:8080'],
    ['PERENNIAL_CLOCK', 'sundial', 'PERENNIAL_CLOCK'],
    ['PERENNIAL_STAGED', 'yes', 'PERENNIAL_STAGED'],
    ['PERENNIAL_COMPUTE_SLOTS', '0', 'PERENNIAL_COMPUTE_SLOTS'],
    ['PERENNIAL_COMPUTE_SLOTS', 'many', 'PERENNIAL_COMPUTE_SLOTS'],
    ['PERENNIAL_DUCKDB_MEMORY', '2', 'PERENNIAL_DUCKDB_MEMORY: a size such as 500MB or 2GiB'],
    ['PERENNIAL_SPILL_LIMIT', 'all', 'PERENNIAL_SPILL_LIMIT: a size such as 500MB or 2GiB'],
    ['PERENNIAL_DUCKDB_THREADS', '0', 'PERENNIAL_DUCKDB_THREADS'],
    ['PERENNIAL_TRAINING_THREADS', '65', 'PERENNIAL_TRAINING_THREADS'],
    ['PERENNIAL_ONNX_THREADS', '1.5', 'PERENNIAL_ONNX_THREADS'],
    ['PERENNIAL_THREAD_MEMORY_MB', '16', 'PERENNIAL_THREAD_MEMORY_MB'],
    ['PERENNIAL_SHUTDOWN_MS', '-1', 'PERENNIAL_SHUTDOWN_MS'],
    ['PERENNIAL_BUILD_ID', 'build 2', 'PERENNIAL_BUILD_ID: up to 100 letters, digits'],
    ['PERENNIAL_DEPLOYMENT', 'a:b', 'PERENNIAL_DEPLOYMENT: up to 100 letters, digits'],
    ['PERENNIAL_DEPLOYMENT', 'trainer', 'PERENNIAL_BUILD_ID'],
    ['PERENNIAL_METRICS', '9464', 'an address such as 127.0.0.1:9464'],
    ['PERENNIAL_METRICS', '127.0.0.1:94640', 'a port of 0 to 65535'],
    [
      'PERENNIAL_METRICS',
      '0.0.0.0:9464',
      'Set PERENNIAL_METRICS_TOKEN to a secret of at least 16 characters',
    ],
    ['PERENNIAL_METRICS_TOKEN', 'short', 'a secret of at least 16 characters'],
    ['PERENNIAL_METRICS_REFRESH_MS', '1', 'PERENNIAL_METRICS_REFRESH_MS'],
    ['PERENNIAL_STORE', '', 'PERENNIAL_STORE'],
    ['PERENNIAL_DATA_ROOTS', ':', 'at least one folder or s3://bucket/prefix'],
  ])('refuses %s=%s', (name, value, words) => {
    expect(refusal({ ...good, [name]: value })).toContain(words);
  });

  it('never shows a secret', () => {
    expect(refusal({ PERENNIAL_SERVING_TOKEN: 'hunter2' })).not.toContain('hunter2');
  });
});

describe('the limits of a worker', () => {
  const limits = (env: Record<string, string>, mib: number) => {
    const data = workerEnvironmentSchema.parse({ ...good, ...env });
    return limitsOf(data, mib * 2 ** 20);
  };

  it('fit the memory that it may use: a quarter for a query and for a thread, up to 2 and 4 GiB', () => {
    expect(limits({}, 1024)).toMatchObject({ duck: { memoryLimit: '256MiB' }, threads: { memoryMb: 256 } });
    expect(limits({}, 65_536)).toMatchObject({
      duck: { memoryLimit: '2048MiB' },
      threads: { memoryMb: 4096 },
    });
  });

  it('are what the environment says, where it does', () => {
    const env = {
      PERENNIAL_DUCKDB_MEMORY: '8GB',
      PERENNIAL_DUCKDB_THREADS: '4',
      PERENNIAL_SPILL_FOLDER: '/fast',
      PERENNIAL_SPILL_LIMIT: '50 GiB',
      PERENNIAL_THREAD_MEMORY_MB: '9000',
      PERENNIAL_TRAINING_THREADS: '2',
      PERENNIAL_ONNX_THREADS: '3',
      PERENNIAL_SHUTDOWN_MS: '0',
    };
    expect(limits(env, 1024)).toEqual({
      duck: { memoryLimit: '8GB', threads: 4, spillFolder: '/fast', spillLimit: '50 GiB' },
      threads: { memoryMb: 9000, training: 2, scoring: 3 },
      shutdownMs: 0,
    });
  });
});
