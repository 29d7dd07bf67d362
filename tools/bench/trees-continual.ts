import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { forgetOldest, refitLeaves } from '../../engines/training/trees/continual.js';
import { takeRows, type InputNames, type TreesData } from '../../engines/training/trees/data.js';
import { roundsOf, type TreesModel } from '../../engines/training/trees/model.js';
import type { TreesOptions } from '../../engines/training/trees/parameters.js';
import { scoresOf } from '../../engines/training/trees/predict.js';
import { recencyWeights } from '../../engines/training/trees/recency-weights.js';
import { trainTrees } from '../../engines/training/trees/train.js';
import { BIKE } from './trees-sets.js';

// Ways to keep a model fit on rows that drift: every step trains on a window and judges the rows after it. Needs the public sets
// (PERENNIAL_BENCH_DATA) and prints a Markdown table. An argument names the only set to follow.

interface Stream {
  readonly name: string;
  readonly inputs: readonly InputNames[];
  readonly data: TreesData;
  readonly objective: 'squared' | 'logistic';
  /** Rows of a window and of a step. */
  readonly window: number;
  readonly step: number;
}

interface Turn {
  readonly window: TreesData;
  readonly all: TreesData;
  readonly options: TreesOptions;
  readonly inputs: readonly InputNames[];
  /** The model of the step before; at the first step the one trained from scratch. */
  readonly before: TreesModel;
}

const ROUNDS = 100;
const MORE_ROUNDS = 30;

async function train(
  turn: Omit<Turn, 'before'>,
  train: TreesData,
  more: { rounds: number; start?: TreesModel },
): Promise<TreesModel> {
  const { inputs, options } = turn;
  const start = more.start === undefined ? {} : { start: more.start };
  return (await trainTrees({ inputs, train, options: { ...options, numIterations: more.rounds }, ...start }))
    .model;
}

const modes: Record<string, (turn: Turn) => Promise<TreesModel>> = {
  'the first model, never retrained': ({ before }) => Promise.resolve(before),
  'from scratch on the window': (turn) => train(turn, turn.window, { rounds: ROUNDS }),
  'from scratch on all rows so far': (turn) => train(turn, turn.all, { rounds: ROUNDS }),
  'from scratch on the window, weights halving every third of it': (turn) =>
    train(turn, weighed(turn.window, turn.window.rows / 3), { rounds: ROUNDS }),
  'from scratch on all rows so far, weights halving as often': (turn) =>
    train(turn, weighed(turn.all, turn.window.rows / 3), { rounds: ROUNDS }),
  'continued: 30 more rounds on the window': (turn) =>
    train(turn, turn.window, { rounds: MORE_ROUNDS, start: turn.before }),
  'continued, keeping the newest 100 rounds': (turn) =>
    train(turn, turn.window, { rounds: MORE_ROUNDS, start: forgetOldest(turn.before, ROUNDS - MORE_ROUNDS) }),
  'leaves refitted, decay 0.5': ({ window, options, inputs, before }) =>
    Promise.resolve(refitLeaves({ inputs, train: window, options, start: before }, { decay: 0.5 })),
};

/** Rows come at equal steps here, so that their number is their age. */
const weighed = (data: TreesData, halfLife: number): TreesData => ({
  ...data,
  weight: recencyWeights(Float64Array.from(data.label.keys()), halfLife),
});

function range(data: TreesData, inputs: readonly InputNames[], from: number, to: number): TreesData {
  return takeRows(
    data,
    inputs,
    Uint32Array.from({ length: Math.max(0, Math.min(to, data.rows) - from) }, (_, i) => from + i),
  );
}

function errorSum(model: TreesModel, rows: TreesData): number {
  const scores = scoresOf(model, rows);
  const binary = model.parameters.objective === 'logistic';
  return rows.label.reduce((sum, y, row) => {
    const wrong = (scores[2 * row + 1] ?? 0) > 0.5 !== (y === 1);
    return sum + (binary ? Number(wrong) : Math.abs(y - (scores[row] ?? 0)));
  }, 0);
}

async function follow(
  stream: Stream,
  mode: (turn: Turn) => Promise<TreesModel>,
): Promise<{ error: number; ms: number; rounds: number }> {
  const { data, inputs, window, step, objective } = stream;
  const options: TreesOptions = { objective, numIterations: ROUNDS };
  const first = range(data, inputs, 0, window);
  let before = await train({ window: first, all: first, options, inputs }, first, { rounds: ROUNDS });
  let [wrong, judged, used, steps] = [0, 0, 0, 0];
  for (let at = window; at < data.rows; at += step) {
    const turn = {
      window: range(data, inputs, at - window, at),
      all: range(data, inputs, 0, at),
      options,
      inputs,
      before,
    };
    const start = process.cpuUsage();
    if (at > window) before = await mode(turn);
    used += process.cpuUsage(start).user / 1000;
    const next = range(data, inputs, at, at + step);
    wrong += errorSum(before, next);
    judged += next.rows;
    steps += 1;
  }
  return { error: wrong / judged, ms: used / Math.max(1, steps - 1), rounds: roundsOf(before) };
}

function readStream(
  file: string,
  names: readonly string[],
  label: string,
): { inputs: InputNames[]; data: TreesData } {
  const [head = '', ...lines] = readFileSync(file, 'utf8').trim().split('\n');
  const columns = head.split(',');
  const cells = lines.map((line) => line.split(','));
  const column = (name: string): Float64Array =>
    Float64Array.from(cells, (row) => Number(row[columns.indexOf(name)]));
  const numbers = Object.fromEntries(names.map((name) => [name, column(name)]));
  const inputs = names.map((name) => ({ name, type: 'number' as const }));
  return { inputs, data: { rows: cells.length, numbers, categories: {}, label: column(label) } };
}

function streamsIn(folder: string): Stream[] {
  const power = ['day', 'period', 'nswdemand', 'vicprice', 'vicdemand', 'transfer'];
  return [
    {
      name: 'bike_sharing, MAE',
      ...readStream(join(folder, 'bike_sharing.csv'), BIKE, 'cnt'),
      objective: 'squared',
      window: 180 * 24,
      step: 30 * 24,
    },
    {
      name: 'elec2, share of wrong',
      ...readStream(join(folder, 'elec2.csv'), power, 'up'),
      objective: 'logistic',
      window: 90 * 48,
      step: 60 * 48,
    },
  ];
}

const folder = process.env['PERENNIAL_BENCH_DATA'];
if (folder === undefined)
  throw new Error('PERENNIAL_BENCH_DATA is not set; expected the folder of bike_sharing.csv and elec2.csv');
console.log(
  '| set | way | error | processor time of a retraining | rounds at the end |\n|---|---|---|---|---|',
);
for (const stream of streamsIn(folder).filter(({ name }) => name.startsWith(process.argv[2] ?? ''))) {
  for (const [name, mode] of Object.entries(modes)) {
    const { error, ms, rounds } = await follow(stream, mode);
    console.log(
      `| ${stream.name} | ${name} | ${error.toFixed(error > 1 ? 2 : 4)} | ${ms.toFixed(0)} ms | ${rounds} |`,
    );
  }
}
