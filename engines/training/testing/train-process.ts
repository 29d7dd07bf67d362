/**
 * A process that trains the sample model and keeps its checkpoint in a file, for tests that kill it. It writes one JSON line per epoch and,
 * at the end, the digest of the weights. Arguments: the checkpoint's file, and the epoch to hold at (0: none).
 */
import { createHash } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { serializeModel } from '../serialize.js';
import { trainModel } from '../train.js';
import { sampleFeatures, sampleTable, sampleTask } from './sample-tables.js';

const [file = '', hold = '0'] = process.argv.slice(2);

const model = await trainModel({
  spec: {
    task: sampleTask('regression'),
    features: sampleFeatures,
    trainer: {
      kind: 'mlp',
      hidden: [16, 8],
      epochs: 40,
      batchSize: 16,
      learningRate: 0.005,
      optimizer: 'adam',
      l2: 0,
      patience: 0,
      classWeights: 'none',
      seed: 3,
      start: 'cold',
    },
  },
  train: sampleTable('regression', 1000, 1),
  validation: sampleTable('regression', 100, 2),
  checkpointEveryMs: 0,
  checkpoint: {
    load: () => readFile(file).catch(() => undefined),
    async save(bytes) {
      await writeFile(`${file}.part`, bytes);
      await rename(`${file}.part`, file);
    },
  },
  onProgress: ({ epoch, held }) => say({ epoch, held: held === true }),
  ...(hold !== '0' && { staged: { holdAtEpoch: Number(hold) } }),
});
say({ digest: createHash('sha256').update(serializeModel(model)).digest('hex') });

function say(news: unknown): void {
  process.stdout.write(`${JSON.stringify(news)}\n`);
}
