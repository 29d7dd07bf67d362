import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { withDuck } from '../../engines/features/duck.js';
import { sampleFeatures, sampleTable, sampleTask } from '../../engines/training/testing/sample-tables.js';
import { trainModel } from '../../engines/training/train.js';
import { askNew, idle, idsOf, serveFirst } from '../replay/steps.js';
import { startScriptedModel } from '../support/scripted-model.js';

const ROUNDS = process.env['PERENNIAL_SOAK'] === '1' ? 20 : 2;
const trainer = { hidden: [64], epochs: 100_000, batchSize: 32, learningRate: 0.001, patience: 100_000 };
const spec = {
  task: sampleTask('regression'),
  features: sampleFeatures,
  trainer: {
    ...trainer,
    kind: 'mlp' as const,
    optimizer: 'adam' as const,
    l2: 0,
    seed: 7,
    classWeights: 'none' as const,
    start: 'cold' as const,
  },
};
const train = sampleTable('regression', 20_000, 1);
const validation = sampleTable('regression', 1000, 2);
const limits = { threads: 1, memoryLimit: '500MB', tempDirectory: tmpdir() };

/** Work for hours, begun when `begun` is called. */
const HEAVY: [string, (signal: AbortSignal, begun: () => void) => Promise<unknown>][] = [
  ['training', (signal, begun) => trainModel({ spec, train, validation, signal, onProgress: begun })],
  [
    'a query',
    (signal, begun) =>
      withDuck({ ...limits, signal }, (duck) => {
        begun();
        return duck.row('select sum(a.range * b.range) as n from range(10000000) a, range(10000000) b');
      }),
  ],
];

describe('a retrain that is cancelled in the Web UI', () => {
  it.each(HEAVY)('stops %s within a second of the heartbeat that tells it', async (name, work) => {
    const line = await startScriptedModel();
    await serveFirst(line);
    const took: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      let running = false;
      let told = 0;
      let stopped = 0;
      line.script.heavyWork = async (signal) => {
        signal.addEventListener('abort', () => (told = performance.now()));
        try {
          return await work(signal, () => (running = true));
        } finally {
          stopped = performance.now();
        }
      };
      await askNew(line);
      await line.until('it works', () => running);
      const asked = performance.now();
      await line.client.workflow.getHandle(idsOf(line).retrain(round + 2)).cancel();
      await line.until('it stopped', () => stopped > 0);
      await idle(line);
      expect(told).toBeGreaterThan(0);
      expect(stopped - told).toBeLessThan(1000);
      took.push(stopped - asked);
    }
    took.sort((a, b) => a - b);
    const shown = took.map((ms) => Math.round(ms));
    console.log(
      `${name}: from the request to the end, ${shown[0]} to ${shown.at(-1)} ms over ${ROUNDS} cancellations`,
    );
    expect((await line.registry.ledger(line.model)).at(-1)?.why).toBe('cancelled: the retrain was cancelled');
  });
});
