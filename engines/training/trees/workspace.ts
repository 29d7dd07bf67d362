import { PerennialError } from '../../../domain/errors.js';
import type { CategoryBins } from './category-levels.js';
import { CONTROL_BYTES } from './helpers.js';
import type { Address } from './kernel.js';
import type { NumberBins } from './numeric-bins.js';
import { allocate, MOST_BYTES, planMemory, type Planner, type TreeMemory } from './memory.js';

/** Bins of one input. */
export type InputBins = NumberBins | CategoryBins;

/** Rows in memory: bins by row, labels, weights (0 for none), and one column of scores per output, base not included. */
export interface RowBlock {
  readonly rows: number;
  readonly bins: Address;
  readonly labels: Address;
  readonly weights: Address;
  readonly scores: Address;
  /** Row numbers, as u32. In training: grouped by leaf while a tree grows. */
  readonly list: Address;
}

/** Where everything lies. */
export interface Workspace {
  readonly memory: TreeMemory;
  readonly train: RowBlock;
  readonly validation: RowBlock | undefined;
  /** Bytes between rows of bins: the number of inputs. */
  readonly stride: number;
  /** Bins of the training rows by input, `train.rows` bytes each. */
  readonly columns: Address;
  readonly bounds: Address;
  readonly layout: Address;
  readonly features: Address;
  readonly pairs: Address;
  readonly gradients: Address;
  readonly probabilities: Address;
  readonly bases: Address;
  readonly scratchRows: Address;
  readonly scratchChunk: Address;
  readonly histograms: Address;
  /** Cells of one histogram. */
  readonly cells: number;
  readonly leaf: Address;
  readonly settings: Address;
  readonly found: Address;
  readonly table: Address;
  /** A whole tree, for rows that did not grow it: nodes, tables, values. */
  readonly nodes: Address;
  readonly tables: Address;
  readonly values: Address;
  /** Two f64: sums or maxima. */
  readonly sums: Address;
  /** One for each helping thread. */
  readonly hands: readonly HandSpace[];
}

/** Memory of a helping thread. */
export interface HandSpace {
  readonly control: Address;
  readonly cells: Address;
  readonly scratch: Address;
  readonly maxima: Address;
}

/** What the size of the memory depends on. */
export interface WorkspaceSize {
  readonly trainRows: number;
  readonly validationRows: number;
  readonly weighted: boolean;
  readonly validationWeighted: boolean;
  readonly bins: readonly InputBins[];
  readonly outputs: number;
  readonly numLeaves: number;
  /** Threads beside the one that trains. */
  readonly helpers: number;
  /** More is refused. */
  readonly mostBytes: number;
}

/** Cells of one histogram: every input's bins and its missing bin, packed (equal strides would share cache sets). */
export const cellsOf = (bins: readonly InputBins[]): number =>
  bins.reduce((sum, input) => sum + input.bins + 1, 0);

/** Bytes that counting a chunk of rows needs: (g, h) of 512 rows, and bins of as many as lie within 128 KiB, but one at least. */
export const scratchBytes = (stride: number): number => 4096 + Math.max(131_072, stride) + 16;

function planRows(
  plan: Planner,
  rows: number,
  size: { stride: number; outputs: number; weighted: boolean },
): RowBlock {
  return {
    rows,
    bins: plan.take(rows * size.stride + 16),
    labels: plan.take(rows * 8),
    weights: size.weighted ? plan.take(rows * 8) : 0,
    scores: plan.take(rows * 8 * size.outputs),
    list: plan.take(rows * 4 + 4),
  };
}

/** Plans and allocates the memory of a training; refuses with `out-of-memory` what is too much or WebAssembly cannot address. */
export function createWorkspace(size: WorkspaceSize): Workspace {
  const plan = planMemory();
  const stride = size.bins.length;
  const { outputs } = size;
  const leaves = Math.max(2, Math.min(size.numLeaves, size.trainRows));
  const cells = cellsOf(size.bins);
  const rows = Math.max(size.trainRows, size.validationRows);
  const validation =
    size.validationRows === 0
      ? undefined
      : planRows(plan, size.validationRows, { stride, outputs, weighted: size.validationWeighted });
  const placed = {
    train: planRows(plan, size.trainRows, { stride, outputs, weighted: size.weighted }),
    validation,
    stride,
    columns: plan.take(size.trainRows * stride),
    bounds: plan.take(256 * 4),
    layout: plan.take(stride * 16),
    features: plan.take(stride * 4),
    pairs: plan.take(Math.max(size.trainRows * 16, rows * 9)),
    gradients: plan.take(size.trainRows * 8),
    probabilities: plan.take(outputs > 1 ? size.trainRows * 8 * outputs : 0),
    bases: plan.take(outputs * 8),
    scratchRows: plan.take(rows * 4 + 4),
    scratchChunk: plan.take(scratchBytes(stride)),
    histograms: plan.take(leaves * cells * 16),
    cells,
    leaf: plan.take(64),
    settings: plan.take(128),
    found: plan.take(8192),
    table: plan.take(256),
    nodes: plan.take(leaves * 2 * 16),
    tables: plan.take(leaves * 2 * 256),
    values: plan.take(leaves * 2 * 8),
    sums: plan.take(16),
    hands: Array.from({ length: size.helpers }, () => ({
      control: plan.take(CONTROL_BYTES),
      cells: plan.take(cells * 16),
      scratch: plan.take(scratchBytes(stride)),
      maxima: plan.take(16),
    })),
  };
  if (plan.size() > Math.min(MOST_BYTES, size.mostBytes)) refuseSize(plan.size(), size);
  return { memory: allocate(plan.size()), ...placed };
}

function refuseSize(bytes: number, { trainRows, bins, numLeaves, mostBytes }: WorkspaceSize): never {
  const addressable = mostBytes >= MOST_BYTES;
  throw new PerennialError({
    type: 'out-of-memory',
    thing: `memory for ${trainRows} rows × ${bins.length} inputs with ${numLeaves} leaves`,
    value: addressable ? `${(bytes / 2 ** 30).toFixed(1)} GiB` : `${Math.ceil(bytes / 2 ** 20)} MiB`,
    allowed: addressable ? 'at most 4 GiB' : `at most ${Math.floor(mostBytes / 2 ** 20)} MiB`,
    next: `${addressable ? 'Train' : 'Raise PERENNIAL_THREAD_MEMORY_MB, train'} on fewer rows or inputs, or lower numLeaves or maxBin.`,
  });
}
