import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { compareTables } from '../../engines/tables/compare-tables.js';
import { withTable } from '../../engines/tables/read-columns.js';
import { judgeColumns, type MeasuredColumn } from '../../stats/index.js';
import { sameColumns, writeFiles, type FilePair } from './drift-files.js';
import { type BenchLine, paired, peerPython, type PythonPeer, spreadOf, startPeer } from './measurement.js';

/**
 * Comparing two Parquet files: exact statistics of 20 large columns beside pandas and SciPy, the verdict over 50 columns beside
 * Evidently, and 1,000 columns within a bounded memory.
 */
export async function run(rounds = 3): Promise<BenchLine[]> {
  const python = peerPython();
  const folder = await mkdtemp(join(tmpdir(), 'perennial-bench-'));
  const files = { reference: join(folder, 'reference.parquet'), current: join(folder, 'current.parquet') };
  const scipy = python === undefined ? null : startPeer(python, 'drift-peer.py');
  const evidently = python === undefined ? null : startPeer(python, 'drift-evidently-peer.py');
  try {
    await writeFiles(folder, files, { columns: 20, rows: [1_000_000, 1_000_000] });
    const exact = await exactStatistics(files, scipy, rounds);
    await writeFiles(folder, files, { columns: 45, texts: 5, rows: [100_000, 100_000] });
    const verdict = await verdictOverColumns(files, evidently, rounds);
    await writeFiles(folder, files, { columns: 1000, rows: [1_000_000, 100_000], decimals: 2 });
    return [exact, verdict, await manyColumns(files, scipy)];
  } finally {
    scipy?.close();
    evidently?.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Values compared per second: exact Kolmogorov–Smirnov, Wasserstein and PSI of every column; the peer's statistics must equal ours. */
async function exactStatistics(files: FilePair, peer: PythonPeer | null, rounds: number): Promise<BenchLine> {
  const values = 2 * 1_000_000 * 20;
  const seen = { ours: [0], peer: [0] };
  const ours = async (): Promise<number> => {
    const start = performance.now();
    seen.ours = await statisticsOf(files);
    return values / ((performance.now() - start) / 1000);
  };
  const theirs = async (python: PythonPeer): Promise<number> => {
    const answer = await python.ask({ ...files, columns: null });
    seen.peer = numbersOf(answer['statistics']);
    return values / Number(answer['seconds']);
  };
  const measured = await paired(rounds, ours, peer && (() => theirs(peer)));
  const worst = Math.max(
    ...seen.ours.map((v, i) => Math.abs(v - (seen.peer[i] ?? NaN)) / Math.max(1e-12, Math.abs(v))),
  );
  return {
    name: 'drift, 20 × (1M + 1M) values',
    unit: 'values/s',
    ours: measured.ours,
    peer: measured.peer && { name: 'pandas + SciPy', figure: measured.peer },
    ratio: measured.ratio,
    target: 10,
    note: peer
      ? `largest relative difference of ${seen.ours.length} statistics: ${worst.toExponential(1)}`
      : '',
  };
}

const numbersOf = (answer: unknown): number[] => (Array.isArray(answer) ? answer.map(Number) : []);

async function statisticsOf({ reference, current }: FilePair): Promise<number[]> {
  const compared = await compareFiles({ reference, current }, ['ks', 'wasserstein', 'psi']);
  return compared.flatMap(({ report }) => report.tests.map(({ statistic }) => statistic ?? NaN));
}

async function compareFiles(
  { reference, current }: FilePair,
  tests?: readonly string[],
): Promise<MeasuredColumn[]> {
  return withTable(reference, (ours) =>
    withTable(current, async (theirs) => {
      const compared = await compareTables(ours, theirs, sameColumns(ours, theirs), { tests });
      return compared.map(({ measured }) => measured);
    }),
  );
}

/** Verdicts per second over 45 numeric and 5 text columns of 100,000 + 100,000 rows: three tests of each beside Evidently's one. */
async function verdictOverColumns(
  files: FilePair,
  peer: PythonPeer | null,
  rounds: number,
): Promise<BenchLine> {
  const seen = { ours: 0, peer: 0 };
  const ours = async (): Promise<number> => {
    const start = performance.now();
    seen.ours = judgeColumns(await compareFiles(files)).columns.length;
    return 1000 / (performance.now() - start);
  };
  const theirs = async (python: PythonPeer): Promise<number> => {
    const answer = await python.ask(files);
    seen.peer = Number(answer['columns']);
    return 1 / Number(answer['seconds']);
  };
  const measured = await paired(rounds, ours, peer && (() => theirs(peer)));
  return {
    name: 'drift report, 50 × (100k + 100k) values',
    unit: 'reports/s',
    ours: measured.ours,
    peer: measured.peer && { name: 'Evidently', figure: measured.peer },
    ratio: measured.ratio,
    target: 15,
    note: peer ? `${seen.ours} columns judged, by the peer ${seen.peer}` : '',
  };
}

/** 1,000 columns × (1M + 0.1M), once, in a process of its own; the peer compares the first ten of them, after ours. */
async function manyColumns(files: FilePair, peer: PythonPeer | null): Promise<BenchLine> {
  const script = fileURLToPath(new URL('./drift-wide.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--import',
    'tsx',
    script,
    files.reference,
    files.current,
  ]);
  const { seconds, maxRssBytes, columns, drifted } = JSON.parse(stdout) as Record<string, number>;
  const rate = (columns ?? 0) / (seconds ?? NaN);
  const asked = 10;
  const answer = await peer?.ask({ ...files, columns: asked });
  const theirs = answer === undefined ? null : asked / Number(answer['seconds']);
  const mebibytes = (maxRssBytes ?? NaN) / 2 ** 20;
  const within = mebibytes <= 1024 ? 'within' : 'above';
  return {
    name: 'drift report, 1,000 × (1M + 0.1M)',
    unit: 'columns/s',
    ours: spreadOf([rate]),
    peer: theirs === null ? null : { name: `pandas + SciPy, ${asked} columns`, figure: spreadOf([theirs]) },
    ratio: theirs === null ? null : spreadOf([rate / theirs]),
    target: null,
    note: `at most ${mebibytes.toFixed(0)} MiB resident, ${within} 1 GiB; ${drifted} columns drifted; one round, values of two decimals`,
  };
}
