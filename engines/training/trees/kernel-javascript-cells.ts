import type { CellsJob, Kernel } from './kernel.js';
import type { TreeMemory } from './memory.js';

/** Twins of `assembly/histogram.ts`, on cells of two f64: whole numbers under 2^53, so sums are as exact as i64 sums. */
export function createCellTwins(
  memory: TreeMemory,
): Pick<Kernel, 'histogram' | 'subtract' | 'merge' | 'clear'> {
  const { u8, f64 } = memory;
  const combine =
    (sign: 1 | -1) =>
    ({ target, source, count }: CellsJob): void => {
      for (let i = 0; i < 2 * count; i++) {
        f64[target / 8 + i] = (f64[target / 8 + i] ?? 0) + sign * (f64[source / 8 + i] ?? 0);
      }
    };
  return {
    histogram: histogramTwin(memory),
    subtract: combine(-1),
    merge: combine(1),
    clear: (address, bytes) => void u8.fill(0, address, address + bytes),
  };
}

function histogramTwin({ u8, i32, u32, f64 }: TreeMemory): Kernel['histogram'] {
  return (job) => {
    const { bins, stride, rows, count, gradients, features, featureCount, layout, cells } = job;
    for (let f = 0; f < featureCount; f++) {
      const feature = u32[features / 4 + f] ?? 0;
      const own = cells / 8 + (i32[layout / 4 + feature * 4] ?? 0) * 2;
      for (let i = 0; i < count; i++) {
        const row = u32[rows / 4 + i] ?? 0;
        const cell = own + (u8[bins + row * stride + feature] ?? 0) * 2;
        f64[cell] = (f64[cell] ?? 0) + (i32[gradients / 4 + 2 * row] ?? 0);
        f64[cell + 1] = (f64[cell + 1] ?? 0) + (i32[gradients / 4 + 2 * row + 1] ?? 0);
      }
    }
  };
}
