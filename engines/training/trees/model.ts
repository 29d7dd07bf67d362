import type { TreesParameters } from './parameters.js';

/** An input of a model: a number, or a text with the levels that training saw. */
export type TreesInput =
  | { readonly name: string; readonly type: 'number' }
  /** Level i has code i; missing (null or empty), unknown and left-out levels have no code and count as missing. */
  | { readonly name: string; readonly type: 'category'; readonly levels: readonly string[] };

/**
 * A tree as parallel arrays, one member a node; node 0 is the root. Inner nodes: `input` ≥ 0, and a row goes `left` when its
 * float32 value ≤ `threshold` (numbers) or its code is in `categories[node]`, or when the value is missing and `missingLeft`
 * is 1; else `right`. Leaves: `input` −1.
 */
export interface Tree {
  readonly input: readonly number[];
  /** A float32 value, or ±Infinity; 0 for category splits and leaves. */
  readonly threshold: readonly number[];
  /** Ascending codes that go left, by node; only nodes that split on categories. */
  readonly categories: Readonly<Record<number, readonly number[]>>;
  readonly missingLeft: readonly (0 | 1)[];
  readonly left: readonly number[];
  readonly right: readonly number[];
  /** What a leaf adds to the margin, learning rate included; 0 for inner nodes. */
  readonly value: readonly number[];
  /** Training rows that passed. */
  readonly rows: readonly number[];
  /** How much an inner node's split lowered the loss (second-order estimate, times 2); 0 for leaves. */
  readonly gain: readonly number[];
}

/** Trained trees: plain data, equal for equal inputs on every machine. */
export interface TreesModel {
  readonly format: 'perennial-trees/1';
  readonly parameters: TreesParameters;
  readonly inputs: readonly TreesInput[];
  /** Margins per row: 1, or the number of classes for softmax. */
  readonly outputs: number;
  /** Added to the sum of the leaves, last; one per output. */
  readonly base: readonly number[];
  /** By round, then by output: tree i adds to output i mod `outputs`. */
  readonly trees: readonly Tree[];
}

/** Rounds of boosting that a model holds. */
export const roundsOf = (model: TreesModel): number => model.trees.length / model.outputs;
