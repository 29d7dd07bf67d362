import type { Tree } from './model.js';

type Growing = {
  -readonly [K in keyof Tree]: Tree[K] extends readonly (infer V)[] ? V[] : Record<number, readonly number[]>;
};

/** A tree while it grows. */
export interface TreeBuilder {
  /** Adds a leaf of `rows` rows and gives its node. */
  addLeaf(rows: number): number;
  /** Turns leaf `node` into an inner node. */
  split(node: number, rule: SplitRule): void;
  setValue(node: number, value: number): void;
  build(): Tree;
}

/** How an inner node sends rows. */
export interface SplitRule {
  readonly input: number;
  readonly threshold: number;
  /** Codes that go left; undefined for a number. */
  readonly categories: readonly number[] | undefined;
  readonly missingLeft: boolean;
  readonly left: number;
  readonly right: number;
  readonly gain: number;
}

/** An empty tree. */
export function createTreeBuilder(): TreeBuilder {
  const tree: Growing = {
    input: [],
    threshold: [],
    categories: {},
    missingLeft: [],
    left: [],
    right: [],
    value: [],
    rows: [],
    gain: [],
  };
  return {
    addLeaf(rows) {
      tree.input.push(-1);
      tree.threshold.push(0);
      tree.missingLeft.push(0);
      tree.left.push(0);
      tree.right.push(0);
      tree.value.push(0);
      tree.gain.push(0);
      return tree.rows.push(rows) - 1;
    },
    split(node, rule) {
      tree.input[node] = rule.input;
      tree.threshold[node] = rule.threshold;
      if (rule.categories !== undefined) tree.categories[node] = rule.categories;
      tree.missingLeft[node] = rule.missingLeft ? 1 : 0;
      tree.left[node] = rule.left;
      tree.right[node] = rule.right;
      tree.gain[node] = rule.gain;
    },
    setValue(node, value) {
      // + 0 turns −0 into 0, which JSON cannot tell apart.
      tree.value[node] = value + 0;
    },
    build: () => tree,
  };
}
