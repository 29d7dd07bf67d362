import { studentQuantile } from '../../stats/distributions.js';
import { type BenchLine, spreadOf } from './measurement.js';
import { type Fit, LIBRARIES, type Library } from './trees-fit.js';
import type { BenchSet } from './trees-sets.js';

/** Fits by library: ours and each peer's, one fit a round. */
export type Fits = Record<'ours' | Library, Fit[]>;

/** How a set was fitted: in one process again and again (warm) or in fresh ones (cold), and on how many threads. */
export interface FitMode {
  readonly cold: boolean;
  readonly threads: number;
}

const rate = (set: BenchSet, fit: Fit): number => (set.trainRows * set.rounds) / (fit.binning + fit.training);

/** Speed beside each peer; a line of ours alone where none was fitted. */
export function speedLines(set: BenchSet, fits: Fits, mode: FitMode): BenchLine[] {
  const how = `${mode.threads} thread${mode.threads > 1 ? 's' : ''}${mode.cold ? ', fresh process' : ''}`;
  return peersIn(fits).map((library) => {
    const theirs = library === null ? [] : fits[library];
    return {
      name: `trees, ${set.name}, binning and training, ${how}`,
      unit: 'rows · rounds/s',
      ours: spreadOf(fits.ours.map((fit) => rate(set, fit))),
      ...besidePeer(library, {
        theirs: theirs.map((fit) => rate(set, fit)),
        ratios: theirs.map((fit, i) => rate(set, fits.ours[i] ?? fit) / rate(set, fit)),
        target: speedTarget(set, library, mode),
      }),
      note: `${fits.ours.length} rounds; ${partsOf(fits.ours, theirs)}`,
    };
  });
}

/** Errors beside each peer's; more than 1 means that ours is smaller. */
export function errorLines(set: BenchSet, fits: Fits): BenchLine[] {
  return peersIn(fits).map((library) => {
    const theirs = library === null ? [] : fits[library];
    return {
      name: `trees, ${set.name}, ${set.metric}`,
      unit: set.metric,
      ours: spreadOf(fits.ours.map(({ error }) => error)),
      ...besidePeer(library, {
        theirs: theirs.map(({ error }) => error),
        ratios: theirs.map(({ error }, i) => error / (fits.ours[i]?.error ?? NaN)),
        target: library === 'lightgbm' ? 0.99 : null,
      }),
      note: `${fits.ours.length} rounds; ${meansOf(fits.ours, theirs)}`,
    };
  });
}

const peersIn = (fits: Fits): readonly (Library | null)[] => {
  const found = (['lightgbm', 'sklearn'] as const).filter((library) => fits[library].length > 0);
  return found.length > 0 ? found : [null];
};

function besidePeer(
  library: Library | null,
  { theirs, ratios, target }: { theirs: readonly number[]; ratios: readonly number[]; target: number | null },
): Pick<BenchLine, 'peer' | 'ratio' | 'target'> {
  if (library === null) return { peer: null, ratio: null, target: null };
  return { peer: { name: LIBRARIES[library], figure: spreadOf(theirs) }, ratio: spreadOf(ratios), target };
}

/** Promised: scikit-learn beaten by a fifth on one warm thread; LightGBM equalled on a million rows, 0.6 of it elsewhere. */
function speedTarget({ data }: BenchSet, library: Library | null, { cold, threads }: FitMode): number | null {
  if (threads > 1) return null;
  if (library === 'sklearn') return cold ? null : 1.2;
  return data.rows >= 1e6 ? 1 : 0.6;
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

/** Mean, and half the width of its 95 % interval by Student's distribution. */
function meanInterval(values: readonly number[]): { mean: number; half: number } {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance =
    values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1);
  const times = values.length > 1 ? studentQuantile(0.975, values.length - 1) : NaN;
  return { mean, half: times * Math.sqrt(variance / values.length) };
}
