import { categoryColumn, numberColumn, type InputNames, type TreesData, type TreesNotice } from './data.js';
import { quantileOf } from './objectives.js';
import type { TreesParameters } from './parameters.js';
import type { InputBins } from './workspace.js';

/** A label this many times farther from the median than nine tenths of the labels are is named. */
const OUTLIER_TIMES = 1e6;

/** Everything about the rows that a person may want to know; none of it stops the training. */
export function noticesOf(
  data: TreesData,
  inputs: readonly InputNames[],
  bins: readonly InputBins[],
  parameters: TreesParameters,
): TreesNotice[] {
  return [
    ...inputs.flatMap((input, i) => inputNotices(data, input, bins[i])),
    ...labelNotices(data, parameters),
    ...rowNotices(data, parameters),
  ];
}

function inputNotices(
  data: TreesData,
  { name, type }: InputNames,
  bins: InputBins | undefined,
): TreesNotice[] {
  const notices: TreesNotice[] = [];
  if (bins?.usable === false) {
    const missing =
      type === 'number'
        ? numberColumn(data, name).every((x) => x !== x)
        : categoryColumn(data, name).every((text) => text === null || text === '');
    const detail = missing
      ? 'missing in every training row; no tree uses it'
      : 'the same in every training row; no tree uses it';
    notices.push({ kind: 'unused-input', about: name, detail });
  }
  if (bins?.type === 'category' && bins.leftOut > 0) {
    const detail = `${bins.leftOut} rarer levels of ${bins.leftOut + bins.levels.length} count as missing; maxBin leaves room for ${bins.levels.length}`;
    notices.push({ kind: 'levels-left-out', about: name, detail });
  }
  if (type === 'number') {
    const infinite = countInfinite(numberColumn(data, name));
    const detail = `${infinite} values are infinite as float32; each counts as the least or greatest value`;
    if (infinite > 0) notices.push({ kind: 'infinite-values', about: name, detail });
  }
  return notices;
}

/** Asked of the engine first, in its own code: a loop over every cell would cost a first training a third of its binning. */
function countInfinite(column: Float64Array): number {
  const floats = new Float32Array(column);
  if (!floats.includes(Infinity) && !floats.includes(-Infinity)) return 0;
  return floats.reduce((found, x) => found + (Math.abs(x) === Infinity ? 1 : 0), 0);
}

function labelNotices({ label }: TreesData, { objective }: TreesParameters): TreesNotice[] {
  if (label.every((y) => y === label[0])) {
    const detail = `every label is ${String(label[0])}; the model predicts it and has no trees`;
    return [{ kind: 'constant-label', about: 'label', detail }];
  }
  if (objective !== 'squared' && objective !== 'poisson') return [];
  const middle = quantileOf(label.slice(), undefined, 0.5);
  let most = 0;
  for (let row = 0; row < label.length; row++) most = Math.max(most, Math.abs((label[row] ?? 0) - middle));
  if (!nineTenthsWithin(label, middle, most / OUTLIER_TIMES)) return [];
  const usual = quantileOf(
    label.map((y) => Math.abs(y - middle)),
    undefined,
    0.9,
  );
  if (!(usual > 0 && most > OUTLIER_TIMES * usual)) return [];
  const detail =
    `a label lies ${(most / usual).toExponential(1)} times farther from the median than nine tenths of the labels; it was kept ` +
    `and rules the ${objective} loss: repair it, or use the absolute or quantile loss`;
  return [{ kind: 'label-outlier', about: 'label', detail }];
}

/** Nearly always false, and then nothing has to be sorted. */
function nineTenthsWithin(label: Float64Array, middle: number, distance: number): boolean {
  let within = 0;
  for (let row = 0; row < label.length; row++) {
    if (Math.abs((label[row] ?? 0) - middle) <= distance) within++;
  }
  return within >= Math.floor(0.9 * (label.length - 1));
}

function rowNotices({ rows, weight }: TreesData, { minDataInLeaf }: TreesParameters): TreesNotice[] {
  const notices: TreesNotice[] = [];
  const zero = weight?.reduce((n, w) => n + (w === 0 ? 1 : 0), 0) ?? 0;
  if (zero > 0)
    notices.push({
      kind: 'zero-weight-rows',
      about: 'weight',
      detail: `${zero} rows of weight 0 were left out`,
    });
  if (rows - zero < 2 * minDataInLeaf) {
    const detail = `${rows - zero} rows cannot fill two leaves of minDataInLeaf ${minDataInLeaf}; the model predicts a constant`;
    notices.push({ kind: 'few-rows', about: 'rows', detail });
  }
  return notices;
}
