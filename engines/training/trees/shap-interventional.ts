import type { Tree } from './model.js';

/** A row to explain and a background row, by the side each node would send them to. */
export interface ShapPair {
  readonly own: Uint8Array;
  readonly other: Uint8Array;
  readonly scale: number;
}

/** Inputs on the way to a leaf that only the row itself satisfies (`own`), or only the background row (`other`). */
interface Divided {
  readonly own: readonly number[];
  readonly other: readonly number[];
}

/** (a − 1)! b! / (a + b)!, the Shapley weight of a coalition that must hold a − 1 given inputs and none of b others. */
function shapleyWeight(a: number, b: number): number {
  let weight = 1 / (a + b);
  for (let i = 1; i <= b; i++) weight *= i / (a - 1 + i);
  return weight;
}

/**
 * Adds `scale` times the tree's Shapley values of one row against one background row. A coalition reaches a leaf when it holds
 * all inputs in `own` and none in `other`; the gain of each input in that game is known in closed form.
 */
export function addInterventionalShap(tree: Tree, pair: ShapPair, target: Float64Array): void {
  const visit = (node: number, divided: Divided): void => {
    const input = tree.input[node] ?? -1;
    if (input < 0) {
      addLeaf(divided, (tree.value[node] ?? 0) * pair.scale, target);
      return;
    }
    const childOf = (sides: Uint8Array): number =>
      (sides[node] === 1 ? tree.left[node] : tree.right[node]) ?? 0;
    const [own, other] = [childOf(pair.own), childOf(pair.other)];
    if (own === other || divided.own.includes(input)) visit(own, divided);
    else if (divided.other.includes(input)) visit(other, divided);
    else {
      visit(own, { ...divided, own: [...divided.own, input] });
      visit(other, { ...divided, other: [...divided.other, input] });
    }
  };
  visit(0, { own: [], other: [] });
}

function addLeaf({ own, other }: Divided, value: number, target: Float64Array): void {
  for (const input of own)
    target[input] = (target[input] ?? 0) + value * shapleyWeight(own.length, other.length);
  for (const input of other)
    target[input] = (target[input] ?? 0) - value * shapleyWeight(other.length, own.length);
}
