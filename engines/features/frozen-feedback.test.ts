import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AS_OF } from './feature-fixture.js';
import { createFeatureEngine } from './feature-engine.js';
import { fed, feedbackFixture, feedbackSpec, predicted } from './feedback-fixture.js';
import { hour } from './label-fixture.js';

describe('frozen feedback', () => {
  it('of a look at the newest rows reads the log from what these and their baseline need', async () => {
    const { write, reader, root, folder } = await feedbackFixture();
    await write('predictions', [[predicted(600)]]);
    await write('outcomes', [[fed(600, 1)]]);
    const asked: (string | undefined)[] = [];
    const feedback = {
      ...reader,
      predictions: (model: string, part: { readonly from?: string }) => {
        asked.push(part.from);
        return reader.predictions(model, part);
      },
    };
    const engine = createFeatureEngine({ dataRoots: [root], stagingDir: join(folder, 's'), feedback });
    const seasonal = feedbackSpec();
    const task = { ...seasonal.task, naive: { kind: 'mean' as const } };
    const all = feedbackSpec({ task, window: { kind: 'all', validation: '3 days', holdout: '4 days' } });
    for (const spec of [seasonal, { ...seasonal, task }, all])
      await engine.freezeSource({ spec, asOf: AS_OF, from: hour(600) });
    await engine.freezeSource({ spec: seasonal, asOf: AS_OF });
    // Twice the delay, a day for the clocks, and the period of a day or the window of twenty.
    expect(asked).toEqual([hour(600 - 4 * 24), hour(600 - 23 * 24), undefined, undefined]);
  });

  it('is removed when it was not used for an hour, and kept feedback can be read again', async () => {
    const { write, run, engine, folder } = await feedbackFixture();
    const tables = (): Promise<string[]> => readdir(join(folder, 'staging', 'feedback'));
    await write('predictions', [[predicted(600)]]);
    await write('outcomes', [[fed(600, 1)]]);
    const { source, plan } = await run();
    const [first = ''] = await tables();
    const longAgo = new Date(Date.now() - 3_700_000);
    await utimes(join(folder, 'staging', 'feedback', first), longAgo, longAgo);
    await write('outcomes', [[fed(600, 2)]]);
    await engine.freezeSource({ spec: feedbackSpec(), asOf: AS_OF });
    expect(await tables()).toEqual([expect.not.stringMatching(first)]);
    const again = await engine.checkContract({ spec: feedbackSpec(), source, plan, firstVersion: true });
    expect(again.labels).toMatchObject({ keys: 1 });
  });
});
