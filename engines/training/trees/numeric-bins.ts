import { hashNumbers, mixBits } from './hash.js';
import { sortKnown } from './sort-floats.js';

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
  /** Rows to look at, from {@link sampleRows}. @default all */
  readonly sample?: Uint32Array | undefined;
}

/** The rows that place the bounds, ascending: a seeded choice of about 200,000; undefined for all, where there are fewer. */
export function sampleRows(rows: number, seed: number): Uint32Array | undefined {
  if (rows <= SAMPLE_ROWS) return undefined;
  const limit = (SAMPLE_ROWS / rows) * 2 ** 32;
  const salt = hashNumbers(seed, 1);
  const sample = new Uint32Array(rows);
  let kept = 0;
  for (let row = 0; row < rows; row++) if (mixBits((row ^ salt) >>> 0) < limit) sample[kept++] = row;
  return sample.slice(0, kept);
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
  const { sorted, missing: missed } = sortKnown(sampleOf(values, rules.sample));
  const missing = missed || (rules.sample !== undefined && hasMissing(values));
  const { distinct, counts } = countDistinct(sorted);
  const total = sorted.length;
  const fewest = Math.max(1, Math.floor((rules.minDataInBin * total) / Math.max(1, values.length)));
  const cuts =
    distinct.length <= rules.maxBin - 1
      ? cutsOfFew(counts, fewest)
      : cutsOfMany(counts, { total, bins: rules.maxBin - 1, fewest });
  const bounds = Float32Array.from(cuts, (i) => boundBetween(distinct[i] ?? 0, distinct[i + 1] ?? 0));
  const different = bounds.length + 1 + (missing ? 1 : 0);
  return { type: 'number', bounds, bins: bounds.length + 1, usable: distinct.length > 0 && different > 1 };
}

function sampleOf(values: Float32Array, sample: Uint32Array | undefined): Float32Array {
  if (sample === undefined) return values;
  const chosen = new Float32Array(sample.length);
  for (let i = 0; i < sample.length; i++) chosen[i] = values[sample[i] ?? 0] ?? NaN;
  return chosen;
}

function hasMissing(values: Float32Array): boolean {
  for (let row = 0; row < values.length; row++) if (Number.isNaN(values[row])) return true;
  return false;
}

function countDistinct(sorted: Float32Array): { distinct: Float32Array; counts: Uint32Array } {
  const distinct = new Float32Array(sorted.length);
  const counts = new Uint32Array(sorted.length);
  let found = 0;
  for (let from = 0; from < sorted.length;) {
    const to = endOfRun(sorted, from);
    distinct[found] = sorted[from] ?? NaN;
    counts[found++] = to - from;
    from = to;
  }
  return { distinct: distinct.slice(0, found), counts: counts.slice(0, found) };
}

/** Where the values equal to that at `from` end; in steps that double, for most inputs have few values and long runs of them. */
function endOfRun(sorted: Float32Array, from: number): number {
  const x = sorted[from];
  let last = from;
  let step = 1;
  while (last + step < sorted.length && sorted[last + step] === x) {
    last += step;
    step *= 2;
  }
  for (; step >= 1; step /= 2) if (last + step < sorted.length && sorted[last + step] === x) last += step;
  return last + 1;
}

/** Indices after which a bin ends: every value its own bin, but for bins too small. */
function cutsOfFew(counts: Uint32Array, fewest: number): number[] {
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
  counts: Uint32Array,
  { total, bins, fewest }: { total: number; bins: number; fewest: number },
): number[] {
  const fair = total / bins;
  const heavy = counts.filter((count) => count >= fair);
  let restRows = total - heavy.reduce((sum, count) => sum + count, 0);
  let restBins = Math.max(1, bins - heavy.length);
  let size = restRows / restBins;
  const cuts: number[] = [];
  let held = 0;
  for (let i = 0; i + 1 < counts.length && cuts.length < bins - 1; i++) {
    const count = counts[i] ?? 0;
    const isHeavy = count >= fair;
    held += count;
    if (!isHeavy) restRows -= count;
    const full = held >= Math.max(size, fewest);
    const beforeHeavy = (counts[i + 1] ?? 0) >= fair && held >= Math.max(fewest, size / 2);
    if (!isHeavy && !full && !beforeHeavy) continue;
    cuts.push(i);
    held = 0;
    if (isHeavy) continue;
    restBins = Math.max(1, restBins - 1);
    size = restRows / restBins;
  }
  return cuts;
}
