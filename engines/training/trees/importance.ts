import type { TreesModel } from './model.js';

/** How much a model leans on one input. */
export interface TreesImportance {
  readonly input: string;
  /** Nodes that split on it. */
  readonly splits: number;
  /** Sum of the gains of those nodes. */
  readonly gain: number;
}

/** Importance of every input in the model's order; unused ones have 0. */
export function importanceOf({ inputs, trees }: TreesModel): TreesImportance[] {
  const splits = new Float64Array(inputs.length);
  const gain = new Float64Array(inputs.length);
  for (const tree of trees) {
    for (const [node, input] of tree.input.entries()) {
      if (input < 0) continue;
      splits[input] = (splits[input] ?? 0) + 1;
      gain[input] = (gain[input] ?? 0) + (tree.gain[node] ?? 0);
    }
  }
  return inputs.map(({ name }, i) => ({ input: name, splits: splits[i] ?? 0, gain: gain[i] ?? 0 }));
}
