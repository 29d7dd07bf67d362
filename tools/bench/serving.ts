import { execFile, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startChild } from '../../client/processes/child.js';
import type { VersionRef } from '../../domain/references.js';
import { createScorer, makeGolden } from '../../engines/inference/index.js';
import { exportOnnx } from '../../engines/inference/export-onnx.js';
import { modelInputs, type FittedModel } from '../../engines/training/fitted-model.js';
import { sampleManifest, scratchFolder } from '../../storage/fixtures.js';
import { putArtifact, putJsonArtifact } from '../../storage/objects/artifacts.js';
import { createLocalStore } from '../../storage/objects/local-store.js';
import type { ObjectStore } from '../../storage/objects/object-store.js';
import { createRegistry } from '../../storage/registry/registry.js';
import { createRandom } from '../../stats/random.js';
import type { LoadOrder, LoadResult } from './serving-load.js';

/** One figure of the bench: the median over rounds, with the least and the greatest. */
export interface ServingFigure {
  readonly variant: 'champion' | 'champion + shadow' | 'FastAPI';
  readonly connections: number;
  readonly requestsPerSecond: { readonly median: number; readonly min: number; readonly max: number };
  /** Median over rounds. @format milliseconds */
  readonly p99Ms: number;
}

/** What the serving bench found. */
export interface ServingBenchResult {
  readonly name: 'serving';
  readonly figures: readonly ServingFigure[];
  /** Requests that were not answered with 200, over all variants. */
  readonly errors: number;
  /** Champion's requests/s over the peer's, by connections; null without a peer. Target: at least 3. */
  readonly timesFastApi: Readonly<Record<string, number>> | null;
  /** Share of requests/s that the shadow costs, by connections. Target: at most 0.3. */
  readonly shadowCost: Readonly<Record<string, number>>;
}

/** How much is measured. */
export interface ServingBenchOptions {
  /** @default [1, 16, 64] */
  readonly connections?: readonly number[];
  /** Rounds in which the variants take turns. @default 3 */
  readonly rounds?: number;
  /** Of each measurement. @default 3 */
  readonly seconds?: number;
  /** A Python with fastapi, uvicorn, onnxruntime and numpy. @default PERENNIAL_PYTHON */
  readonly python?: string | undefined;
}

const NUMBERS = ['atemp', 'holiday', 'hum', 'temp', 'windspeed', 'workingday', 'lag1', 'lag7'];
const CATEGORIES = ['hr', 'mnth', 'season', 'weathersit', 'weekday'];
const MODEL = 'bench';

/**
 * Serves a 64-32 network of 8 numbers and 5 categories over HTTP with its log, as in production, and loads it from another process
 * with single rows: requests/s and p99 by connections, without and with a shadow, beside FastAPI + ONNX Runtime where a Python has them.
 */
export async function run(options: ServingBenchOptions = {}): Promise<ServingBenchResult> {
  const { connections = [1, 16, 64], rounds = 3, seconds = 3 } = options;
  const python = options.python ?? process.env['PERENNIAL_PYTHON'];
  const folder = scratchFolder();
  const store = createLocalStore({ root: join(folder.path, 'store') });
  const refs = [await register(store, 1), await register(store, 2)] as const;
  const serving = await startServer(folder.path, refs);
  const peer = python === undefined ? undefined : await startPeer(python, folder.path, network(1));
  try {
    const measured: Measured[] = [];
    for (let round = 0; round < rounds; round++) {
      for (const count of connections) {
        const one = async (variant: ServingFigure['variant'], url: string): Promise<void> => {
          measured.push({
            variant,
            connections: count,
            ...(await load({ url, connections: count, seconds, body: BODY })),
          });
        };
        await serving.shadow(false);
        await one('champion', serving.url);
        await serving.shadow(true);
        await one('champion + shadow', serving.url);
        if (peer !== undefined) await one('FastAPI', peer.url);
      }
    }
    return summarize(measured);
  } finally {
    await serving.stop();
    peer?.stop();
    folder.remove();
  }
}

type Measured = LoadResult & Pick<ServingFigure, 'variant' | 'connections'>;

function summarize(measured: readonly Measured[]): ServingBenchResult {
  const figures: ServingFigure[] = [];
  for (const { variant, connections } of measured) {
    if (figures.some((figure) => figure.variant === variant && figure.connections === connections)) continue;
    const own = measured.filter((one) => one.variant === variant && one.connections === connections);
    const rates = own.map((one) => one.requestsPerSecond).sort((a, b) => a - b);
    const requestsPerSecond = { median: median(rates), min: rates[0] ?? NaN, max: rates.at(-1) ?? NaN };
    figures.push({ variant, connections, requestsPerSecond, p99Ms: median(own.map((one) => one.p99Ms)) });
  }
  const rate = (variant: string, connections: number): number =>
    figures.find((figure) => figure.variant === variant && figure.connections === connections)
      ?.requestsPerSecond.median ?? NaN;
  const counts = [...new Set(figures.map((figure) => figure.connections))];
  const perCount = (value: (count: number) => number): Record<string, number> =>
    Object.fromEntries(counts.map((count) => [String(count), value(count)]));
  const hasPeer = figures.some((figure) => figure.variant === 'FastAPI');
  return {
    name: 'serving',
    figures,
    errors: measured.reduce((sum, { errors }) => sum + errors, 0),
    timesFastApi: hasPeer ? perCount((count) => rate('champion', count) / rate('FastAPI', count)) : null,
    shadowCost: perCount((count) => 1 - rate('champion + shadow', count) / rate('champion', count)),
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? NaN;
}

const BODY = JSON.stringify({
  inputs: [
    ...NUMBERS.map((name, i) => ({ name, shape: [1], datatype: 'FP64', data: [0.25 * i] })),
    ...CATEGORIES.map((name, i) => ({ name, shape: [1], datatype: 'BYTES', data: [String(i)] })),
  ],
});

/** A network with random weights: what it predicts does not matter here, what it costs does. */
function network(seed: number): FittedModel {
  const random = createRandom(seed);
  const levels = ['0', '1', '2', '3', '4', '5', '6'];
  const width = NUMBERS.length + CATEGORIES.length * (levels.length + 1);
  const layer = (from: number, to: number): FittedModel['layers'][number] => ({
    in: from,
    out: to,
    weights: Float32Array.from({ length: from * to }, () => random.next() - 0.5),
    bias: new Float32Array(to),
  });
  return {
    kind: 'mlp',
    task: 'regression',
    classes: null,
    labelScale: { mean: 100, sd: 50 },
    preprocessing: {
      inputs: [
        ...NUMBERS.map((name) => ({ name, type: 'number' as const, impute: 0, mean: 0, scale: 1 })),
        ...CATEGORIES.map((name) => ({ name, type: 'category' as const, levels })),
      ],
      width,
    },
    layers: [layer(width, 64), layer(64, 32), layer(32, 1)],
    epochs: 1,
    keptEpoch: 1,
    warm: false,
    loss: 0,
    validationLoss: null,
    backend: 'none',
  };
}

async function register(store: ObjectStore, seed: number): Promise<VersionRef> {
  const model = network(seed);
  const onnx = exportOnnx(model);
  const inputs = modelInputs(model);
  const scorer = await createScorer({ onnx, inputs, classes: null });
  const table = {
    rows: 1,
    numbers: Object.fromEntries(NUMBERS.map((name) => [name, Float64Array.of(1)])),
    categories: Object.fromEntries(CATEGORIES.map((name) => [name, ['1']])),
  };
  const golden = await makeGolden({ scorer, table, seed: 1 });
  await scorer.dispose();
  return createRegistry(store).register({
    ...sampleManifest(seed, MODEL),
    inputs,
    onnx: await putArtifact(store, onnx),
    golden: await putJsonArtifact(store, golden),
  });
}

interface Serving {
  readonly url: string;
  shadow(on: boolean): Promise<void>;
  stop(): Promise<void>;
}

async function startServer(folder: string, [one, two]: readonly [VersionRef, VersionRef]): Promise<Serving> {
  const child = await startChild({
    name: 'serving',
    entry: 'serving/main.ts',
    env: { PERENNIAL_STORE: join(folder, 'store'), PERENNIAL_SPOOL: join(folder, 'spool') },
    logFile: join(folder, 'serving.log'),
    readyEvent: 'listening',
  });
  const base = `${String(child.ready['url'])}/v2/models/${MODEL}`;
  let generation = 0;
  return {
    url: `${base}/infer`,
    stop: () => child.stop(),
    shadow: async (on) => {
      generation += 1;
      const challenger = on ? two : null;
      const aliases = { model: MODEL, generation, champion: one, challenger, previous: null, baking: false };
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(`${base}/pin`, { method: 'POST', headers, body: JSON.stringify(aliases) });
      if (!response.ok)
        throw new Error(`pin of the bench answered ${response.status}: ${await response.text()}`);
    },
  };
}

async function startPeer(
  python: string,
  folder: string,
  model: FittedModel,
): Promise<{ url: string; stop(): void }> {
  const onnx = join(folder, 'peer.onnx');
  writeFileSync(onnx, exportOnnx(model));
  const port = 20_000 + (process.pid % 20_000);
  const script = fileURLToPath(new URL('./serving-peer.py', import.meta.url));
  const child = spawn(python, [script, onnx, String(port)], { stdio: ['ignore', 'inherit', 'inherit'] });
  while (!(await answers(port))) {
    if (child.exitCode !== null)
      throw new Error(`${python} cannot run serving-peer.py; install fastapi, uvicorn, onnxruntime, numpy`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { url: `http://127.0.0.1:${port}/infer`, stop: () => void child.kill() };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (open: boolean): void => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}

/** Loads a server from a process of its own. */
async function load(order: LoadOrder): Promise<LoadResult> {
  const generator = fileURLToPath(new URL('./serving-load.ts', import.meta.url));
  const argv = ['--import', import.meta.resolve('tsx'), generator, JSON.stringify(order)];
  const { stdout } = await promisify(execFile)(process.execPath, argv);
  return JSON.parse(stdout) as LoadResult;
}
