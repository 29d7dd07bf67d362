import { mixBits } from './hash.js';
import type { InputNames, TreesColumns, TreesData } from './data.js';
import type { TreesModel } from './model.js';

/** Uniform numbers in [0, 1) for tests: the i-th of stream `seed`. */
export const uniform = (i: number, seed: number): number =>
  mixBits((i + Math.imul(seed, 0x9e3779b9)) >>> 0) / 2 ** 32;

/** Inputs of {@link makeRows}. */
export const testInputs: readonly InputNames[] = [
  { name: 'wave', type: 'number' },
  { name: 'slope', type: 'number' },
  { name: 'holes', type: 'number' },
  { name: 'steps', type: 'number' },
  { name: 'town', type: 'category' },
  { name: 'size', type: 'category' },
];

const towns = Array.from({ length: 12 }, (_, i) => `town ${i}`);
const sizes = ['small', 'medium', 'large'];

/** Rows with numbers, missing values, ties, infinities and categories; the label is a smooth function plus noise. */
export function makeRows(rows: number, seed = 1): TreesData {
  const column = (stream: number): Float64Array =>
    Float64Array.from({ length: rows }, (_, i) => uniform(i, seed * 100 + stream));
  const [wave, slope, holes, steps] = [column(1), column(2), column(3), column(4)];
  const holed = holes.map((x, i) =>
    uniform(i, seed * 100 + 5) < 0.2 ? NaN : x < 0.01 ? -Infinity : x > 0.99 ? Infinity : x,
  );
  const stepped = steps.map((x) => Math.floor(x * 6));
  const townOf = column(6).map((x) => Math.floor(x * x * towns.length));
  const sizeOf = column(7).map((x) => Math.floor(x * 4));
  const noise = column(8);
  const label = wave.map((x, i) => {
    const hole = Number.isFinite(holed[i]) ? (holed[i] ?? 0) : 0.7;
    const town = ((townOf[i] ?? 0) * 7) % 11;
    return (
      10 * Math.abs(x - 0.5) +
      3 * (slope[i] ?? 0) * hole +
      (stepped[i] ?? 0) +
      town +
      (sizeOf[i] ?? 0) +
      (noise[i] ?? 0)
    );
  });
  return {
    rows,
    numbers: { wave, slope, holes: holed, steps: stepped },
    categories: {
      town: Array.from(townOf, (town) => towns[town] ?? null),
      size: Array.from(sizeOf, (size) => sizes[size] ?? null),
    },
    label,
  };
}

/** The rows with their label cut into classes at the given values. */
export function withClasses(data: TreesData, cuts: readonly number[]): TreesData {
  return { ...data, label: data.label.map((y) => cuts.filter((cut) => y > cut).length) };
}

/** Rows on, beside and far from every threshold, with missing values and categories nobody saw. */
export function hardRows(model: TreesModel, count: number, seed = 5): TreesColumns {
  const fresh = makeRows(count, seed);
  const values = testInputs.map((_, i) => {
    const thresholds = model.trees.flatMap((tree) =>
      tree.threshold.filter((_, node) => tree.input[node] === i),
    );
    return [
      ...thresholds.flatMap((t) => [
        t,
        t + Math.abs(t) * 2 ** -24,
        t - Math.abs(t) * 2 ** -24,
        t * (1 + 2 ** -23),
        t * (1 - 2 ** -23),
      ]),
      ...[NaN, Infinity, -Infinity, 0, -0, 1e300, -1e300, 5e-324, 0.1],
    ];
  });
  const numbers = Object.fromEntries(
    Object.entries(fresh.numbers).map(([name, column]) => {
      const own = values[testInputs.findIndex((input) => input.name === name)] ?? [];
      return [
        name,
        column.map((x, row) => (row % 3 === 0 ? x : (own[(row * 7919 + seed * 104_729) % own.length] ?? x))),
      ];
    }),
  );
  const categories = Object.fromEntries(
    Object.entries(fresh.categories).map(([name, column]) => [
      name,
      column.map((text, row) =>
        row % 7 === 0 ? 'never seen' : row % 11 === 0 ? null : row % 13 === 0 ? '' : text,
      ),
    ]),
  );
  return { rows: count, numbers, categories };
}
