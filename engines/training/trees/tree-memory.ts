import type { InputNames } from './data.js';
import type { Tree, TreesInput } from './model.js';
import type { InputBins, Workspace } from './workspace.js';

/** The model's description of its inputs. */
export function modelInputs(inputs: readonly InputNames[], bins: readonly InputBins[]): TreesInput[] {
  return inputs.map(({ name, type }, i) => {
    const own = bins[i];
    return type === 'category'
      ? { name, type, levels: own?.type === 'category' ? own.levels : [] }
      : { name, type: 'number' };
  });
}

/** Writes nodes and values of a tree for `addTree`; the growing has left the tables. */
export function writeTree({ memory, nodes, values }: Workspace, tree: Tree): void {
  for (const [node, input] of tree.input.entries()) {
    memory.i32.set([input, tree.left[node] ?? 0, tree.right[node] ?? 0, 0], nodes / 4 + node * 4);
    memory.f64[values / 8 + node] = tree.value[node] ?? 0;
  }
}

/**
 * Writes the tables of a tree that was not grown just now, from its thresholds. The tree must come from the same bins: every
 * threshold is one of their bounds.
 */
export function writeTables(
  { memory: { u8 }, tables }: Workspace,
  tree: Tree,
  bins: readonly InputBins[],
): void {
  for (const [node, input] of tree.input.entries()) {
    const own = bins[input];
    if (own === undefined) continue;
    const table = tables + node * 256;
    u8.fill(0, table, table + 256);
    if (own.type === 'number') {
      const threshold = tree.threshold[node] ?? 0;
      const below = own.bounds.findIndex((bound) => bound >= threshold);
      const last = threshold === Infinity || below < 0 ? own.bins - 1 : below;
      u8.fill(1, table, table + last + 1);
    }
    for (const code of tree.categories[node] ?? []) u8[table + code] = 1;
    u8[table + own.bins] = tree.missingLeft[node] ?? 0;
  }
}
