import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openBoosting } from '../../engines/training/trees/boost.js';
import { boostRound, modelOf } from '../../engines/training/trees/boosting.js';
import { takeRows, type TreesData } from '../../engines/training/trees/data.js';
import { mixBits } from '../../engines/training/trees/hash.js';
import { scoresOf } from '../../engines/training/trees/predict.js';
import type { PythonPeer } from './measurement.js';
import { errorOf } from './trees-errors.js';
import type { BenchSet } from './trees-sets.js';

/** One fit: seconds by part, bytes, and the error on the judged rows. */
export interface Fit {
  readonly binning: number;
  readonly training: number;
  readonly scoring: number;
  readonly memory: number;
  readonly error: number;
}

/** The peers' names. */
export const LIBRARIES = { lightgbm: 'LightGBM', sklearn: 'scikit-learn HistGradientBoosting' } as const;
/** A peer. */
export type Library = keyof typeof LIBRARIES;

/** Which training rows take part in a round: another nine tenths each time. */
export const keptRows = ({ trainRows }: BenchSet, round: number): Uint8Array =>
  Uint8Array.from({ length: trainRows }, (_, row) =>
    mixBits(row ^ ((round + 2) << 24)) < 0.9 * 2 ** 32 ? 1 : 0,
  );

function rowsFrom(data: TreesData, from: number): TreesData {
  const slice = <T>(columns: Readonly<Record<string, T>>, cut: (column: T) => T): Record<string, T> =>
    Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, cut(column)]));
  return {
    rows: data.rows - from,
    numbers: slice(data.numbers, (column) => column.subarray(from)),
    categories: slice(data.categories, (column) => column.slice(from)),
    label: data.label.subarray(from),
  };
}

/** One fit of ours. More threads only where they pay, as by default: above a million cells. */
export function fitOurs(set: BenchSet, kept: Uint8Array, threads: number): Fit {
  const rows = Uint32Array.from(kept.keys()).filter((row) => kept[row] === 1);
  const train = takeRows(set.data, set.inputs, rows);
  const test = rowsFrom(set.data, set.trainRows);
  const start = performance.now();
  const boosting = openBoosting({
    inputs: set.inputs,
    train,
    options: { objective: set.objective, numIterations: set.rounds },
    threads: set.data.rows * set.inputs.length > 1e6 ? threads : 1,
  });
  const binned = performance.now();
  while (boosting.end === undefined) boostRound(boosting);
  const trained = performance.now();
  boosting.prepared.close();
  const scores = scoresOf(modelOf(boosting), test);
  const scored = performance.now();
  const judged = set.objective === 'logistic' ? scores.filter((_, i) => i % 2 === 1) : scores;
  return {
    binning: (binned - start) / 1000,
    training: (trained - binned) / 1000,
    scoring: (scored - trained) / 1000,
    memory: boosting.prepared.space.memory.u8.length,
    error: errorOf(set, judged),
  };
}

/** Where a peer finds its rows and leaves its scores, and on how many threads it runs. */
export interface PeerPlace {
  readonly library: Library;
  /** Written by {@link toMatrix}. */
  readonly file: string;
  readonly folder: string;
  readonly threads: number;
}

/** One fit of a peer; the rows that take part lie in the folder's file `keep`. */
export async function fitPeer(
  set: BenchSet,
  peer: PythonPeer,
  { library, file, folder, threads }: PeerPlace,
): Promise<Fit> {
  const out = join(folder, 'scores');
  const categorical = set.inputs.flatMap(({ type }, i) => (type === 'category' ? [i] : []));
  const answer = await peer.ask({
    ...{ file, library, out, categorical, keep: join(folder, 'keep'), threads },
    ...{ rows: set.data.rows, columns: set.inputs.length, train: set.trainRows },
    ...{ objective: set.objective, rounds: set.rounds, classes: 4 },
  });
  const bytes = await readFile(out);
  const scores = new Float64Array(new Uint8Array(bytes).buffer);
  const seconds = (part: string): number => Number(answer[part]);
  return {
    ...{
      binning: seconds('binning'),
      training: seconds('training'),
      scoring: seconds('scoring'),
      memory: seconds('memory'),
    },
    error: errorOf(set, scores),
  };
}

/** Columns one after another as float64, categories as codes by frequency (−1 missing), then the labels. */
export function toMatrix({ inputs, data }: BenchSet): Buffer {
  const columns = inputs.map(({ name, type }) => {
    if (type === 'number') return data.numbers[name] ?? new Float64Array(data.rows);
    const counts = new Map<string, number>();
    const column = data.categories[name] ?? [];
    for (const text of column) if (text !== null) counts.set(text, (counts.get(text) ?? 0) + 1);
    const codes = new Map([...counts].sort((a, b) => b[1] - a[1]).map(([text], code) => [text, code]));
    return Float64Array.from(column, (text) => codes.get(text ?? '') ?? -1);
  });
  return Buffer.concat(
    [...columns, data.label].map((column) =>
      Buffer.from(column.buffer, column.byteOffset, column.byteLength),
    ),
  );
}
