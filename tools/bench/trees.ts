import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBoosting } from '../../engines/training/trees/boost.js';
import { boostRound, modelOf } from '../../engines/training/trees/boosting.js';
import { takeRows, type TreesData } from '../../engines/training/trees/data.js';
import { mixBits } from '../../engines/training/trees/hash.js';
import { scoresOf } from '../../engines/training/trees/predict.js';
import { type BenchLine, peerPython, type PythonPeer, spreadOf, startPeer } from './measurement.js';
import { errorOf } from './trees-errors.js';
import { type BenchSet, benchSets } from './trees-sets.js';

/** One fit: seconds by part, bytes, and the error on the judged rows. */
interface Fit {
  readonly binning: number;
  readonly training: number;
  readonly scoring: number;
  readonly memory: number;
  readonly error: number;
}

const LIBRARIES = { lightgbm: 'LightGBM', sklearn: 'scikit-learn HistGradientBoosting' } as const;
type Library = keyof typeof LIBRARIES;

/** Environment that may name the folder of the public sets, and leave out the sets of a million rows. */
const sourceFolder = process.env['PERENNIAL_BENCH_DATA'];
const small = process.env['PERENNIAL_BENCH_SMALL'] === '1';
const only = process.env['PERENNIAL_BENCH_SET'];
const threads = Number(process.env['PERENNIAL_BENCH_THREADS'] ?? 1);

/**
 * Boosted trees beside LightGBM and scikit-learn: 31 leaves, rate 0.1, 255 bins, one thread (PERENNIAL_BENCH_THREADS: more;
 * scikit-learn stays at one). Every round drops another tenth of
 * the training rows and gives all three the same rest, so that errors have a spread too. Speed is rows × rounds per second of
 * binning and training together; a ratio over 1 means that ours is faster, or its error smaller.
 */
export async function run(rounds = 5): Promise<BenchLine[]> {
  const python = peerPython();
  const folder = await mkdtemp(join(tmpdir(), 'perennial-bench-'));
  const peer = python === undefined ? null : startPeer(python, 'trees-peer.py');
  try {
    const lines: BenchLine[] = [];
    for (const set of await benchSets(sourceFolder, small)) {
      if (only === undefined || set.name.startsWith(only))
        lines.push(...(await measure(set, { peer, folder, rounds })));
    }
    return lines;
  } finally {
    peer?.close();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Setting {
  readonly peer: PythonPeer | null;
  readonly folder: string;
  readonly rounds: number;
}

/** Fits by library: ours and each peer's, one fit a round. */
type Fits = Record<'ours' | Library, Fit[]>;

async function measure(set: BenchSet, { peer, folder, rounds }: Setting): Promise<BenchLine[]> {
  const file = join(folder, set.name.replaceAll(/\W+/g, '-'));
  if (peer !== null) await writeFile(file, toMatrix(set));
  const fits: Fits = { ours: [], lightgbm: [], sklearn: [] };
  for (let round = -1; round < rounds; round++) {
    const kept = Uint8Array.from({ length: set.trainRows }, (_, row) =>
      mixBits(row ^ ((round + 2) << 24)) < 0.9 * 2 ** 32 ? 1 : 0,
    );
    const ours = fitOurs(set, kept);
    if (round >= 0) fits.ours.push(ours);
    if (peer === null) continue;
    await writeFile(join(folder, 'keep'), kept);
    for (const library of ['lightgbm', 'sklearn'] as const) {
      const theirs = await fitPeer(set, peer, { library, file, folder });
      if (round >= 0) fits[library].push(theirs);
    }
  }
  return linesOf(set, fits, peer !== null);
}

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

function fitOurs(set: BenchSet, kept: Uint8Array): Fit {
  const rows = Uint32Array.from(kept.keys()).filter((row) => kept[row] === 1);
  const train = takeRows(set.data, set.inputs, rows);
  const test = rowsFrom(set.data, set.trainRows);
  const start = performance.now();
  const boosting = openBoosting({
    inputs: set.inputs,
    train,
    options: { objective: set.objective, numIterations: set.rounds },
    threads,
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

async function fitPeer(
  set: BenchSet,
  peer: PythonPeer,
  { library, file, folder }: { library: Library; file: string; folder: string },
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
function toMatrix({ inputs, data }: BenchSet): Buffer {
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

function linesOf(set: BenchSet, fits: Fits, withPeers: boolean): BenchLine[] {
  const speed = (fit: Fit): number => (set.trainRows * set.rounds) / (fit.binning + fit.training);
  const libraries = withPeers ? (['lightgbm', 'sklearn'] as const) : [null];
  const line = (library: Library | null, about: 'speed' | 'error'): BenchLine => {
    const of = about === 'speed' ? speed : (fit: Fit): number => fit.error;
    const theirs = library === null ? [] : fits[library];
    const ratios = theirs.map((fit, i) =>
      about === 'speed' ? of(fits.ours[i] ?? fit) / of(fit) : of(fit) / of(fits.ours[i] ?? fit),
    );
    return {
      name: `trees, ${set.name}, ${about === 'speed' ? 'binning and training' : set.metric}`,
      unit: about === 'speed' ? 'rows · rounds/s' : set.metric,
      ours: spreadOf(fits.ours.map(of)),
      peer: library === null ? null : { name: LIBRARIES[library], figure: spreadOf(theirs.map(of)) },
      ratio: library === null ? null : spreadOf(ratios),
      target: library === null ? null : targetOf(set, library, about),
      note: about === 'speed' ? partsOf(fits.ours, theirs) : meansOf(fits.ours, theirs),
    };
  };
  return libraries.flatMap((library) => [line(library, 'speed'), line(library, 'error')]);
}

function targetOf({ data }: BenchSet, library: Library, about: 'speed' | 'error'): number {
  if (about === 'error') return 0.99;
  return library === 'sklearn' ? 1.2 : data.rows >= 1e6 ? 1 : 0.6;
}

const middle = (fits: readonly Fit[], of: (fit: Fit) => number): number => spreadOf(fits.map(of)).median;

function partsOf(ours: readonly Fit[], theirs: readonly Fit[]): string {
  const parts = (fits: readonly Fit[]): string =>
    (['binning', 'training', 'scoring'] as const)
      .map((part) => `${part} ${(1000 * middle(fits, (fit) => fit[part])).toFixed(0)} ms`)
      .join(', ');
  const memory = `${(middle(ours, (fit) => fit.memory) / 2 ** 20).toFixed(0)} MiB`;
  return `ours: ${parts(ours)}, ${memory}${theirs.length > 0 ? `; theirs: ${parts(theirs)}` : ''}`;
}

function meansOf(ours: readonly Fit[], theirs: readonly Fit[]): string {
  const show = ({ mean, half }: { mean: number; half: number }): string =>
    `${mean.toPrecision(5)} ± ${half.toPrecision(2)}`;
  const pairs = theirs.map(({ error }, i) => (ours[i]?.error ?? NaN) / error - 1);
  const difference = meanInterval(pairs);
  const relative = `relative difference ${(100 * difference.mean).toFixed(2)} % ± ${(100 * difference.half).toFixed(2)}`;
  const own = `mean ${show(meanInterval(ours.map(({ error }) => error)))}`;
  return theirs.length === 0
    ? own
    : `${own}; theirs ${show(meanInterval(theirs.map(({ error }) => error)))}; ${relative}`;
}

/** Mean, and half the width of its 95 % interval by the normal approximation. */
function meanInterval(values: readonly number[]): { mean: number; half: number } {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance =
    values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1);
  return { mean, half: 1.96 * Math.sqrt(variance / values.length) };
}
