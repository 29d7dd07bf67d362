import { type Absent, absent } from '../outcome.js';
import { createRandom } from '../random.js';
import { denseRanks } from '../numeric/argsort.js';
import { type Numbers, firstNonFinite } from '../numeric/numbers.js';
import type { TestResult } from './types.js';

/** Two samples in time order, the reference before the current one. */
export interface BlockPermutation {
  readonly reference: Numbers;
  readonly current: Numbers;
  /** Rows in a block, at least as long as rows depend on each other (24 for hourly rows with a daily rhythm). 1: plain permutation. */
  readonly blockLength: number;
  /** Random arrangements. Default 999. */
  readonly permutations?: number;
  /** Seed of the arrangements. Default 1. */
  readonly seed?: number;
}

/**
 * Kolmogorov–Smirnov test for rows that depend on their neighbours: the pooled series is cut into blocks, the blocks are
 * put in random order, and the p-value is the share of arrangements whose distance is at least the observed one (itself
 * counted, Phipson & Smyth 2010). Blocks keep the dependence, which the ordinary p-value ignores. `details.blocks` says how
 * many blocks there were; fewer than 5 in either sample cannot carry a verdict and are a named absence, as is a value that
 * is not finite.
 */
export function blockPermutationKs({
  reference,
  current,
  blockLength,
  permutations = 999,
  seed = 1,
}: BlockPermutation): TestResult {
  if (!(Number.isInteger(blockLength) && blockLength >= 1))
    throw new RangeError(`Block length ${blockLength} is not a whole number of at least 1.`);
  if (!(Number.isInteger(permutations) && permutations >= 19))
    throw new RangeError(`${permutations} permutations: give a whole number of at least 19.`);
  const fault = faultOf(reference, 'reference', blockLength) ?? faultOf(current, 'current', blockLength);
  if (fault) return fault;
  const n = reference.length;
  const pooled = Float64Array.from(
    { length: n + current.length },
    (_, i) => (i < n ? reference[i] : current[i - n]) ?? 0,
  );
  const { group, groups } = denseRanks(pooled);
  const blocks = Math.ceil(pooled.length / blockLength);
  const identity = Uint32Array.from({ length: blocks }, (_, k) => k);
  const setting: Arrangement = { group, groups, n, blockLength };
  const observed = arrangedDistance(identity, setting);
  const random = createRandom(seed);
  let atLeast = 1;
  for (let r = 0; r < permutations; r++) {
    if (arrangedDistance(random.permutation(blocks), setting) >= observed - 1e-12) atLeast++;
  }
  return { kind: 'value', statistic: observed, pValue: atLeast / (permutations + 1), details: { blocks } };
}

function faultOf(values: Numbers, which: string, blockLength: number): Absent | undefined {
  if (values.length < 5 * blockLength)
    return absent(`the ${which} sample has ${values.length} rows, fewer than 5 blocks of ${blockLength}`);
  const bad = firstNonFinite(values);
  return bad < 0
    ? undefined
    : absent(`row ${bad} of the ${which} sample is ${values[bad]}, not a finite number`);
}

interface Arrangement {
  readonly group: Uint32Array;
  readonly groups: number;
  /** Rows of the reference: the first n rows of an arrangement. */
  readonly n: number;
  readonly blockLength: number;
}

function arrangedDistance(order: Uint32Array, { group, groups, n, blockLength }: Arrangement): number {
  const inReference = new Int32Array(groups);
  const inCurrent = new Int32Array(groups);
  let at = 0;
  for (const block of order) {
    const end = Math.min(group.length, (block + 1) * blockLength);
    for (let row = block * blockLength; row < end; row++) {
      const counts = at++ < n ? inReference : inCurrent;
      const g = group[row] ?? 0;
      counts[g] = (counts[g] ?? 0) + 1;
    }
  }
  const m = group.length - n;
  let i = 0;
  let j = 0;
  let most = 0;
  for (let g = 0; g < groups; g++) {
    i += inReference[g] ?? 0;
    j += inCurrent[g] ?? 0;
    most = Math.max(most, Math.abs(i / n - j / m));
  }
  return most;
}
