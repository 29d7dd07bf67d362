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
import { modelInputs, type NetworkModel } from '../../engines/training/fitted-model.js';
import { sampleManifest } from '../../storage/fixtures.js';
import { putArtifact, putJsonArtifact } from '../../storage/objects/artifacts.js';
import { createLocalStore } from '../../storage/objects/local-store.js';
import type { ObjectStore } from '../../storage/objects/object-store.js';
import { createRegistry } from '../../storage/registry/registry.js';
import { createRandom } from '../../stats/random.js';
import type { LoadOrder, LoadResult } from './serving-load.js';

const NUMBERS = ['atemp', 'holiday', 'hum', 'temp', 'windspeed', 'workingday', 'lag1', 'lag7'];
const CATEGORIES = ['hr', 'mnth', 'season', 'weathersit', 'weekday'];
const MODEL = 'bench';

/** One row of 8 numbers and 5 categories. */
export const BODY = JSON.stringify({
  inputs: [
    ...NUMBERS.map((name, i) => ({ name, shape: [1], datatype: 'FP64', data: [0.25 * i] })),
    ...CATEGORIES.map((name, i) => ({ name, shape: [1], datatype: 'BYTES', data: [String(i)] })),
  ],
});

/** A network with random weights: what it predicts does not matter here, what it costs does. */
function network(seed: number): NetworkModel {
  const random = createRandom(seed);
  const levels = ['0', '1', '2', '3', '4', '5', '6'];
  const width = NUMBERS.length + CATEGORIES.length * (levels.length + 1);
  const layer = (from: number, to: number): NetworkModel['layers'][number] => ({
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

/** A serving process with a champion and, on demand, a shadow. */
export interface Serving {
  readonly url: string;
  shadow(on: boolean): Promise<void>;
  stop(): Promise<void>;
}

/** Registers two versions in a store below the folder and serves the first. */
export async function startServer(folder: string): Promise<Serving> {
  const store = createLocalStore({ root: join(folder, 'store') });
  const [one, two] = [await register(store, 1), await register(store, 2)];
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

/** Starts FastAPI with the same model. */
export async function startFastApi(python: string, folder: string): Promise<{ url: string; stop(): void }> {
  const onnx = join(folder, 'peer.onnx');
  writeFileSync(onnx, exportOnnx(network(1)));
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
export async function load(order: LoadOrder): Promise<LoadResult> {
  const generator = fileURLToPath(new URL('./serving-load.ts', import.meta.url));
  const argv = ['--import', import.meta.resolve('tsx'), generator, JSON.stringify(order)];
  const { stdout } = await promisify(execFile)(process.execPath, argv);
  return JSON.parse(stdout) as LoadResult;
}
