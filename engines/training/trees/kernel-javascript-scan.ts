import type { Kernel, ScanJob } from './kernel.js';
import type { TreeMemory } from './memory.js';

/** The leaf and the limits of one scan, in the integer units of the round. */
interface Scan {
  readonly sumG: number;
  readonly sumH: number;
  readonly rows: number;
  readonly least: number;
  readonly most: number;
  /** Fewest Σh of a child. */
  readonly need: number;
  readonly lambda: number;
  readonly smoothing: number;
  readonly categoryLambda: number;
  readonly mostCategories: number;
  readonly oneByOne: number;
  readonly groupRows: number;
  /** Categories with fewer rows than this are left out of the sorting. */
  readonly smoothingRows: number;
}

/** The best split found so far. `members` are the category bins on the left. */
interface Best {
  gain: number;
  input: number;
  leftG: number;
  leftH: number;
  bin: number;
  /** Where missing values go: 0 right, 1 left, 2 none in the leaf. */
  missingSide: number;
  /** 0 number, 1 one category, 2 sorted categories. */
  kind: number;
  members: readonly number[];
}

interface Cell {
  readonly bin: number;
  readonly g: number;
  readonly h: number;
}

/** Twin of `assembly/scan.ts`: the same comparisons on the same doubles in the same order. */
export function createScanTwin(memory: TreeMemory): Pick<Kernel, 'scan'> {
  const { u32, i32, f64 } = memory;
  return {
    scan(job) {
      const scan = readScan(f64, job);
      const unsplit = parentGain(scan);
      const gain = unsplit + Math.max(f64[job.settings / 8 + 2] ?? 0, Math.abs(unsplit) * 1e-10);
      const best: Best = { gain, ...nothing };
      for (let i = 0; i < job.featureCount; i++) {
        const feature = u32[job.features / 4 + i] ?? 0;
        const about = job.layout / 4 + feature * 4;
        const start = job.cells / 8 + (i32[about] ?? 0) * 2;
        const cells = readCells(f64, start, i32[about + 1] ?? 0);
        if (i32[about + 2] === 0) scanNumber(scan, cells, { feature, direction: i32[about + 3] ?? 0 }, best);
        else scanCategory(scan, cells, feature, best);
      }
      writeBest(memory, job.found, best, unsplit);
    },
  };
}

function improve(best: Best, found: Best): void {
  Object.assign(best, found);
}

const nothing = { input: -1, leftG: 0, leftH: 0, bin: 0, missingSide: 2, kind: 0, members: [] };

function readScan(f64: Float64Array, { leaf, settings }: ScanJob): Scan {
  const [sumG = 0, sumH = 0, rows = 0, least = 0, most = 0, fewestRows = 0] = f64.subarray(
    leaf / 8,
    leaf / 8 + 6,
  );
  const [
    lambda = 0,
    fewestH = 0,
    ,
    smoothing = 0,
    categoryLambda = 0,
    mostCategories = 0,
    oneByOne = 0,
    groupRows = 0,
    smoothingRows = 0,
  ] = f64.subarray(settings / 8, settings / 8 + 9);
  const need = Math.max(fewestH, ((fewestRows - 0.5) * sumH) / rows);
  return {
    sumG,
    sumH,
    rows,
    least,
    most,
    need,
    lambda,
    smoothing,
    categoryLambda,
    mostCategories,
    oneByOne,
    groupRows,
    smoothingRows,
  };
}

/** The cells of one input; the missing bin is the last. */
function readCells(f64: Float64Array, start: number, bins: number): Cell[] {
  return Array.from({ length: bins + 1 }, (_, bin) => ({
    bin,
    g: f64[start + 2 * bin] ?? 0,
    h: f64[start + 2 * bin + 1] ?? 0,
  }));
}

function clamp(value: number, { least, most }: Scan): number {
  return value < least ? least : value > most ? most : value;
}

function parentGain(scan: Scan): number {
  const { sumG, sumH, lambda } = scan;
  if (scan.least === -Infinity && scan.most === Infinity) return (sumG * sumG) / (sumH + lambda);
  const value = clamp(-sumG / (sumH + lambda), scan);
  return -(2 * sumG * value + (sumH + lambda) * value * value);
}

function gainOf(
  scan: Scan,
  leftG: number,
  leftH: number,
  { extra, direction }: { extra: number; direction: number },
): number {
  const rightG = scan.sumG - leftG;
  const left = leftH + extra;
  const right = scan.sumH - leftH + extra;
  if (scan.least === -Infinity && scan.most === Infinity && direction === 0) {
    return (leftG * leftG) / left + (rightG * rightG) / right;
  }
  const leftValue = clamp(-leftG / left, scan);
  const rightValue = clamp(-rightG / right, scan);
  if ((direction > 0 && leftValue > rightValue) || (direction < 0 && leftValue < rightValue))
    return -Infinity;
  return (
    -(2 * leftG * leftValue + left * leftValue * leftValue) -
    (2 * rightG * rightValue + right * rightValue * rightValue)
  );
}

function scanNumber(
  scan: Scan,
  cells: readonly Cell[],
  { feature, direction }: { feature: number; direction: number },
  best: Best,
): void {
  const missing = cells[cells.length - 1] ?? { bin: 0, g: 0, h: 0 };
  const values = cells.slice(0, missing.h > 0 ? -1 : -2);
  const rule = { extra: scan.lambda, direction };
  let g = 0;
  let h = 0;
  for (const cell of values) {
    if (cell.h === 0) continue;
    g += cell.g;
    h += cell.h;
    const sides = missing.h > 0 ? [0, 1] : [0];
    for (const side of sides) {
      const leftG = side === 1 ? g + missing.g : g;
      const leftH = side === 1 ? h + missing.h : h;
      if (leftH < scan.need || scan.sumH - leftH < scan.need) continue;
      const gain = gainOf(scan, leftG, leftH, rule);
      if (gain <= best.gain) continue;
      improve(best, {
        gain,
        input: feature,
        leftG,
        leftH,
        bin: cell.bin,
        missingSide: missing.h > 0 ? side : 2,
        kind: 0,
        members: [],
      });
    }
  }
}

function scanCategory(scan: Scan, cells: readonly Cell[], feature: number, best: Best): void {
  const present = cells.filter(({ h }) => h !== 0);
  if (present.length < 2) return;
  if (cells.length <= scan.oneByOne) scanOneByOne(scan, cells, feature, best);
  else scanSorted(scan, cells, feature, best);
}

function sideOf(cells: readonly Cell[], members: readonly number[]): number {
  const missing = cells[cells.length - 1];
  if (missing === undefined || missing.h === 0) return 2;
  return members.includes(missing.bin) ? 1 : 0;
}

function scanOneByOne(scan: Scan, cells: readonly Cell[], feature: number, best: Best): void {
  for (const { bin, g, h } of cells) {
    if (h === 0) continue;
    if (h < scan.need || scan.sumH - h < scan.need) continue;
    const gain = gainOf(scan, g, h, { extra: scan.lambda, direction: 0 });
    if (gain <= best.gain) continue;
    improve(best, {
      gain,
      input: feature,
      leftG: g,
      leftH: h,
      bin: 0,
      missingSide: sideOf(cells, [bin]),
      kind: 1,
      members: [bin],
    });
  }
}

function scanSorted(scan: Scan, cells: readonly Cell[], feature: number, best: Best): void {
  const rowShare = scan.rows / scan.sumH;
  const sorted = cells
    .filter(({ h }) => h !== 0 && Math.floor(h * rowShare + 0.5) >= scan.smoothingRows)
    .map((cell) => ({ ...cell, key: cell.g / (cell.h + scan.smoothing) }))
    .sort((a, b) => a.key - b.key || a.bin - b.bin);
  const limit = Math.min(scan.mostCategories, (sorted.length + 1) >> 1);
  for (const order of [sorted, sorted.toReversed()]) {
    let g = 0;
    let h = 0;
    let groupRows = 0;
    for (const [i, cell] of order.slice(0, limit).entries()) {
      g += cell.g;
      h += cell.h;
      groupRows += cell.h * rowShare;
      if (h < scan.need || groupRows < scan.groupRows) continue;
      if (scan.sumH - h < scan.need || (scan.sumH - h) * rowShare < scan.groupRows) break;
      groupRows = 0;
      const gain = gainOf(scan, g, h, { extra: scan.lambda + scan.categoryLambda, direction: 0 });
      if (gain <= best.gain) continue;
      const members = order.slice(0, i + 1).map(({ bin }) => bin);
      improve(best, {
        gain,
        input: feature,
        leftG: g,
        leftH: h,
        bin: 0,
        missingSide: sideOf(cells, members),
        kind: 2,
        members,
      });
    }
  }
}

function writeBest({ u8, f64 }: TreeMemory, found: number, best: Best, unsplit: number): void {
  const { gain, input, leftG, leftH, bin, missingSide, kind } = best;
  f64.set([gain, input, leftG, leftH, bin, missingSide, kind, unsplit], found / 8);
  u8.fill(0, found + 64, found + 320);
  for (const bin of best.members) u8[found + 64 + bin] = 1;
}
