import { fitCategoryBins } from './category-levels.js';
import { categoryColumn, numberColumn, type InputNames, type TreesColumns, type TreesData } from './data.js';
import type { Kernel } from './kernel.js';
import type { TreesModel } from './model.js';
import { fitNumberBins, sampleRows } from './numeric-bins.js';
import type { TreesParameters } from './parameters.js';
import type { InputBins, RowBlock, Workspace } from './workspace.js';

/** Fits the bins of every input on the training rows; levels of a model that is continued keep their codes. */
export function fitBins(
  data: TreesColumns,
  inputs: readonly InputNames[],
  parameters: TreesParameters,
  start?: TreesModel,
): InputBins[] {
  const { maxBin, minDataInBin, seed } = parameters;
  const rules = { maxBin, minDataInBin, sample: sampleRows(data.rows, seed) };
  return inputs.map(({ name, type }, i) => {
    if (type === 'number') return fitNumberBins(new Float32Array(numberColumn(data, name)), rules);
    const held = start?.inputs[i];
    const levels = held?.type === 'category' ? held.levels : [];
    return fitCategoryBins(categoryColumn(data, name), maxBin - 1, levels);
  });
}

/** What {@link fillRows} writes. */
export interface RowsToFill {
  readonly data: TreesData;
  readonly inputs: readonly InputNames[];
  readonly bins: readonly InputBins[];
  readonly block: RowBlock;
}

/** Writes rows into memory as bins; for the training rows the column-major copy too. */
export function fillRows(space: Workspace, kernel: Kernel, { data, inputs, bins, block }: RowsToFill): void {
  const { u32, f64 } = space.memory;
  const columnsKept = block === space.train;
  for (const [i, input] of inputs.entries()) {
    const column = columnsKept ? space.columns + i * block.rows : space.pairs + block.rows * 8;
    const own = bins[i];
    if (own?.type === 'number')
      binNumbers(space, kernel, { values: numberColumn(data, input.name), bins: own, column });
    else if (own !== undefined) {
      const texts = categoryColumn(data, input.name);
      texts.forEach((text, row) => (space.memory.u8[column + row] = own.codes.get(text ?? '') ?? own.bins));
    }
    kernel.interleave({ column, count: block.rows, target: block.bins + i, stride: space.stride });
  }
  f64.set(data.label, block.labels / 8);
  if (block.weights !== 0 && data.weight !== undefined) f64.set(data.weight, block.weights / 8);
  for (let row = 0; row < block.rows; row++) u32[block.list / 4 + row] = row;
}

function binNumbers(
  { memory, bounds, pairs }: Workspace,
  kernel: Kernel,
  { values, bins, column }: { values: Float64Array; bins: InputBins & { type: 'number' }; column: number },
): void {
  memory.f64.set(values, pairs / 8);
  memory.f32.fill(Infinity, bounds / 4, bounds / 4 + 256);
  memory.f32.set(bins.bounds, bounds / 4);
  kernel.binNumbers({ values: pairs, count: values.length, bounds, missing: bins.bins, column });
}
