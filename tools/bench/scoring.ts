import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Table } from '../../engines/features/table.js';
import { exportOnnx } from '../../engines/inference/export-onnx.js';
import { type Columns, sliceColumns } from '../../engines/inference/columns.js';
import { createScorer, type Scorer } from '../../engines/inference/scorer.js';
import { createWorkerScorer } from '../../engines/inference/score-in-worker.js';
import { modelInputs, type TrainingSpec } from '../../engines/training/fitted-model.js';
import { trainModel } from '../../engines/training/train.js';
import { createRandom } from '../../stats/random.js';
import { type BenchLine, paired, peerPython, type PythonPeer, startPeer } from './measurement.js';

interface Case {
  readonly name: string;
  readonly batch: number;
  readonly calls: number;
  /** Where the rows are scored. */
  readonly place: 'this thread' | 'a worker thread';
}

const ROWS = 65_536;
const NUMBERS = 8;
const CATEGORIES = 3;
const LEVELS = 14;
const CASES: readonly Case[] = [
  { name: 'one row', batch: 1, calls: 3000, place: 'this thread' },
  { name: 'batches of 64', batch: 64, calls: 600, place: 'this thread' },
  { name: 'batches of 8192', batch: 8192, calls: 12, place: 'this thread' },
  { name: 'bulk of 65,536', batch: ROWS, calls: 2, place: 'a worker thread' },
];

/**
 * Rows scored per second by a perceptron 64-32 with its preprocessing in the file: 8 raw numbers, 3 raw texts of 14 levels. The peer is Python's
 * onnxruntime with the same file and rows already in arrays, on one thread.
 */
export async function run(rounds = 5): Promise<BenchLine[]> {
  const python = peerPython();
  const peer = python === undefined ? null : startPeer(python, 'scoring-peer.py');
  const folder = await mkdtemp(join(tmpdir(), 'perennial-bench-'));
  try {
    const setting = await prepare(folder, peer, rounds);
    const lines: BenchLine[] = [];
    for (const each of CASES) lines.push(await measure(each, setting));
    return lines;
  } finally {
    peer?.close();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Setting {
  readonly peer: PythonPeer | null;
  readonly rounds: number;
  readonly model: string;
  readonly rows: string;
  readonly table: Table;
  readonly scorers: Readonly<Record<Case['place'], Scorer>>;
}

async function prepare(folder: string, peer: PythonPeer | null, rounds: number): Promise<Setting> {
  const table = sample(ROWS);
  const model = await trainModel({ spec: SPEC, train: sample(2000), validation: sample(0) });
  const onnx = exportOnnx(model);
  const source = { onnx, inputs: modelInputs(model), classes: model.classes };
  const files = { model: join(folder, 'model.onnx'), rows: join(folder, 'rows.json') };
  await writeFile(files.model, onnx);
  const numbers = Object.entries(table.numbers).map(([name, values]) => [name, Array.from(values)]);
  await writeFile(files.rows, JSON.stringify({ ...Object.fromEntries(numbers), ...table.categories }));
  const scorers = {
    'this thread': await createScorer(source),
    'a worker thread': createWorkerScorer(source),
  };
  return { peer, rounds, ...files, table, scorers };
}

async function measure(each: Case, setting: Setting): Promise<BenchLine> {
  const { batch, calls, place } = each;
  const { peer, rounds, model, rows, table } = setting;
  const columns: Columns = sliceColumns(table, 0, batch);
  const sums = { ours: NaN, peer: NaN };
  const ours = async (): Promise<number> => {
    const start = performance.now();
    for (let i = 1; i < calls; i++) await setting.scorers[place].score(columns);
    const { predictions } = await setting.scorers[place].score(columns);
    const seconds = (performance.now() - start) / 1000;
    sums.ours = predictions.reduce<number>((sum, value) => sum + Number(value), 0);
    return (batch * calls) / seconds;
  };
  const theirs = async (python: PythonPeer): Promise<number> => {
    const answer = await python.ask({ model, rows, batch, calls });
    sums.peer = Number(answer['sum']);
    return (batch * calls) / Number(answer['seconds']);
  };
  const figures = await paired(rounds, ours, peer && (() => theirs(peer)));
  const difference = Math.abs(sums.ours - sums.peer) / Math.abs(sums.peer);
  return {
    name: `scoring, mlp 64-32, ${each.name}, in ${place}`,
    unit: 'rows/s',
    ours: figures.ours,
    peer: figures.peer && { name: 'onnxruntime (Python)', figure: figures.peer },
    ratio: figures.ratio,
    target: null,
    note: peer === null ? '' : `sums of predictions differ by ${difference.toExponential(1)} (relative)`,
  };
}

const number = { type: 'number', from: 'request', maxMissing: 0 } as const;
const category = { type: 'category', from: 'request', maxMissing: 0, maxUnknown: 0 } as const;
const numberNames = Array.from({ length: NUMBERS }, (_, i) => `x${i}`);
const categoryNames = Array.from({ length: CATEGORIES }, (_, i) => `c${i}`);

const SPEC: TrainingSpec = {
  task: { kind: 'regression', label: 'y', metric: 'mae', naive: { kind: 'mean' } },
  features: {
    ...Object.fromEntries(numberNames.map((name) => [name, number])),
    ...Object.fromEntries(categoryNames.map((name) => [name, category])),
  },
  trainer: {
    kind: 'mlp',
    hidden: [64, 32],
    epochs: 3,
    batchSize: 64,
    learningRate: 0.002,
    optimizer: 'adam',
    l2: 0,
    patience: 0,
    classWeights: 'none',
    seed: 1,
    start: 'cold',
  },
};

function sample(rows: number): Table {
  const random = createRandom(rows);
  const numbers = numberNames.map(
    (name) => [name, Float64Array.from({ length: rows }, () => random.normal())] as const,
  );
  const categories = categoryNames.map(
    (name) => [name, Array.from({ length: rows }, () => `level ${random.int(LEVELS)}`)] as const,
  );
  const label = Float64Array.from({ length: rows }, () => 100 + 10 * random.normal());
  return {
    rows,
    keys: [],
    eventTimes: new Float64Array(),
    numbers: Object.fromEntries(numbers),
    categories: Object.fromEntries(categories),
    label,
  };
}
