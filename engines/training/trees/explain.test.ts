import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { TreesColumns } from './data.js';
import { explainAgainst, explainByPaths, profileOf } from './explain.js';
import type { Tree, TreesModel } from './model.js';
import { encodeColumns, goesLeft, marginsOf } from './predict.js';
import { deserializeTrees } from './serialize.js';
import { makeRows, testInputs, withClasses } from './test-rows.js';
import { trainTrees } from './train.js';

const reference = z.object({ base: z.number(), values: z.array(z.array(z.number())) });
const fixture = z
  .object({
    models: z.record(
      z.string(),
      z.object({ model: z.unknown(), path: reference, interventional: reference }),
    ),
  })
  .parse(JSON.parse(readFileSync(new URL('./shap.fixture.json', import.meta.url), 'utf8')));

const expectClose = (found: Float64Array, wanted: readonly number[]): void => {
  const size = Math.max(...wanted.map(Math.abs));
  wanted.forEach((value, i) => expect(Math.abs((found[i] ?? NaN) - value)).toBeLessThanOrEqual(1e-9 * size));
};

describe.each(Object.entries(fixture.models))(
  'Shapley values of the %s model',
  (_, { model: plain, path, interventional }) => {
    const model = deserializeTrees(new TextEncoder().encode(JSON.stringify(plain)));
    const rows = makeRows(12, 9);

    it('equal the shap library’s, by paths', () => {
      const found = explainByPaths(model, rows);
      expect(found.base[0]).toBeCloseTo(path.base, 9);
      expectClose(found.values, path.values.flat());
    });

    it('equal the shap library’s, against background rows', () => {
      const found = explainAgainst(model, rows, makeRows(8, 10));
      expect(found.base[0]).toBeCloseTo(interventional.base, 9);
      expectClose(found.values, interventional.values.flat());
    });
  },
);

/** Value of a coalition when unknown inputs follow the rows. */
function expected(
  tree: Tree,
  encoded: readonly Float32Array[],
  row: number,
  known: ReadonlySet<number>,
): number {
  const visit = (node: number): number => {
    const input = tree.input[node] ?? -1;
    if (input < 0) return tree.value[node] ?? 0;
    const [left, right] = [tree.left[node] ?? 0, tree.right[node] ?? 0];
    if (known.has(input)) return visit(goesLeft(tree, node, encoded[input]?.[row] ?? NaN) ? left : right);
    const share = (child: number): number => (tree.rows[child] ?? 0) / (tree.rows[node] ?? 1);
    return share(left) * visit(left) + share(right) * visit(right);
  };
  return visit(0);
}

const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));

/** Shapley values from their definition: every coalition of the six inputs. */
function byDefinition(width: number, value: (known: ReadonlySet<number>) => number): number[] {
  const coalitions = Array.from({ length: 2 ** width }, (_, bits) => {
    const known = new Set(
      Array.from({ length: width }, (_unused, i) => i).filter((i) => (bits >> i) % 2 === 1),
    );
    return { known, worth: value(known) };
  });
  return Array.from({ length: width }, (_, i) =>
    coalitions.reduce((sum, { known, worth }, bits) => {
      if (known.has(i)) return sum;
      const weight = (factorial(known.size) * factorial(width - known.size - 1)) / factorial(width);
      return sum + weight * ((coalitions[bits | (1 << i)]?.worth ?? 0) - worth);
    }, 0),
  );
}

const rows = makeRows(6, 20);
const background = makeRows(3, 21);

function mixed(row: number, behind: number, known: ReadonlySet<number>): TreesColumns {
  const from = (input: number): { source: TreesColumns; at: number } =>
    known.has(input) ? { source: rows, at: row } : { source: background, at: behind };
  const numbers: Record<string, Float64Array> = {};
  const categories: Record<string, (string | null)[]> = {};
  for (const [i, { name, type }] of testInputs.entries()) {
    const { source, at } = from(i);
    if (type === 'number') numbers[name] = Float64Array.of(source.numbers[name]?.[at] ?? NaN);
    else categories[name] = [source.categories[name]?.[at] ?? null];
  }
  return { rows: 1, numbers, categories };
}

describe('Shapley values with categories and missing values', () => {
  const model = trainTrees({
    inputs: testInputs,
    train: makeRows(800),
    options: { objective: 'squared', numIterations: 6 },
  });

  it('equal their definition, by paths', async () => {
    const { model: trees } = await model;
    const encoded = encodeColumns(trees, rows);
    const { values } = explainByPaths(trees, rows);
    for (let row = 0; row < rows.rows; row++) {
      const wanted = byDefinition(6, (known) =>
        trees.trees.reduce((sum, tree) => sum + expected(tree, encoded, row, known), 0),
      );
      expectClose(values.subarray(row * 6, row * 6 + 6), wanted);
    }
  });

  it('equal their definition, against background rows', async () => {
    const { model: trees } = await model;
    const { values } = explainAgainst(trees, rows, background);
    const wanted = byDefinition(6, (known) =>
      [0, 1, 2].reduce((sum, behind) => sum + (marginsOf(trees, mixed(2, behind, known))[0] ?? 0) / 3, 0),
    );
    expectClose(values.subarray(12, 18), wanted);
  });
});

describe('an explanation', () => {
  const sumsToMargin = (model: TreesModel, explained: ReturnType<typeof explainByPaths>): void => {
    const margins = marginsOf(model, rows);
    const width = model.inputs.length;
    margins.forEach((margin, cell) => {
      const own = explained.values.subarray(cell * width, (cell + 1) * width).reduce((a, b) => a + b, 0);
      expect(own + (explained.base[cell % model.outputs] ?? 0)).toBeCloseTo(margin, 9);
    });
  };

  it('sums to the margin of every row and class, and has a profile', async () => {
    const train = withClasses(makeRows(800), [10, 14]);
    const options = { objective: 'softmax', numIterations: 8 } as const;
    const { model } = await trainTrees({ inputs: testInputs, train, options });
    sumsToMargin(model, explainByPaths(model, rows));
    sumsToMargin(model, explainAgainst(model, rows, background));
    const profile = profileOf(explainByPaths(model, rows));
    expect(profile.map(({ input }) => input)).toEqual(testInputs.map(({ name }) => name));
    expect(profile.toSorted((a, b) => b.meanAbsolute - a.meanAbsolute)[0]?.input).toBe('town');
  });
});
