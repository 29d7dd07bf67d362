/**
 * How much a column's rows depend on their neighbours, measured on the reference in time order: how many rows of the column say as
 * much as one independent row would. Entry i of each list is for a current sample of i + 1 blocks, the last one for longer samples.
 */
export interface Dependence {
  /** Consecutive rows in a block. */
  readonly blockRows: number;
  /** Whole blocks of the reference. */
  readonly blocks: number;
  /** Largest design effect of a share of rows below a bin edge, at least 1; all 1 for categories, which have no order. */
  readonly cut: readonly number[];
  /** Scale of the χ² statistic under dependence, at least 1. */
  readonly scale: readonly number[];
  /** Degrees of freedom that remain to χ², as a share of those without dependence, in (0, 1]. */
  readonly dof: readonly number[];
}

/** Blocks of a current sample up to which the dependence is told apart. */
const LONGEST = 14;
/** Fewer blocks cannot tell how blocks differ. */
const LEAST_BLOCKS = 8;

/** Rows in time order, each in one of `cells` cells; missing ones left out. */
export interface CellRows {
  readonly cell: ArrayLike<number>;
  readonly cells: number;
  readonly blockRows: number;
  /** Whether the cells have an order, so that shares below an edge make sense. */
  readonly ordered: boolean;
}

/**
 * Measures the dependence of rows by the long-run covariance of their blocks' cell shares: autocovariances up to the length of the
 * current sample with Bartlett's weights, which gives the variance of a mean over exactly so many neighbouring blocks, divided
 * by its fixed-b expectation (Kiefer & Vogelsang 2005), since few blocks look more alike than they are. χ² is then scaled as in
 * Rao & Scott (1984): by the mean and the spread of the eigenvalues, from whose spread the noise of the estimate is taken off.
 * Undefined where fewer than 8 blocks or 2 cells are there.
 */
export function dependenceOf({ cell, cells, blockRows, ordered }: CellRows): Dependence | undefined {
  const blocks = Math.floor(cell.length / blockRows);
  if (blocks < LEAST_BLOCKS || cells < 2) return undefined;
  const shares = sharesOf(cell, cells);
  const lags = Math.min(LONGEST, Math.floor(blocks / 4));
  const centred = centredBlocks({ cell, cells, blockRows, blocks });
  const covariances = Array.from({ length: lags }, (_, lag) =>
    autocovariance(centred, { lag, blocks, cells }),
  );
  const dependence = { blockRows, blocks, cut: [] as number[], scale: [] as number[], dof: [] as number[] };
  for (let span = 1; span <= lags; span++) {
    const longRun = longRunCovariance(covariances, { span, blocks, rows: blockRows });
    const { scale, dof } = raoScott(longRun, shares, estimatesBehind(blocks, span));
    dependence.cut.push(ordered ? brief(largestCut(longRun, shares)) : 1);
    dependence.scale.push(brief(scale));
    dependence.dof.push(brief(dof));
  }
  return dependence;
}

/** What a sample of so many dependent rows is worth. */
export interface Worth {
  readonly cut: number;
  readonly scale: number;
  readonly dof: number;
  /** Independent estimates of the variance behind these numbers. */
  readonly estimates: number;
}

/** The entries for a current sample of so many rows. */
export function dependenceAt({ blockRows, blocks, cut, scale, dof }: Dependence, rows: number): Worth {
  const span = Math.min(cut.length, Math.max(1, Math.round(rows / blockRows)));
  const at = span - 1;
  return {
    cut: cut[at] ?? 1,
    scale: scale[at] ?? 1,
    dof: dof[at] ?? 1,
    estimates: estimatesBehind(blocks, span),
  };
}

/** Bartlett's weights over `span` of so many blocks leave a variance with 2 / (4/3 · span / blocks) degrees of freedom. */
const estimatesBehind = (blocks: number, span: number): number => (1.5 * blocks) / span;

const brief = (v: number): number => Number(v.toPrecision(4));

function sharesOf(cell: ArrayLike<number>, cells: number): Float64Array {
  const shares = new Float64Array(cells);
  for (let row = 0; row < cell.length; row++) add(shares, cell[row] ?? 0, 1 / cell.length);
  return shares;
}

const add = (column: Float64Array, at: number, v: number): void => void (column[at] = (column[at] ?? 0) + v);

/** Cell shares of each block less their mean, blocks × cells in row-major order. */
function centredBlocks({ cell, cells, blockRows, blocks }: Omit<CellRows, 'ordered'> & { blocks: number }) {
  const table = new Float64Array(blocks * cells);
  for (let row = 0; row < blocks * blockRows; row++)
    add(table, Math.floor(row / blockRows) * cells + (cell[row] ?? 0), 1 / blockRows);
  for (let c = 0; c < cells; c++) {
    let mean = 0;
    for (let b = 0; b < blocks; b++) mean += (table[b * cells + c] ?? 0) / blocks;
    for (let b = 0; b < blocks; b++) add(table, b * cells + c, -mean);
  }
  return table;
}

/** Σ over blocks of share(b) · share(b + lag), made symmetric, over the number of blocks. */
function autocovariance(
  centred: Float64Array,
  { lag, blocks, cells }: { lag: number; blocks: number; cells: number },
): Float64Array {
  const result = new Float64Array(cells * cells);
  for (let b = 0; b + lag < blocks; b++) {
    for (let i = 0; i < cells; i++) {
      const a = (centred[b * cells + i] ?? 0) / blocks;
      if (a === 0) continue;
      for (let j = 0; j < cells; j++) {
        const v = a * (centred[(b + lag) * cells + j] ?? 0);
        add(result, i * cells + j, v / 2);
        add(result, j * cells + i, v / 2);
      }
    }
  }
  return result;
}

/** Covariance of a row's cell shares as a mean over `span` neighbouring blocks shows it; without dependence that of one row. */
function longRunCovariance(
  covariances: readonly Float64Array[],
  { span, blocks, rows }: { span: number; blocks: number; rows: number },
): Float64Array {
  const b = span / blocks;
  const factor = rows / (1 - b + (b * b) / 3);
  const sum = new Float64Array(covariances[0]?.length ?? 0);
  for (let lag = 0; lag < span; lag++) {
    const weight = (lag === 0 ? 1 : 2) * (1 - lag / span) * factor;
    covariances[lag]?.forEach((v, i) => add(sum, i, weight * v));
  }
  return sum;
}

/** Scale and share of the degrees of freedom of χ²; `noise` is the number of independent estimates behind the covariance. */
function raoScott(
  covariance: Float64Array,
  shares: Float64Array,
  noise: number,
): { scale: number; dof: number } {
  const cells = shares.length;
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < cells; i++) {
    for (let j = 0; j < cells; j++) {
      const expected = (shares[i] ?? 0) * (shares[j] ?? 0);
      if (expected > 0) squares += (covariance[i * cells + j] ?? 0) ** 2 / expected;
    }
    if ((shares[i] ?? 0) > 0) sum += (covariance[i * cells + i] ?? 0) / (shares[i] ?? 1);
  }
  // Equal eigenvalues have the least sum of squares; noise alone adds sum² / noise to it.
  const spread = Math.max((sum * sum) / (cells - 1), squares - (sum * sum) / noise);
  const scale = sum > 0 ? spread / sum : 0;
  return scale > 1 ? { scale, dof: (sum * sum) / spread / (cells - 1) } : { scale: 1, dof: 1 };
}

/** Largest design effect over the shares below each inner edge. */
function largestCut(covariance: Float64Array, shares: Float64Array): number {
  const cells = shares.length;
  let most = 1;
  let below = 0;
  for (let cut = 0; cut < cells - 1; cut++) {
    below += shares[cut] ?? 0;
    let variance = 0;
    for (let i = 0; i <= cut; i++) for (let j = 0; j <= cut; j++) variance += covariance[i * cells + j] ?? 0;
    const independent = below * (1 - below);
    if (independent > 1e-12) most = Math.max(most, variance / independent);
  }
  return most;
}
