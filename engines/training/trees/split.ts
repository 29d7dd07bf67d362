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
  least: number;
  most: number;
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
  const { f64, u8 } = memory;
  const at = found / 8;
  const input = f64[at + 1] ?? -1;
  if (input < 0) return undefined;
  const kind = f64[at + 6] ?? 0;
  const members: number[] = [];
  if (kind > 0) {
    for (let b = 0; b < 256; b++) if (u8[found + 64 + b] === 1) members.push(b);
  }
  return {
    gain: (((f64[at] ?? 0) - (f64[at + 7] ?? 0)) / scale.g) * (scale.h / scale.g),
    input,
    leftG: f64[at + 2] ?? 0,
    leftH: f64[at + 3] ?? 0,
    bin: f64[at + 4] ?? 0,
    missing: sides[f64[at + 5] ?? 2] ?? 'none',
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
