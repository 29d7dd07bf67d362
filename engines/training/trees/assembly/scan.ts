// Search of a leaf's best split over its histogram. Ties go to the first found: strict > in input and bin order.

// Leaf block (f64): Σg, Σh, rows, least and most value its rows may get, fewest rows of a child.
// Settings block (f64): lambda, fewest Σh of a child, least gain, category smoothing, category lambda, most categories on one
// side, most categories taken one by one, fewest rows of a category group, fewest rows of a sorted category. Gains and Σh are
// in the integer units of the round.
// Found block (f64): gain, input, left Σg, left Σh, last bin on the left, missing goes right (0), left (1) or is not
// in the leaf (2), kind of split (0 number, 1 one category, 2 sorted categories), gain of the leaf unsplit;
// then, from byte 64, 256 bytes: 1 for a category on the left. From byte 320, scratch for sorting categories.

let lambda: f64 = 0;
let need: f64 = 0;
let sumG: f64 = 0;
let sumH: f64 = 0;
let least: f64 = 0;
let most: f64 = 0;
let bounded: bool = false;

/** Scans `features` of one leaf into `found`. A gain of `found` that no split exceeds leaves input −1. */
export function scan(cells: usize, features: usize, count: i32, layout: usize, leaf: usize, settings: usize, found: usize): void {
  sumG = load<f64>(leaf);
  sumH = load<f64>(leaf, 8);
  least = load<f64>(leaf, 24);
  most = load<f64>(leaf, 32);
  bounded = least > -Infinity || most < Infinity;
  lambda = load<f64>(settings);
  // Histograms carry no row counts: they are taken in proportion to Σh; the caller checks true counts after the partition.
  need = max<f64>(load<f64>(settings, 8), ((load<f64>(leaf, 40) - 0.5) * sumH) / load<f64>(leaf, 16));
  const unsplit = parentGain();
  // A gain within rounding of nothing is nothing: a leaf of equal gradients must not split.
  store<f64>(found, unsplit + max<f64>(load<f64>(settings, 16), abs<f64>(unsplit) * 1e-10));
  store<f64>(found, -1, 8);
  store<f64>(found, unsplit, 56);
  for (let i: usize = 0; i < <usize>count; i++) {
    const feature = load<u32>(features + (i << 2));
    const about = layout + (<usize>feature << 4);
    const own = cells + (<usize>load<u32>(about) << 4);
    if (load<i32>(about, 8) == 0) scanNumber(own, load<i32>(about, 4), load<i32>(about, 12), feature, found);
    else scanCategory(own, load<i32>(about, 4), feature, leaf, settings, found);
  }
}

// @ts-ignore: decorator
@inline
function cellG(cells: usize, bin: i32): f64 {
  return <f64>load<i64>(cells + (<usize>bin << 4));
}

// @ts-ignore: decorator
@inline
function cellH(cells: usize, bin: i32): f64 {
  return <f64>load<i64>(cells + (<usize>bin << 4), 8);
}

// @ts-ignore: decorator
@inline
function clamp(value: f64): f64 {
  return value < least ? least : value > most ? most : value;
}

function parentGain(): f64 {
  if (!bounded) return (sumG * sumG) / (sumH + lambda);
  const value = clamp(-sumG / (sumH + lambda));
  return -(2 * sumG * value + (sumH + lambda) * value * value);
}

/** What the two children gain together; −Infinity where a monotone constraint forbids the split. */
// @ts-ignore: decorator
@inline
function gainOf(leftG: f64, leftH: f64, extra: f64, direction: i32): f64 {
  const rightG = sumG - leftG;
  const left = leftH + extra;
  const right = sumH - leftH + extra;
  if (!bounded && direction == 0) {
    // Both squares and both divisions at once: divisions are what this search waits for.
    const g = f64x2.replace_lane(f64x2.splat(leftG), 1, rightG);
    const both = f64x2.div(f64x2.mul(g, g), f64x2.replace_lane(f64x2.splat(left), 1, right));
    return f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
  }
  const leftValue = clamp(-leftG / left);
  const rightValue = clamp(-rightG / right);
  if ((direction > 0 && leftValue > rightValue) || (direction < 0 && leftValue < rightValue)) return -Infinity;
  return -(2 * leftG * leftValue + left * leftValue * leftValue) - (2 * rightG * rightValue + right * rightValue * rightValue);
}

let bestBin: i32 = -1;
let bestG: f64 = 0;
let bestH: f64 = 0;
let bestMissing: f64 = 0;

function scanNumber(cells: usize, bins: i32, direction: i32, feature: u32, found: usize): void {
  bestBin = -1;
  const best = cellH(cells, bins) > 0
    ? scanWithMissing(cells, bins, direction, load<f64>(found))
    : scanWhole(cells, bins - 1, direction, load<f64>(found));
  if (bestBin < 0) return;
  record(found, best, feature, bestG, bestH);
  store<f64>(found, <f64>bestBin, 32);
  store<f64>(found, bestMissing, 40);
  store<f64>(found, 0, 48);
}

/**
 * No row of the leaf misses the value. Empty bins are not skipped: they repeat the gain before them, which is no better, and a
 * branch on them, half of them empty in a small leaf, would be mispredicted all the time.
 */
function scanWhole(cells: usize, last: i32, direction: i32, least: f64): f64 {
  let best = least;
  let g: f64 = 0;
  let h: f64 = 0;
  for (let bin = 0; bin < last; bin++) {
    g += cellG(cells, bin);
    h += cellH(cells, bin);
    if (h < need) continue;
    if (sumH - h < need) break;
    const gain = gainOf(g, h, lambda, direction);
    if (!(gain > best)) continue;
    best = gain;
    bestBin = bin;
    bestG = g;
    bestH = h;
    bestMissing = 2;
  }
  return best;
}

/** Every cut with the missing rows on the right, then on the left. */
function scanWithMissing(cells: usize, bins: i32, direction: i32, least: f64): f64 {
  const missingG = cellG(cells, bins);
  const missingH = cellH(cells, bins);
  let best = least;
  let g: f64 = 0;
  let h: f64 = 0;
  for (let bin = 0; bin < bins; bin++) {
    const own = cellH(cells, bin);
    if (own == 0) continue;
    g += cellG(cells, bin);
    h += own;
    if (h >= need && sumH - h >= need) {
      const gain = gainOf(g, h, lambda, direction);
      if (gain > best) {
        best = gain;
        bestBin = bin;
        bestG = g;
        bestH = h;
        bestMissing = 0;
      }
    }
    if (h + missingH >= need && sumH - h - missingH >= need) {
      const gain = gainOf(g + missingG, h + missingH, lambda, direction);
      if (gain > best) {
        best = gain;
        bestBin = bin;
        bestG = g + missingG;
        bestH = h + missingH;
        bestMissing = 1;
      }
    }
  }
  return best;
}

function record(found: usize, gain: f64, feature: u32, g: f64, h: f64): void {
  store<f64>(found, gain);
  store<f64>(found, <f64>feature, 8);
  store<f64>(found, g, 16);
  store<f64>(found, h, 24);
}

function recordCategories(found: usize, order: usize, from: i32, to: i32): void {
  store<f64>(found, 0, 32);
  memory.fill(found + 64, 0, 256);
  for (let i = from; i < to; i++) store<u8>(found + 64 + <usize>load<u32>(order + (<usize>i << 2)), 1);
}

function missingSide(cells: usize, bins: i32, found: usize): f64 {
  return cellH(cells, bins) == 0 ? 2 : <f64>load<u8>(found + 64 + <usize>bins);
}

/** The missing bin counts as one more category. */
function scanCategory(cells: usize, bins: i32, feature: u32, leaf: usize, settings: usize, found: usize): void {
  const order = found + 320;
  let present = 0;
  for (let bin = 0; bin <= bins; bin++) {
    if (cellH(cells, bin) == 0) continue;
    store<u32>(order + (<usize>present << 2), <u32>bin);
    present++;
  }
  if (present < 2) return;
  if (<f64>(bins + 1) <= load<f64>(settings, 48)) scanOneByOne(cells, bins, present, feature, found);
  else scanSorted(cells, bins, present, feature, leaf, settings, found);
}

function scanOneByOne(cells: usize, bins: i32, present: i32, feature: u32, found: usize): void {
  const order = found + 320;
  for (let i = 0; i < present; i++) {
    const bin = <i32>load<u32>(order + (<usize>i << 2));
    const g = cellG(cells, bin);
    const h = cellH(cells, bin);
    if (h < need || sumH - h < need) continue;
    const gain = gainOf(g, h, lambda, 0);
    if (gain <= load<f64>(found)) continue;
    record(found, gain, feature, g, h);
    recordCategories(found, order, i, i + 1);
    store<f64>(found, missingSide(cells, bins, found), 40);
    store<f64>(found, 1, 48);
  }
}

/** Keeps the categories with enough rows and sorts them by Σg / (Σh + smoothing); returns how many. Fisher 1958. */
function sortCategories(cells: usize, present: i32, rowShare: f64, settings: usize, order: usize): i32 {
  const keys = order + 1024;
  const smoothing = load<f64>(settings, 24);
  const fewest = load<f64>(settings, 64);
  let kept = 0;
  for (let i = 0; i < present; i++) {
    const bin = load<u32>(order + (<usize>i << 2));
    const h = cellH(cells, <i32>bin);
    if (floor<f64>(h * rowShare + 0.5) < fewest) continue;
    const key = cellG(cells, <i32>bin) / (h + smoothing);
    let at = kept++;
    while (at > 0 && load<f64>(keys + (<usize>(at - 1) << 3)) > key) {
      store<f64>(keys + (<usize>at << 3), load<f64>(keys + (<usize>(at - 1) << 3)));
      store<u32>(order + (<usize>at << 2), load<u32>(order + (<usize>(at - 1) << 2)));
      at--;
    }
    store<f64>(keys + (<usize>at << 3), key);
    store<u32>(order + (<usize>at << 2), bin);
  }
  return kept;
}

function scanSorted(cells: usize, bins: i32, present: i32, feature: u32, leaf: usize, settings: usize, found: usize): void {
  const order = found + 320;
  const rowShare = load<f64>(leaf, 16) / sumH;
  const kept = sortCategories(cells, present, rowShare, settings, order);
  const extra = lambda + load<f64>(settings, 32);
  const group = load<f64>(settings, 56);
  const limit = min<i32>(<i32>load<f64>(settings, 40), (kept + 1) >> 1);
  let from = -1;
  let to = -1;
  for (let side = 0; side < 2; side++) {
    let g: f64 = 0;
    let h: f64 = 0;
    let groupRows: f64 = 0;
    for (let i = 0; i < limit; i++) {
      const at = side == 0 ? i : kept - 1 - i;
      const bin = <i32>load<u32>(order + (<usize>at << 2));
      const own = cellH(cells, bin);
      g += cellG(cells, bin);
      h += own;
      groupRows += own * rowShare;
      if (h < need || groupRows < group) continue;
      if (sumH - h < need || (sumH - h) * rowShare < group) break;
      groupRows = 0;
      const gain = gainOf(g, h, extra, 0);
      if (gain <= load<f64>(found)) continue;
      record(found, gain, feature, g, h);
      from = side == 0 ? 0 : at;
      to = side == 0 ? i + 1 : kept;
    }
  }
  if (from < 0) return;
  recordCategories(found, order, from, to);
  store<f64>(found, missingSide(cells, bins, found), 40);
  store<f64>(found, 2, 48);
}
