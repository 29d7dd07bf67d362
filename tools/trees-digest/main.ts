import { createHash } from 'node:crypto';
import { boost, checkpointOf, openBoosting } from '../../engines/training/trees/boost.js';
import { modelOf } from '../../engines/training/trees/boosting.js';
import type { TreesOptions } from '../../engines/training/trees/parameters.js';
import type { TreesTraining } from '../../engines/training/trees/prepare.js';
import {
  deserializeCheckpoint,
  serializeCheckpoint,
  serializeTrees,
} from '../../engines/training/trees/serialize.js';
import { makeRows, testInputs, withClasses } from '../../engines/training/trees/test-rows.js';

// Trains the same models by every engine, on several thread counts, and stopped and resumed at several rounds, and prints one
// digest a way. Run it with each Node that is supported: all lines must carry the same digests.

const rows = makeRows(20_000);
const sampled = { numIterations: 20, baggingFraction: 0.8, featureFraction: 0.8 } as const;
const jobs: readonly { readonly options: TreesOptions; readonly train: typeof rows }[] = [
  { options: { objective: 'squared', ...sampled }, train: rows },
  { options: { objective: 'poisson', ...sampled }, train: rows },
  { options: { objective: 'logistic', ...sampled }, train: withClasses(rows, [12]) },
  { options: { objective: 'softmax', ...sampled, numIterations: 8 }, train: withClasses(rows, [8, 12, 16]) },
];

/** Trains to the end, leaving off after `stop` rounds and going on from the checkpoint's bytes when given. */
async function digestOf(training: TreesTraining, stop: number | undefined): Promise<string> {
  let boosting = openBoosting(training);
  if (stop !== undefined) {
    await boost(boosting, stop);
    boosting.prepared.close();
    boosting = openBoosting(training, deserializeCheckpoint(serializeCheckpoint(checkpointOf(boosting))));
  }
  await boost(boosting, Infinity);
  return createHash('sha256')
    .update(serializeTrees(modelOf(boosting)))
    .digest('hex')
    .slice(0, 12);
}

const ways: readonly {
  readonly name: string;
  readonly more: Partial<TreesTraining>;
  readonly stop?: number;
}[] = [
  { name: 'wasm, 1 thread', more: { threads: 1 } },
  { name: 'wasm, 1 thread, again', more: { threads: 1 } },
  { name: 'wasm, 2 threads', more: { threads: 2 } },
  { name: 'wasm, 4 threads', more: { threads: 4 } },
  { name: 'wasm, resumed after 1', more: { threads: 1 }, stop: 1 },
  { name: 'wasm, resumed after 5', more: { threads: 1 }, stop: 5 },
  { name: 'wasm, 2 threads, resumed after 7', more: { threads: 2 }, stop: 7 },
  { name: 'wasm, 4 threads, resumed after 2', more: { threads: 4 }, stop: 2 },
  { name: 'javascript', more: { engine: 'javascript' } },
  { name: 'javascript, again', more: { engine: 'javascript' } },
  { name: 'javascript, resumed after 3', more: { engine: 'javascript' }, stop: 3 },
];

const all = new Set<string>();
for (const { name, more, stop } of ways) {
  const digests: string[] = [];
  for (const { options, train } of jobs)
    digests.push(await digestOf({ inputs: testInputs, train, options, ...more }, stop));
  all.add(digests.join(' '));
  console.log(`${process.version}\t${name}\t${digests.join(' ')}`);
}
process.exitCode = all.size === 1 ? 0 : 1;
