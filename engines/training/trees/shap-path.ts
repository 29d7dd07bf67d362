import type { Tree } from './model.js';

/**
 * The inputs met on the way from the root, one group of members for each depth, so that a branch can be left without undoing.
 * Member i of a group: its input, the share of rows that would pass if the input were unknown (`zero`), 1 or 0 if it is known
 * (`one`), and the summed weight of subsets of size i (`weight`).
 */
export interface ShapPath {
  readonly input: Int32Array;
  readonly zero: Float64Array;
  readonly one: Float64Array;
  readonly weight: Float64Array;
}

/** Room for paths of a tree of the given depth. */
export function createShapPath(depth: number): ShapPath {
  const size = ((depth + 2) * (depth + 3)) / 2;
  return {
    input: new Int32Array(size),
    zero: new Float64Array(size),
    one: new Float64Array(size),
    weight: new Float64Array(size),
  };
}

/** Most splits between root and leaf. */
export function depthOf({ input, left, right }: Tree): number {
  const depths = new Array<number>(input.length).fill(0);
  for (const [node, split] of input.entries()) {
    if (split < 0) continue;
    for (const child of [left[node] ?? 0, right[node] ?? 0]) depths[child] = (depths[node] ?? 0) + 1;
  }
  return depths.reduce((most, depth) => Math.max(most, depth), 0);
}

/** A node under visit: how many members its path has before it is extended, and what extends it. */
interface Visit {
  readonly node: number;
  readonly start: number;
  readonly length: number;
  readonly zero: number;
  readonly one: number;
  readonly input: number;
}

/** Adds a tree's Shapley values of one row, whose sides at every node are given, to `target`. Algorithm 2 of Lundberg et al. 2018. */
export function addPathShap(tree: Tree, sides: Uint8Array, path: ShapPath, target: Float64Array): void {
  const visit = ({ node, start: from, length: before, zero, one, input }: Visit): void => {
    const start = from + before;
    copyPath(path, from, start, before);
    extend(path, start, before, { zero, one, input });
    let length = before + 1;
    const split = tree.input[node] ?? -1;
    if (split < 0) {
      addLeaf(path, start, length, { value: tree.value[node] ?? 0, target });
      return;
    }
    const [left, right] = [tree.left[node] ?? 0, tree.right[node] ?? 0];
    const [hot, cold] = sides[node] === 1 ? [left, right] : [right, left];
    let incoming = { zero: 1, one: 1 };
    const met = path.input.indexOf(split, start + 1);
    if (met >= 0 && met < start + length) {
      incoming = { zero: path.zero[met] ?? 1, one: path.one[met] ?? 1 };
      unwind(path, start, length, met - start);
      length -= 1;
    }
    const rows = tree.rows[node] ?? 1;
    const share = (child: number): number => (incoming.zero * (tree.rows[child] ?? 0)) / rows;
    visit({ node: hot, start, length, zero: share(hot), one: incoming.one, input: split });
    visit({ node: cold, start, length, zero: share(cold), one: 0, input: split });
  };
  visit({ node: 0, start: 0, length: 0, zero: 1, one: 1, input: -1 });
}

function copyPath(path: ShapPath, from: number, to: number, length: number): void {
  for (const column of [path.input, path.zero, path.one, path.weight])
    column.copyWithin(to, from, from + length);
}

function extend(
  { input, zero, one, weight }: ShapPath,
  start: number,
  length: number,
  member: { zero: number; one: number; input: number },
): void {
  input[start + length] = member.input;
  zero[start + length] = member.zero;
  one[start + length] = member.one;
  weight[start + length] = length === 0 ? 1 : 0;
  for (let i = length - 1; i >= 0; i--) {
    const own = weight[start + i] ?? 0;
    weight[start + i + 1] = (weight[start + i + 1] ?? 0) + (member.one * own * (i + 1)) / (length + 1);
    weight[start + i] = (member.zero * own * (length - i)) / (length + 1);
  }
}

/** Takes member `at` out again. */
function unwind({ input, zero, one, weight }: ShapPath, start: number, length: number, at: number): void {
  const last = length - 1;
  const [oneOf, zeroOf] = [one[start + at] ?? 0, zero[start + at] ?? 0];
  let next = weight[start + last] ?? 0;
  for (let i = last - 1; i >= 0; i--) {
    const own = weight[start + i] ?? 0;
    if (oneOf !== 0) {
      const freed = (next * length) / ((i + 1) * oneOf);
      weight[start + i] = freed;
      next = own - (freed * zeroOf * (last - i)) / length;
    } else weight[start + i] = (own * length) / (zeroOf * (last - i));
  }
  for (let i = at; i < last; i++) {
    input[start + i] = input[start + i + 1] ?? 0;
    zero[start + i] = zero[start + i + 1] ?? 0;
    one[start + i] = one[start + i + 1] ?? 0;
  }
}

/** Sum of the weights after taking member `at` out, without doing it. */
function unwoundSum({ zero, one, weight }: ShapPath, start: number, length: number, at: number): number {
  const last = length - 1;
  const [oneOf, zeroOf] = [one[start + at] ?? 0, zero[start + at] ?? 0];
  let next = weight[start + last] ?? 0;
  let sum = 0;
  for (let i = last - 1; i >= 0; i--) {
    const own = weight[start + i] ?? 0;
    if (oneOf !== 0) {
      const freed = (next * length) / ((i + 1) * oneOf);
      sum += freed;
      next = own - (freed * zeroOf * (last - i)) / length;
    } else if (zeroOf !== 0) sum += (own * length) / (zeroOf * (last - i));
  }
  return sum;
}

function addLeaf(
  path: ShapPath,
  start: number,
  length: number,
  { value, target }: { value: number; target: Float64Array },
): void {
  for (let i = 1; i < length; i++) {
    const input = path.input[start + i] ?? 0;
    const difference = (path.one[start + i] ?? 0) - (path.zero[start + i] ?? 0);
    target[input] = (target[input] ?? 0) + unwoundSum(path, start, length, i) * difference * value;
  }
}
