import type { Kernel } from './kernel.js';
import type { TreesParameters } from './parameters.js';
import { leafValue, readSplit, type Leaf, type RoundScale, type Split } from './split.js';
import { createTreeBuilder, type TreeBuilder } from './tree-builder.js';
import type { InputBins, Workspace } from './workspace.js';

/** What a tree is grown from. */
export interface GrowJob {
  readonly space: Workspace;
  readonly kernel: Kernel;
  readonly parameters: TreesParameters;
  readonly bins: readonly InputBins[];
  /** Monotone direction by input. */
  readonly directions: readonly number[];
  readonly scale: RoundScale;
  /** Rows that take part: the first of the row list. */
  readonly rows: number;
  /** Inputs that take part; already written to `space.features`. */
  readonly featureCount: number;
}

/** A grown tree without leaf values, and its leaves. */
export interface Grown {
  readonly tree: TreeBuilder;
  readonly leaves: readonly Leaf[];
}

/** Grows one tree leaf-wise: again and again the leaf whose best split gains most, earlier leaves first among equals. */
export function growTree(job: GrowJob): Grown {
  const tree = createTreeBuilder();
  const leaves = [rootOf(job, tree)];
  let slots = 1;
  while (leaves.length < job.parameters.numLeaves) {
    const at = indexOfBest(leaves);
    const leaf = leaves[at];
    if (leaf?.split === undefined) break;
    const { split } = leaf;
    const left = divide(job, leaf, split);
    if (left === undefined) continue;
    const children = childrenOf(job, leaf, split, { left, tree, slot: slots });
    if (leaves.length + 1 < job.parameters.numLeaves && findSplits(job, leaf, children)) slots++;
    leaves.splice(at, 1, children[0]);
    leaves.push(children[1]);
  }
  return { tree, leaves };
}

function rootOf(job: GrowJob, tree: TreeBuilder): Leaf {
  const { space, kernel, rows } = job;
  kernel.sumGradients({ gradients: space.gradients, rows: space.train.list, count: rows, sums: space.sums });
  const root: Leaf = {
    node: tree.addLeaf(rows),
    begin: 0,
    count: rows,
    sumG: space.memory.f64[space.sums / 8] ?? 0,
    sumH: space.memory.f64[space.sums / 8 + 1] ?? 0,
    lambda: job.parameters.lambdaL2,
    least: -Infinity,
    most: Infinity,
    depth: 0,
    slot: 0,
    fewestRows: job.parameters.minDataInLeaf,
    split: undefined,
  };
  if (maySplit(job, root)) {
    countRows(job, root);
    root.split = search(job, root);
  }
  return root;
}

function indexOfBest(leaves: readonly Leaf[]): number {
  let best = -1;
  let gain = 0;
  for (const [i, leaf] of leaves.entries()) {
    if (leaf.split === undefined || leaf.split.gain <= gain) continue;
    best = i;
    gain = leaf.split.gain;
  }
  return best;
}

const slotAddress = ({ histograms, cells }: Workspace, slot: number): number =>
  histograms + slot * cells * 16;

function maySplit({ parameters }: GrowJob, leaf: Leaf): boolean {
  const deep = parameters.maxDepth > 0 && leaf.depth >= parameters.maxDepth;
  return !deep && leaf.count >= 2 * parameters.minDataInLeaf;
}

function countRows({ space, kernel, featureCount }: GrowJob, leaf: Leaf): void {
  const cells = slotAddress(space, leaf.slot);
  kernel.clear(cells, space.cells * 16);
  kernel.histogram({
    bins: space.train.bins,
    stride: space.stride,
    rows: space.train.list + leaf.begin * 4,
    count: leaf.count,
    gradients: space.gradients,
    features: space.features,
    featureCount,
    layout: space.layout,
    cells,
    cellCount: space.cells,
    scratch: space.scratchChunk,
  });
}

/** Looks for the leaf's best split in its histogram. */
function search({ space, kernel, scale, featureCount }: GrowJob, leaf: Leaf): Split | undefined {
  const toUnits = scale.g / scale.h;
  const { sumG, sumH, count, least, most, fewestRows } = leaf;
  const { f64 } = space.memory;
  const at = space.leaf / 8;
  f64[at] = sumG;
  f64[at + 1] = sumH;
  f64[at + 2] = count;
  // Infinity times a scale that has become 0 would be NaN.
  f64[at + 3] = least === -Infinity ? least : least * toUnits;
  f64[at + 4] = most === Infinity ? most : most * toUnits;
  f64[at + 5] = fewestRows;
  kernel.scan({
    cells: slotAddress(space, leaf.slot),
    features: space.features,
    featureCount,
    layout: space.layout,
    leaf: space.leaf,
    settings: space.settings,
    found: space.found,
  });
  return readSplit(space, scale);
}

/**
 * Sends the leaf's rows left and right and gives how many went left. When a child has too few rows after all (the search only
 * estimates counts), the leaf keeps its rows, looks for another split with a stricter estimate, and the result is undefined.
 */
function divide(job: GrowJob, leaf: Leaf, split: Split): number | undefined {
  const { space, kernel, parameters, bins } = job;
  const { u8 } = space.memory;
  const table = space.tables + leaf.node * 256;
  const missing = table + (bins[split.input]?.bins ?? 255);
  u8.fill(0, table, table + 256);
  if (split.kind === 'number') u8.fill(1, table, table + split.bin + 1);
  for (const member of split.members) u8[table + member] = 1;
  u8[missing] = split.missing === 'left' ? 1 : 0;
  const left = kernel.partition({
    rows: space.train.list + leaf.begin * 4,
    count: leaf.count,
    column: space.columns + split.input * space.train.rows,
    table,
    scratch: space.scratchRows,
  });
  if (split.missing === 'none') u8[missing] = 2 * left >= leaf.count ? 1 : 0;
  if (Math.min(left, leaf.count - left) >= parameters.minDataInLeaf) return left;
  leaf.fewestRows *= 2;
  leaf.split = 2 * leaf.fewestRows > leaf.count ? undefined : search(job, leaf);
  return undefined;
}

/** The two leaves that a split makes; the larger takes over the histogram's place. */
function childrenOf(
  job: GrowJob,
  leaf: Leaf,
  split: Split,
  { left, tree, slot }: { left: number; tree: TreeBuilder; slot: number },
): [Leaf, Leaf] {
  const right = leaf.count - left;
  const [leftSlot, rightSlot] = left > right ? [leaf.slot, slot] : [slot, leaf.slot];
  const children: [Leaf, Leaf] = [
    childOf(job, leaf, split, { node: tree.addLeaf(left), count: left, slot: leftSlot, isLeft: true }),
    childOf(job, leaf, split, { node: tree.addLeaf(right), count: right, slot: rightSlot, isLeft: false }),
  ];
  writeNode(job, leaf, split, { tree, children });
  boundChildren(children, job.directions[split.input] ?? 0, job.scale);
  return children;
}

/** One child. Written out member by member: object spreads here cost a tenth of a small training. */
function childOf(
  { parameters }: GrowJob,
  leaf: Leaf,
  split: Split,
  { node, count, slot, isLeft }: { node: number; count: number; slot: number; isLeft: boolean },
): Leaf {
  const { lambdaL2, categoryL2, minDataInLeaf } = parameters;
  return {
    node,
    begin: isLeft ? leaf.begin : leaf.begin + leaf.count - count,
    count,
    sumG: isLeft ? split.leftG : leaf.sumG - split.leftG,
    sumH: isLeft ? split.leftH : leaf.sumH - split.leftH,
    lambda: split.kind === 'sorted-categories' ? lambdaL2 + categoryL2 : lambdaL2,
    least: leaf.least,
    most: leaf.most,
    depth: leaf.depth + 1,
    slot,
    fewestRows: minDataInLeaf,
    split: undefined,
  };
}

/** Under a monotone split neither side may later cross the middle between the two values. */
function boundChildren([left, right]: [Leaf, Leaf], direction: number, scale: RoundScale): void {
  if (direction === 0) return;
  const middle = leafValue(left, scale) / 2 + leafValue(right, scale) / 2;
  const [lower, upper] = direction > 0 ? [left, right] : [right, left];
  lower.most = Math.min(lower.most, middle);
  upper.least = Math.max(upper.least, middle);
}

function writeNode(
  { space, bins }: GrowJob,
  leaf: Leaf,
  split: Split,
  { tree, children: [left, right] }: { tree: TreeBuilder; children: [Leaf, Leaf] },
): void {
  const own = bins[split.input];
  const missing = own?.bins ?? 255;
  tree.split(leaf.node, {
    input: split.input,
    threshold: own?.type === 'number' ? (own.bounds[split.bin] ?? Infinity) : 0,
    categories: split.kind === 'number' ? undefined : split.members.filter((bin) => bin !== missing),
    missingLeft: space.memory.u8[space.tables + leaf.node * 256 + missing] === 1,
    left: left.node,
    right: right.node,
    gain: split.gain,
  });
}

/** Finds the children's splits; false when neither may split, and no histogram was made. */
function findSplits(job: GrowJob, parent: Leaf, children: readonly [Leaf, Leaf]): boolean {
  const [larger, smaller] = children[0].slot === parent.slot ? children : [children[1], children[0]];
  if (!maySplit(job, larger)) return false;
  countRows(job, smaller);
  const { space, kernel } = job;
  kernel.subtract({
    target: slotAddress(space, larger.slot),
    source: slotAddress(space, smaller.slot),
    count: space.cells,
  });
  larger.split = search(job, larger);
  if (maySplit(job, smaller)) smaller.split = search(job, smaller);
  return true;
}
