import { readFileSync } from 'node:fs';
import type { Kernel } from './kernel.js';

type Call = (...values: number[]) => number;

let compiled: WebAssembly.Module | undefined;

/** The compiled kernel, read once per process. */
export function kernelModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(readFileSync(new URL('./kernel.wasm', import.meta.url)));
  return compiled;
}

/** The WebAssembly engine over `memory`, which must be shared. */
export function createWasmKernel(memory: WebAssembly.Memory): Kernel {
  const { exports } = new WebAssembly.Instance(kernelModule(), { env: { memory } });
  const call = (name: string): Call => {
    const found = exports[name];
    if (typeof found !== 'function') throw new TypeError(`kernel.wasm has no function '${name}'; rebuild it`);
    return found as Call;
  };
  return { engine: 'wasm', ...rowCalls(call), ...gradientCalls(call), ...cellCalls(call) };
}

type RowCalls = Pick<
  Kernel,
  'binNumbers' | 'interleave' | 'sampleRows' | 'partition' | 'addLeaf' | 'addTree' | 'softmax'
>;

function rowCalls(call: (name: string) => Call): RowCalls {
  const [binNumbers, interleave, sampleRows] = [call('binNumbers'), call('interleave'), call('sampleRows')];
  const [partition, addLeaf, addTree, softmax] = [
    call('partition'),
    call('addLeaf'),
    call('addTree'),
    call('softmax'),
  ];
  return {
    binNumbers: (j) => void binNumbers(j.values, j.count, j.bounds, j.missing, j.column),
    interleave: (j) => void interleave(j.column, j.count, j.target, j.stride),
    sampleRows: (j) => sampleRows(j.count, j.salt, j.limit, j.rows, j.scratch),
    partition: (j) => partition(j.rows, j.count, j.column, j.table, j.scratch),
    addLeaf: (j) => void addLeaf(j.scores, j.rows, j.count, j.value),
    addTree: (j) => void addTree(j.scores, j.bins, j.stride, j.rows, j.count, j.nodes, j.tables, j.values),
    softmax: (j) => void softmax(j.scores, j.bases, j.count, j.classes, j.probabilities),
  };
}

type GradientCalls = Pick<Kernel, 'gradients' | 'quantise' | 'sumGradients'>;

function gradientCalls(call: (name: string) => Call): GradientCalls {
  const [gradients, quantise, sumGradients] = [call('gradients'), call('quantise'), call('sumGradients')];
  return {
    gradients: (j) =>
      void gradients(j.kind, j.scores, j.bias, j.labels, j.weights, j.count, j.a, j.b, j.pairs, j.maxima),
    quantise: (j) => void quantise(j.pairs, j.count, j.gScale, j.hScale, j.gradients),
    sumGradients: (j) => void sumGradients(j.gradients, j.rows, j.count, j.sums),
  };
}

type CellCalls = Pick<Kernel, 'histogram' | 'subtract' | 'merge' | 'clear' | 'scan'>;

function cellCalls(call: (name: string) => Call): CellCalls {
  const [histogram, subtract, merge] = [call('histogram'), call('subtract'), call('merge')];
  const [clear, scan] = [call('clear'), call('scan')];
  return {
    histogram: (j) =>
      void histogram(
        j.bins,
        j.stride,
        j.rows,
        j.count,
        j.gradients,
        j.features,
        j.featureCount,
        j.layout,
        j.cells,
        j.scratch,
      ),
    subtract: (j) => void subtract(j.target, j.source, j.count),
    merge: (j) => void merge(j.target, j.source, j.count),
    clear: (address, bytes) => void clear(address, bytes),
    scan: (j) => void scan(j.cells, j.features, j.featureCount, j.layout, j.leaf, j.settings, j.found),
  };
}
