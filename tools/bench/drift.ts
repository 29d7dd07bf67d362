import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withDuck } from '../../engines/features/duck.js';
import { withTable } from '../../engines/tables/read-columns.js';
import {
  inReferenceQuantiles,
  ks,
  psi,
  sampleInPlace,
  type TestResult,
  wasserstein,
} from '../../stats/index.js';
import { type BenchLine, paired, peerPython, startPeer } from './measurement.js';

const ROWS = 1_000_000;
const COLUMNS = 20;

/**
 * Values compared per second, from two Parquet files of 20 columns × 1,000,000 rows: exact Kolmogorov–Smirnov, Wasserstein and
 * PSI of every column. The peer does the same with pandas and SciPy; the statistics are compared.
 */
export async function run(rounds = 3): Promise<BenchLine[]> {
  const python = peerPython();
  const folder = await mkdtemp(join(tmpdir(), 'perennial-bench-'));
  const peer = python === undefined ? null : startPeer(python, 'drift-peer.py');
  const files = { reference: join(folder, 'reference.parquet'), current: join(folder, 'current.parquet') };
  const seen = { ours: [0], peer: [0] };
  try {
    await writeFiles(folder, files);
    const ours = async (): Promise<number> => {
      const start = performance.now();
      seen.ours = await compare(files);
      return (2 * ROWS * COLUMNS) / ((performance.now() - start) / 1000);
    };
    const theirs = async (): Promise<number> => {
      const answer = await peer?.ask({ ...files, columns: COLUMNS });
      seen.peer = (answer?.['statistics'] as number[] | undefined) ?? [];
      return (2 * ROWS * COLUMNS) / Number(answer?.['seconds']);
    };
    const { ours: figure, peer: other, ratio } = await paired(rounds, ours, peer && theirs);
    const worst = Math.max(
      ...seen.ours.map((v, i) => Math.abs(v - (seen.peer[i] ?? NaN)) / Math.max(1e-12, Math.abs(v))),
    );
    return [
      {
        name: `drift, ${COLUMNS} × (1M + 1M) values`,
        unit: 'values/s',
        ours: figure,
        peer: other && { name: 'pandas + SciPy', figure: other },
        ratio,
        target: 10,
        note: peer
          ? `largest relative difference of ${seen.ours.length} statistics: ${worst.toExponential(1)}`
          : '',
      },
    ];
  } finally {
    peer?.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function compare(files: { reference: string; current: string }): Promise<number[]> {
  return withTable(files.reference, (ours) =>
    withTable(files.current, async (theirs) => {
      const statistics: number[] = [];
      for (const { name } of ours.columns) {
        const reference = sampleInPlace(await ours.numbers(name));
        const current = sampleInPlace(await theirs.numbers(name));
        const counts = inReferenceQuantiles(reference.sorted, current.sorted);
        for (const result of [ks(reference, current), wasserstein(reference, current), psi(counts)])
          statistics.push(numberOf(result));
      }
      return statistics;
    }),
  );
}

const numberOf = (result: TestResult): number => (result.kind === 'value' ? result.statistic : NaN);

/** Normal, log-normal and rounded columns; the current ones moved by up to 0.08 standard deviations. */
async function writeFiles(folder: string, files: { reference: string; current: string }): Promise<void> {
  await withDuck({ threads: 1, memoryLimit: '2GB', tempDirectory: folder }, async (duck) => {
    await duck.run('select setseed(0.5)');
    for (const [i, file] of [files.reference, files.current].entries()) {
      const columns = Array.from({ length: COLUMNS }, (_, c) => {
        const normal = `sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()) + ${(i * 0.08 * c) / COLUMNS}`;
        const value = c % 5 === 3 ? `exp(${normal})` : c % 5 === 4 ? `round(10 * (${normal}))` : normal;
        return `(${value})::double as x${c}`;
      });
      await duck.run(`copy (select ${columns.join(', ')} from range(${ROWS})) to '${file}' (format parquet)`);
    }
  });
}
