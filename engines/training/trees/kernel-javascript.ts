import type { Kernel } from './kernel.js';
import { createCellTwins } from './kernel-javascript-cells.js';
import { createGradientTwins } from './kernel-javascript-gradients.js';
import { createRowTwins } from './kernel-javascript-rows.js';
import { createScanTwin } from './kernel-javascript-scan.js';
import type { TreeMemory } from './memory.js';

/** The JavaScript engine: function by function the twin of the WebAssembly kernel, without its speed. */
export function createJavaScriptKernel(memory: TreeMemory): Kernel {
  return {
    engine: 'javascript',
    ...createRowTwins(memory),
    ...createGradientTwins(memory),
    ...createCellTwins(memory),
    ...createScanTwin(memory),
  };
}
