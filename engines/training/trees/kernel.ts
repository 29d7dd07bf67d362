/**
 * The inner loops of training, as two interchangeable engines over one block of memory: WebAssembly (fast) and JavaScript (its
 * oracle in tests, and the fallback). Both write the same bytes everywhere but in histogram cells, whose 16 bytes are the
 * engine's own: a pair of i64 there, a pair of f64 here. Addresses are byte offsets; all sizes in rows or bytes as named.
 */
export type Address = number;

/** Names of the engines. */
export type KernelEngine = 'wasm' | 'javascript';

/** Bins of `values` (f64, rounded to float32): see `assembly/rows.ts`. `bounds` holds 256 float32, ascending, padded with Infinity. */
export interface BinNumbersJob {
  readonly values: Address;
  readonly count: number;
  readonly bounds: Address;
  /** The bin of NaN. */
  readonly missing: number;
  readonly column: Address;
}

/** Copies a column of bins into a row-major matrix whose rows lie `stride` bytes apart. */
export interface InterleaveJob {
  readonly column: Address;
  readonly count: number;
  readonly target: Address;
  readonly stride: number;
}

/** Seeded choice of rows: those whose hash is under `limit` of 2^32 come first in `rows`. */
export interface SampleJob {
  readonly count: number;
  readonly salt: number;
  readonly limit: number;
  readonly rows: Address;
  readonly scratch: Address;
}

/** Stable split of a leaf's rows by a table of 256 bins. */
export interface PartitionJob {
  readonly rows: Address;
  readonly count: number;
  readonly column: Address;
  readonly table: Address;
  readonly scratch: Address;
}

/** Adds one value to the scores of listed rows. */
export interface AddLeafJob {
  readonly scores: Address;
  readonly rows: Address;
  readonly count: number;
  readonly value: number;
}

/** Adds a tree to the scores of listed rows. */
export interface AddTreeJob {
  readonly scores: Address;
  readonly bins: Address;
  readonly stride: number;
  readonly rows: Address;
  readonly count: number;
  /** Four i32 a node: input (−1 for a leaf), left, right, 0. */
  readonly nodes: Address;
  /** 256 bytes a node: 1 where a bin goes left. */
  readonly tables: Address;
  /** One f64 a node. */
  readonly values: Address;
}

/** Class probabilities from `classes` score columns. */
export interface SoftmaxJob {
  readonly scores: Address;
  readonly bases: Address;
  readonly count: number;
  readonly classes: number;
  readonly probabilities: Address;
}

/** Loss derivatives in double precision. */
export interface GradientsJob {
  /** 0 squared, 1 absolute, 2 quantile, 3 Poisson, 4 logistic, 5 softmax. */
  readonly kind: number;
  readonly scores: Address;
  readonly bias: number;
  readonly labels: Address;
  /** 0 for none. */
  readonly weights: Address;
  readonly count: number;
  readonly a: number;
  readonly b: number;
  readonly pairs: Address;
  /** Two f64: largest |g|, largest h. */
  readonly maxima: Address;
}

/** Rounds derivatives to integers. */
export interface QuantiseJob {
  readonly pairs: Address;
  readonly count: number;
  readonly gScale: number;
  readonly hScale: number;
  readonly gradients: Address;
}

/** Totals of integer gradients over listed rows. */
export interface SumJob {
  readonly gradients: Address;
  readonly rows: Address;
  readonly count: number;
  /** Two f64. */
  readonly sums: Address;
}

/** Adds listed rows to a histogram. */
export interface HistogramJob {
  /** Row-major bins. */
  readonly bins: Address;
  readonly stride: number;
  readonly rows: Address;
  readonly count: number;
  readonly gradients: Address;
  /** Inputs to count, as u32. */
  readonly features: Address;
  readonly featureCount: number;
  /** Four i32 an input: first cell, value bins (the missing bin follows), 1 for a category, monotone direction. */
  readonly layout: Address;
  readonly cells: Address;
  /** Cells of the whole histogram. */
  readonly cellCount: number;
  /** As many bytes as `scratchBytes` of `workspace.ts` says. */
  readonly scratch: Address;
}

/** Cell by cell sum or difference of two histograms. */
export interface CellsJob {
  readonly target: Address;
  readonly source: Address;
  readonly count: number;
}

/** Search of the best split of a leaf; the blocks are described in `assembly/scan.ts`. */
export interface ScanJob {
  readonly cells: Address;
  readonly features: Address;
  readonly featureCount: number;
  readonly layout: Address;
  readonly leaf: Address;
  readonly settings: Address;
  readonly found: Address;
}

/** What an engine does. No call allocates, throws or keeps state between calls. */
export interface Kernel {
  readonly engine: KernelEngine;
  binNumbers(job: BinNumbersJob): void;
  interleave(job: InterleaveJob): void;
  /** Gives how many rows were chosen. */
  sampleRows(job: SampleJob): number;
  /** Gives how many rows went left. */
  partition(job: PartitionJob): number;
  addLeaf(job: AddLeafJob): void;
  addTree(job: AddTreeJob): void;
  softmax(job: SoftmaxJob): void;
  gradients(job: GradientsJob): void;
  quantise(job: QuantiseJob): void;
  sumGradients(job: SumJob): void;
  histogram(job: HistogramJob): void;
  subtract(job: CellsJob): void;
  merge(job: CellsJob): void;
  clear(address: Address, bytes: number): void;
  scan(job: ScanJob): void;
}
