import type { Workspace } from './workspace.js';

/** Powers of two that turn real derivatives into integers. */
export interface RoundScale {
  readonly g: number;
  readonly h: number;
}

/** A part of the rows that a tree holds together, while the tree grows. Sums are in integer units, bounds in real ones. */
export interface Leaf {
  readonly node: number;
  /** Its rows: `count` places of the row list from `begin`. */
  readonly begin: number;
  readonly count: number;
  readonly sumG: number;
  readonly sumH: number;
  /** L2 penalty of its value: more under a split of sorted categories. */
  readonly lambda: number;
  /** Values allowed by monotone constraints above it. */
  readonly least: number;
  readonly most: number;
  readonly depth: number;
  /** Place of its histogram. */
  readonly slot: number;
  /** Fewest rows of a child that the search asks for; raised when an estimate was too high. */
  fewestRows: number;
  split: Split | undefined;
}

/** The best split of a leaf. */
export interface Split {
  /** In real units. */
  readonly gain: number;
  readonly input: number;
  readonly leftG: number;
  readonly leftH: number;
  /** Last bin on the left (numbers). */
  readonly bin: number;
  /** Where missing values go; `none` when the leaf has none: they then follow the larger child. */
  readonly missing: 'right' | 'left' | 'none';
  readonly kind: 'number' | 'one-category' | 'sorted-categories';
  /** Bins on the left (categories); may hold the missing bin. */
  readonly members: readonly number[];
}

const sides = ['right', 'left', 'none'] as const;
const kinds = ['number', 'one-category', 'sorted-categories'] as const;

/** Reads what `scan` found; undefined when no split gains enough. */
export function readSplit({ memory, found }: Workspace, scale: RoundScale): Split | undefined {
  const [best = 0, input = -1, leftG = 0, leftH = 0, bin = 0, side = 2, kind = 0, unsplit = 0] =
    memory.f64.subarray(found / 8, found / 8 + 8);
  if (input < 0) return undefined;
  const members: number[] = [];
  if (kind > 0) {
    for (let b = 0; b < 256; b++) if (memory.u8[found + 64 + b] === 1) members.push(b);
  }
  return {
    gain: ((best - unsplit) / scale.g) * (scale.h / scale.g),
    input,
    leftG,
    leftH,
    bin,
    missing: sides[side] ?? 'none',
    kind: kinds[kind] ?? 'number',
    members,
  };
}

/** Newton step of a leaf, kept within its bounds; the learning rate is not in it. */
export function leafValue(
  leaf: Pick<Leaf, 'sumG' | 'sumH' | 'lambda' | 'least' | 'most'>,
  scale: RoundScale,
): number {
  const step = (-leaf.sumG / (leaf.sumH + leaf.lambda * scale.h)) * (scale.h / scale.g);
  return Math.min(leaf.most, Math.max(leaf.least, step));
}
