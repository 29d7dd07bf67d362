import { hashNumbers, mixBits } from './hash.js';

/** Rows looked at to place the bounds of an input: enough for 254 bins of ≥ 0.4 %; sorting a million would cost more than it gives. */
const SAMPLE_ROWS = 200_000;

/** Bins of a number: value x lies in the first bin b with x ≤ bounds[b], the last bin is open above; missing has its own. */
export interface NumberBins {
  readonly type: 'number';
  /** Ascending float32 values, one fewer than the bins. */
  readonly bounds: Float32Array;
  readonly bins: number;
  /** False where no split is possible: fewer than two different values, missing counted as one. */
  readonly usable: boolean;
}

/** What the placing of bounds depends on. */
export interface BinRules {
  readonly maxBin: number;
  readonly minDataInBin: number;
  readonly seed: number;
}

/**
 * A float32 between a < b such that every float32 x ≤ a goes left and every x ≥ b right, in float32 and in double arithmetic
 * alike: their middle, or a where rounding leaves the gap. Infinities are allowed.
 */
export function boundBetween(a: number, b: number): number {
  const middle = Math.fround(a / 2 + b / 2);
  // + 0 turns −0 into 0, which JSON cannot tell apart.
  return (middle >= a && middle < b ? middle : a) + 0;
}

/** Places the bounds for one column of float32 values. */
export function fitNumberBins(values: Float32Array, rules: BinRules): NumberBins {
  const { sample, missing } = sampleOf(values, rules.seed);
  const sorted = sample.sort();
  const { distinct, counts } = countDistinct(sorted);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const fewest = Math.max(1, Math.floor((rules.minDataInBin * total) / Math.max(1, values.length)));
  const cuts =
    distinct.length <= rules.maxBin - 1
      ? cutsOfFew(counts, fewest)
      : cutsOfMany(counts, { total, bins: rules.maxBin - 1, fewest });
  const bounds = Float32Array.from(cuts, (i) => boundBetween(distinct[i] ?? 0, distinct[i + 1] ?? 0));
  const different = bounds.length + 1 + (missing ? 1 : 0);
  return { type: 'number', bounds, bins: bounds.length + 1, usable: distinct.length > 0 && different > 1 };
}

/** Values that are not NaN, a seeded sample of them when there are many; and whether any is NaN. */
function sampleOf(values: Float32Array, seed: number): { sample: Float32Array; missing: boolean } {
  const all = values.length <= SAMPLE_ROWS;
  const limit = all ? 2 ** 32 : (SAMPLE_ROWS / values.length) * 2 ** 32;
  const salt = hashNumbers(seed, 1);
  const sample = new Float32Array(values.length);
  let kept = 0;
  let missing = false;
  for (let row = 0; row < values.length; row++) {
    const x = values[row] ?? NaN;
    if (x !== x) missing = true;
    else if (all || mixBits((row ^ salt) >>> 0) < limit) sample[kept++] = x;
  }
  return { sample: sample.slice(0, kept), missing };
}

function countDistinct(sorted: Float32Array): { distinct: number[]; counts: number[] } {
  const distinct: number[] = [];
  const counts: number[] = [];
  let previous = NaN;
  let run = 0;
  for (const x of sorted) {
    if (x === previous) run++;
    else {
      if (run > 0) counts.push(run);
      distinct.push(x);
      previous = x;
      run = 1;
    }
  }
  if (run > 0) counts.push(run);
  return { distinct, counts };
}

/** Indices after which a bin ends: every value its own bin, but for bins too small. */
function cutsOfFew(counts: readonly number[], fewest: number): number[] {
  const cuts: number[] = [];
  let held = 0;
  for (let i = 0; i + 1 < counts.length; i++) {
    held += counts[i] ?? 0;
    if (held < fewest) continue;
    cuts.push(i);
    held = 0;
  }
  return cuts;
}

/** Bins of about equal size, where a value more frequent than that has a bin of its own. */
function cutsOfMany(
  counts: readonly number[],
  { total, bins, fewest }: { total: number; bins: number; fewest: number },
): number[] {
  const fair = total / bins;
  const heavy = counts.map((count) => count >= fair);
  const heavyRows = counts.reduce((sum, count, i) => sum + (heavy[i] === true ? count : 0), 0);
  let restRows = total - heavyRows;
  let restBins = Math.max(1, bins - heavy.filter(Boolean).length);
  let size = restRows / restBins;
  const cuts: number[] = [];
  let held = 0;
  for (let i = 0; i + 1 < counts.length && cuts.length < bins - 1; i++) {
    const count = counts[i] ?? 0;
    held += count;
    if (heavy[i] !== true) restRows -= count;
    const full = held >= Math.max(size, fewest);
    const beforeHeavy = heavy[i + 1] === true && held >= Math.max(fewest, size / 2);
    if (heavy[i] !== true && !full && !beforeHeavy) continue;
    cuts.push(i);
    held = 0;
    if (heavy[i] === true) continue;
    restBins = Math.max(1, restBins - 1);
    size = restRows / restBins;
  }
  return cuts;
}
