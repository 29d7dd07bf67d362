import { describe, expect, it } from 'vitest';
import { instant } from '../../domain/references.js';
import { AS_OF } from './feature-fixture.js';
import { fed, fedByKey, feedbackFixture, feedbackSpec, predicted } from './feedback-fixture.js';
import { hour } from './label-fixture.js';

const HOURS = Array.from({ length: 720 }, (_, n) => n);

describe('a model that learns from feedback', () => {
  it('is judged by the very labels that it learns, whether they name the prediction or the row', async () => {
    const { engine, write, run, logs } = await feedbackFixture();
    const predictions = HOURS.map((n) => predicted(n));
    const outcomes = [
      ...HOURS.filter((n) => n < 690).map((n) => (n % 2 === 0 ? fed(n, n) : fedByKey(n, n))),
      fedByKey(300, -1, 600), // after the word on its prediction
      fed(301, -2, { arrived_at: hour(600) }), // after the word on its row
      fed(302, -3, { arrived_at: hour(600) }), // two words at once
      fedByKey(302, -4, 600),
      fed(303, -5, { arrived_at: hour(600) }), // a contradiction by the prediction, after a word on the row
      fed(303, -6, { arrived_at: hour(600) }),
    ];
    await write('predictions', [predictions]);
    await write('outcomes', [outcomes]);
    const { source, train } = await run();
    const { label } = await train();
    const files = { predictionFiles: logs.predictions, outcomeFiles: logs.outcomes };
    const span = { from: hour(0), to: hour(690) };
    const judged = await engine.joinOutcomes({
      spec: feedbackSpec(),
      source,
      ...files,
      ...span,
      asOf: AS_OF,
    });
    const said = new Map(judged.keys.map((key, row) => [key, judged.labels[row]]));
    for (const [key, learned] of label) expect([key, said.get(key)]).toEqual([key, learned]);
    expect(['c300', 'c301', 'c302', 'c303'].map((key) => said.get(key))).toEqual([
      -1,
      -2,
      undefined,
      undefined,
    ]);
    expect(['c300', 'c301', 'c302', 'c303'].map((key) => label.get(key))).toEqual([
      -1,
      -2,
      undefined,
      undefined,
    ]);
    const since = judged.knownAt[judged.keys.indexOf('c300')] ?? 0;
    expect(instant(since)).toBe(hour(600));
  });

  it('judges each prediction by itself where no key was sent, though others have its event time', async () => {
    const { engine, write, run, logs } = await feedbackFixture();
    await write('predictions', [
      [predicted(10, { key: hour(10) }), predicted(11, { key: hour(10), event_time: hour(10) })],
    ]);
    await write('outcomes', [[fed(10, 1), fed(11, 2)]]);
    const { source } = await run();
    const files = { predictionFiles: logs.predictions, outcomeFiles: logs.outcomes };
    const span = { from: hour(0), to: hour(690) };
    const judged = await engine.joinOutcomes({
      spec: feedbackSpec(),
      source,
      ...files,
      ...span,
      asOf: AS_OF,
    });
    expect([...judged.labels]).toEqual([1, 2]);
  });

  it.each([
    ['linear', [1e200, 'many']],
    ['trees', [-1, 1e101]],
  ] as const)('leaves out and counts what no %s model can learn', async (kind, odd) => {
    const { engine, write, run, logs } = await feedbackFixture();
    const trainer = kind === 'trees' ? { kind, objective: 'poisson' as const } : { kind };
    const asked = feedbackSpec({ trainer });
    await write('predictions', [HOURS.map((n) => predicted(n))]);
    await write('outcomes', [
      [
        ...HOURS.map((n) => fed(n, n)),
        ...odd.map((label, i) => fed(300 + i, label, { arrived_at: hour(600) })),
      ],
    ]);
    const { source, contract, train } = await run(asked);
    expect(contract.labels).toMatchObject({ unusable: 2, withoutLabel: 0 });
    expect(contract.warnings).toContain(
      'labels: 2 posts of feedback hold a label that no model can learn; they are left out',
    );
    const { label } = await train();
    expect([label.get('c300'), label.get('c301')]).toEqual([300, 301]);
    const files = { predictionFiles: logs.predictions, outcomeFiles: logs.outcomes };
    const span = { from: hour(299), to: hour(301), asOf: AS_OF };
    expect([...(await engine.joinOutcomes({ spec: asked, source, ...files, ...span })).labels]).toEqual([
      300, 301,
    ]);
    // Beside labels of the rows, too.
    const plain = { ...asked, source: { ...asked.source, labels: { delay: asked.source.labels.delay } } };
    const seen = await engine.joinOutcomes({
      spec: plain,
      source: await engine.freezeSource({ spec: plain, asOf: AS_OF }),
      ...files,
      ...span,
    });
    expect([...seen.labels]).toEqual([300, 301]);
  });
});
