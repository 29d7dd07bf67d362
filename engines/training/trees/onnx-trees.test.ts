import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { createGraph } from '../../inference/graph-builder.js';
import type { TreesColumns, TreesData } from './data.js';
import type { TreesModel } from './model.js';
import { treesToOnnx } from './onnx-outputs.js';
import { addTrees, TREES_ML_VERSION } from './onnx-trees.js';
import type { TreesOptions } from './parameters.js';
import { marginsOf, scoresOf } from './predict.js';
import { deserializeTrees, serializeTrees } from './serialize.js';
import { hardRows, makeRows, testInputs, withClasses } from './test-rows.js';
import { trainTrees } from './train.js';

const rows = makeRows(3000);

const trained = async (options: TreesOptions, train: TreesData = rows): Promise<TreesModel> =>
  (await trainTrees({ inputs: testInputs, train, options: { numIterations: 25, ...options } })).model;

async function run(onnx: Uint8Array, columns: TreesColumns): Promise<number[]> {
  const session = await InferenceSession.create(onnx, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const shape = [columns.rows, 1];
  const numbers = Object.entries(columns.numbers).map(
    ([name, values]) => [name, new Tensor('float64', values, shape)] as const,
  );
  const texts = Object.entries(columns.categories).map(
    ([name, values]) =>
      [
        name,
        new Tensor(
          'string',
          values.map((text) => text ?? ''),
          shape,
        ),
      ] as const,
  );
  const result = await session.run(Object.fromEntries([...numbers, ...texts]));
  await session.release();
  return Array.from(result[session.outputNames[0] ?? '']?.data as Float64Array | Float32Array);
}

function marginGraph(model: TreesModel): Uint8Array {
  const graph = createGraph();
  const margins = addTrees(graph, model);
  graph.node({ op: 'Identity', inputs: [margins], output: 'margins' });
  graph.output('margins', 'double', model.outputs);
  return graph.finish({ metadata: {}, mlVersion: TREES_ML_VERSION });
}

describe('trees in ONNX Runtime', () => {
  const regressions: TreesOptions[] = [
    { objective: 'squared' },
    { objective: 'absolute' },
    { objective: 'quantile', alpha: 0.2 },
    { objective: 'poisson' },
    { objective: 'squared', categorySmoothing: 0, minDataPerGroup: 1, minDataInLeaf: 1, numLeaves: 200 },
  ];
  it.each(regressions)('equal ours to the last bit: %o', async (options) => {
    const model = await trained(options);
    const hard = hardRows(model, 4000);
    expect(await run(marginGraph(model), hard)).toEqual([...marginsOf(model, hard)]);
    expect(await run(treesToOnnx(model), hard)).toEqual([...scoresOf(model, hard)]);
  });

  it('give the same probabilities of two classes', async () => {
    const model = await trained({ objective: 'logistic', learningRate: 0.9 }, withClasses(rows, [12]));
    const hard = hardRows(model, 4000);
    expect(await run(marginGraph(model), hard)).toEqual([...marginsOf(model, hard)]);
    expect(await run(treesToOnnx(model), hard)).toEqual([...Float32Array.from(scoresOf(model, hard))]);
  });

  it('give the same probabilities of many classes', async () => {
    const model = await trained(
      { objective: 'softmax', learningRate: 0.5 },
      withClasses(rows, [8, 10, 12, 14, 18]),
    );
    const hard = hardRows(model, 3000);
    expect(await run(marginGraph(model), hard)).toEqual([...marginsOf(model, hard)]);
    expect(await run(treesToOnnx(model), hard)).toEqual([...Float32Array.from(scoresOf(model, hard))]);
  });

  it('score a model without any split', async () => {
    const model = await trained({ objective: 'squared' }, { ...rows, label: rows.label.map(() => 5) });
    expect(await run(treesToOnnx(model), makeRows(3))).toEqual([5, 5, 5]);
  });

  it('score a model without any split whose first input is a category', async () => {
    const same = { ...rows, label: rows.label.map(() => 5) };
    const [category] = testInputs.filter(({ type }) => type === 'category');
    const inputs = [category, ...testInputs.filter((input) => input !== category)].flatMap(
      (one) => one ?? [],
    );
    const { model } = await trainTrees({
      inputs,
      train: same,
      options: { objective: 'squared', numIterations: 5 },
    });
    expect(model.inputs[0]?.type).toBe('category');
    expect(await run(treesToOnnx(model), makeRows(3))).toEqual([5, 5, 5]);
  });

  it('write equal bytes for equal models', async () => {
    const model = await trained({ objective: 'squared', numIterations: 3 });
    expect(treesToOnnx(model)).toEqual(treesToOnnx(structuredClone(model)));
    const even = { ...rows, label: rows.label.map((_, row) => (row % 2 === 0 ? -1 : 1)) };
    const balanced = await trained({ objective: 'squared', numIterations: 3, minDataInLeaf: 2 }, even);
    expect(treesToOnnx(deserializeTrees(serializeTrees(balanced)))).toEqual(treesToOnnx(balanced));
  });
});
