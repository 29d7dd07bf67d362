import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type BenchLine, peerPython, startPeer } from './measurement.js';
import { type Fit, fitOurs, fitPeer, keptRows, toMatrix } from './trees-fit.js';
import { errorLines, type FitMode, type Fits, speedLines } from './trees-lines.js';
import { type BenchSet, benchSets } from './trees-sets.js';

/** Environment that may name the folder of the public sets, leave out the large sets, name the only set, and the only modes. */
const sourceFolder = process.env['PERENNIAL_BENCH_DATA'];
const small = process.env['PERENNIAL_BENCH_SMALL'] === '1';
const only = process.env['PERENNIAL_BENCH_SET'];
const modes = (process.env['PERENNIAL_BENCH_MODES'] ?? 'warm,cold,threads').split(',');

const WARM: FitMode = { cold: false, threads: 1 };
const COLD: FitMode = { cold: true, threads: 1 };
const TWO: FitMode = { cold: false, threads: 2 };

/**
 * Boosted trees beside LightGBM and scikit-learn: 31 leaves, rate 0.1, 255 bins; on one thread, in a fresh process (small sets,
 * beside LightGBM), and on two threads. Every round drops another tenth of the training rows and gives all the same rest, so that
 * errors have a spread too; sets whose errors wobble get more rounds. Speed is rows × rounds per second of binning and training
 * together; a ratio over 1 means that ours is faster, or its error smaller. A set that fails is named and the others go on.
 */
export async function run(rounds = 5): Promise<BenchLine[]> {
  const lines: BenchLine[] = [];
  for (const set of await benchSets(sourceFolder, small)) {
    if (only !== undefined && !set.name.startsWith(only)) continue;
    const folder = await mkdtemp(join(tmpdir(), 'perennial-bench-'));
    try {
      lines.push(...(await measure(set, { folder, rounds })));
    } catch (error) {
      console.error(
        `trees, ${set.name}: not measured: ${error instanceof Error ? error.message : String(error)}`,
      );
      process.exitCode = 1;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  return lines;
}

interface Place {
  readonly folder: string;
  readonly rounds: number;
}

async function measure(set: BenchSet, { folder, rounds }: Place): Promise<BenchLine[]> {
  if (peerPython() !== undefined) await writeFile(join(folder, 'matrix'), toMatrix(set));
  const isSmall = set.data.rows * set.inputs.length <= 2e6;
  const lines: BenchLine[] = [];
  if (modes.includes('warm')) {
    const warm = await fitInTurn(set, WARM, { folder, rounds: rounds * set.errorTimes });
    lines.push(...speedLines(set, warm, WARM), ...errorLines(set, warm));
  }
  if (modes.includes('cold') && isSmall)
    lines.push(...speedLines(set, await fitInTurn(set, COLD, { folder, rounds }), COLD));
  if (modes.includes('threads'))
    lines.push(...speedLines(set, await fitInTurn(set, TWO, { folder, rounds }), TWO));
  return lines;
}

/** No round of a mode begins later: on a busy machine the peers' threads wait for each other for minutes. */
const MOST_MS = 400_000;

/** Ours and the peers' fits in turn, after one unmeasured round where processes stay. */
async function fitInTurn(set: BenchSet, mode: FitMode, { folder, rounds }: Place): Promise<Fits> {
  const fits: Fits = { ours: [], lightgbm: [], sklearn: [] };
  const peers = openPeers(set, mode, folder);
  const deadline = performance.now() + MOST_MS;
  try {
    for (let round = mode.cold ? 0 : -1; round < rounds; round++) {
      const kept = keptRows(set, round);
      await writeFile(join(folder, 'keep'), kept);
      const ours = mode.cold ? await fitCold(set, folder) : fitOurs(set, kept, mode.threads);
      if (round >= 0) fits.ours.push(ours);
      for (const library of peers.libraries) {
        const theirs = await peers.fit(library);
        if (round >= 0) fits[library].push(theirs);
      }
      if (round >= 0 && performance.now() > deadline) break;
    }
  } finally {
    peers.close();
  }
  return fits;
}

/** The peers of a mode. Cold, each fit has a process of its own; both sides leave out starting it and loading modules. */
function openPeers(set: BenchSet, { cold, threads }: FitMode, folder: string) {
  const python = peerPython();
  if (python === undefined) return { libraries: [], fit: noPeer, close: (): void => undefined };
  const file = join(folder, 'matrix');
  const open = () => startPeer(python, 'trees-peer.py');
  const staying = cold ? undefined : open();
  return {
    libraries: cold ? (['lightgbm'] as const) : (['lightgbm', 'sklearn'] as const),
    async fit(library: 'lightgbm' | 'sklearn'): Promise<Fit> {
      const peer = staying ?? open();
      try {
        return await fitPeer(set, peer, { library, file, folder, threads });
      } finally {
        if (staying === undefined) peer.close();
      }
    },
    close: (): void => staying?.close(),
  };
}

const noPeer = (): never => {
  throw new Error('there is no peer');
};

async function fitCold(set: BenchSet, folder: string): Promise<Fit> {
  const entry = fileURLToPath(new URL('./trees-cold.ts', import.meta.url));
  const words = ['--import', 'tsx', entry, set.name, join(folder, 'keep')];
  const { stdout } = await promisify(execFile)(process.execPath, words);
  return JSON.parse(stdout) as Fit;
}
