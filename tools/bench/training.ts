import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Table } from '../../engines/features/table.js';
import { trainModel, type TrainRequest } from '../../engines/training/train.js';
import { createRandom } from '../../stats/random.js';
import { type BenchLine, paired, peerPython, type PythonPeer, startPeer } from './measurement.js';

interface Case {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  readonly batch: number;
  readonly epochs: number;
  readonly target: number | null;
}

const HIDDEN = [64, 32];
const RATE = 0.002;
const CASES: readonly Case[] = [
  { name: 'batches of 256', rows: 50_000, columns: 20, batch: 256, epochs: 4, target: 0.35 },
  { name: 'batches of 1024', rows: 50_000, columns: 20, batch: 1024, epochs: 4, target: 0.35 },
  {
    name: 'a small window: 2,000 × 60, batches of 64',
    rows: 2000,
    columns: 60,
    batch: 64,
    epochs: 100,
    target: null,
  },
];

/**
 * Training rows per second of a perceptron 64-32, end to end: the rows go to a worker thread, are scaled and trained on, and the model comes back.
 * The peer is scikit-learn's `fit` with the same sizes, optimizer, batches and epochs, on one thread, from a ready float32 matrix.
 */
export async function run(rounds = 5): Promise<BenchLine[]> {
  const python = peerPython();
  const peer = python === undefined ? null : startPeer(python, 'training-peer.py');
  const folder = await mkdtemp(join(tmpdir(), 'perennial-bench-'));
  const lines: BenchLine[] = [];
  try {
    for (const each of CASES) lines.push(await measure(each, { peer, folder, rounds }));
  } finally {
    peer?.close();
    await rm(folder, { recursive: true, force: true });
  }
  return lines;
}

interface Setting {
  readonly peer: PythonPeer | null;
  readonly folder: string;
  readonly rounds: number;
}

async function measure(each: Case, { peer, folder, rounds }: Setting): Promise<BenchLine> {
  const { matrix, labels } = sample(each);
  const file = join(folder, `${each.rows}x${each.columns}`);
  await writeFile(file, Buffer.concat([Buffer.from(matrix.buffer), Buffer.from(labels.buffer)]));
  const request = requestOf(each, matrix, labels);
  const seen = { ours: NaN, peer: NaN };
  const ours = async (): Promise<number> => {
    const start = performance.now();
    seen.ours = (await trainModel(request)).loss ?? NaN;
    return (each.rows * each.epochs) / ((performance.now() - start) / 1000);
  };
  const { rows, columns, batch, epochs } = each;
  const theirs = async (python: PythonPeer): Promise<number> => {
    const answer = await python.ask({ file, rows, columns, hidden: HIDDEN, batch, epochs, rate: RATE });
    seen.peer = Number(answer['loss']);
    return (rows * epochs) / Number(answer['seconds']);
  };
  const figures = await paired(rounds, ours, peer && (() => theirs(peer)));
  const losses = [seen.ours, ...(peer ? [seen.peer] : [])].map((loss) => loss.toFixed(4));
  return {
    name: `training, mlp 64-32, ${each.name}`,
    unit: 'rows/s',
    ours: figures.ours,
    peer: figures.peer && { name: 'scikit-learn MLPClassifier', figure: figures.peer },
    ratio: figures.ratio,
    target: each.target,
    note: `training loss after ${epochs} epochs: ${losses.join(' and ')}`,
  };
}

function sample({ rows, columns }: Case): { matrix: Float32Array; labels: Float32Array } {
  const random = createRandom(1);
  const matrix = Float32Array.from({ length: rows * columns }, () => random.normal());
  const labels = new Float32Array(rows);
  for (let i = 0; i < rows; i++) {
    const [a = 0, b = 0, c = 0] = matrix.subarray(i * columns, i * columns + 3);
    labels[i] = a * b + Math.sin(2 * c) + 0.3 * random.normal() > 0 ? 1 : 0;
  }
  return { matrix, labels };
}

function requestOf(
  { rows, columns, batch, epochs }: Case,
  matrix: Float32Array,
  labels: Float32Array,
): TrainRequest {
  const names = Array.from({ length: columns }, (_, j) => `x${j}`);
  const column = (j: number): Float64Array =>
    Float64Array.from({ length: rows }, (_, i) => matrix[i * columns + j] ?? 0);
  const train: Table = {
    rows,
    keys: [],
    eventTimes: new Float64Array(),
    numbers: Object.fromEntries(names.map((name, j) => [name, column(j)])),
    categories: {},
    label: Array.from(labels, String),
  };
  const feature = { type: 'number', from: 'request', maxMissing: 0 } as const;
  return {
    spec: {
      task: { kind: 'binary', label: 'y', metric: 'log_loss', naive: { kind: 'majority' } },
      features: Object.fromEntries(names.map((name) => [name, feature])),
      trainer: {
        kind: 'mlp',
        hidden: HIDDEN,
        epochs,
        batchSize: batch,
        learningRate: RATE,
        optimizer: 'adam',
        l2: 0,
        patience: 0,
        classWeights: 'none',
        seed: 1,
        start: 'cold',
      },
    },
    train,
    validation: {
      ...train,
      rows: 0,
      numbers: Object.fromEntries(names.map((name) => [name, new Float64Array()])),
      label: [],
    },
  };
}
