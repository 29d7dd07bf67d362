import { InferenceSession, Tensor } from 'onnxruntime-node';
import { createGraph } from '../../engines/inference/graph-builder.js';
import type { TreesColumns } from '../../engines/training/trees/data.js';
import type { TreesModel } from '../../engines/training/trees/model.js';
import { addTrees, TREES_ML_VERSION } from '../../engines/training/trees/onnx-trees.js';
import type { TreesOptions } from '../../engines/training/trees/parameters.js';
import { encodeColumns, leavesOf, marginsOf } from '../../engines/training/trees/predict.js';
import { hardRows, makeRows, testInputs, withClasses } from '../../engines/training/trees/test-rows.js';
import { trainTrees } from '../../engines/training/trees/train.js';

// Compares the leaf of every (row, tree) pair, and the sums, with ONNX Runtime's on rows that lie on, beside and far from the
// thresholds, with missing values and unknown categories. Usage: main.ts [pairs in millions, default 12].

const wantedPairs = Number(process.argv[2] ?? 12) * 1e6;
const rows = makeRows(8000);
const jobs: readonly { readonly name: string; readonly options: TreesOptions }[] = [
  { name: 'squared', options: { objective: 'squared' } },
  { name: 'logistic', options: { objective: 'logistic', learningRate: 0.3 } },
  {
    name: 'many category splits',
    options: { objective: 'squared', categorySmoothing: 0, minDataPerGroup: 1, minDataInLeaf: 2 },
  },
];

/** The model with one output per tree, whose leaves say which they are: its margins are leaf numbers. */
function leafTeller(model: TreesModel): TreesModel {
  const trees = model.trees.map((tree) => ({ ...tree, value: tree.value.map((_, node) => node) }));
  return { ...model, trees, outputs: trees.length, base: trees.map(() => 0) };
}

function graphOf(model: TreesModel): Uint8Array {
  const graph = createGraph();
  graph.node({ op: 'Identity', inputs: [addTrees(graph, model)], output: 'margins' });
  graph.output('margins', 'double', model.outputs);
  return graph.finish({ metadata: {}, mlVersion: TREES_ML_VERSION });
}

async function run(
  session: InferenceSession,
  { rows: count, numbers, categories }: TreesColumns,
): Promise<Float64Array> {
  const feeds: Record<string, Tensor> = {};
  for (const [name, column] of Object.entries(numbers))
    feeds[name] = new Tensor('float64', column, [count, 1]);
  for (const [name, column] of Object.entries(categories)) {
    feeds[name] = new Tensor(
      'string',
      column.map((text) => text ?? ''),
      [count, 1],
    );
  }
  const data = (await session.run(feeds))['margins']?.data;
  if (data instanceof Float64Array) return data;
  throw new TypeError('margins are no doubles');
}

let pairs = 0;
let wrongLeaves = 0;
let sums = 0;
let wrongSums = 0;
for (const { name, options } of jobs) {
  const train = options.objective === 'logistic' ? withClasses(rows, [12]) : rows;
  const { model } = await trainTrees({ inputs: testInputs, train, options });
  const single = { intraOpNumThreads: 1, interOpNumThreads: 1 };
  const teller = await InferenceSession.create(graphOf(leafTeller(model)), single);
  const scorer = await InferenceSession.create(graphOf(model), single);
  let own = 0;
  for (let batch = 0; own < wantedPairs / jobs.length; batch++) {
    const hard = hardRows(model, 5000, 10 + batch);
    const leaves = await run(teller, hard);
    const encoded = encodeColumns(model, hard);
    for (const [i, tree] of model.trees.entries()) {
      leavesOf(tree, encoded, hard.rows).forEach((leaf, row) => {
        if (leaves[row * model.trees.length + i] !== leaf) wrongLeaves++;
      });
    }
    const margins = marginsOf(model, hard);
    (await run(scorer, hard)).forEach((margin, row) => {
      if (!Object.is(margin, margins[row])) wrongSums++;
    });
    own += hard.rows * model.trees.length;
    sums += hard.rows;
  }
  pairs += own;
  await teller.release();
  await scorer.release();
  console.log(`${name}: ${model.trees.length} trees, ${(own / 1e6).toFixed(1)} million pairs`);
}
console.log(
  `${(pairs / 1e6).toFixed(1)} million (row, tree) pairs: ${wrongLeaves} other leaves; ${sums} scores: ${wrongSums} not bit-equal`,
);
process.exitCode = wrongLeaves + wrongSums === 0 ? 0 : 1;
