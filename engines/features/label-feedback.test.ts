import { describe, expect, it } from 'vitest';
import { instant } from '../../domain/references.js';
import { AS_OF, hourlyCsv, makeSpec } from './feature-fixture.js';
import { createFeatureEngine } from './feature-engine.js';
import { fed, fedByKey, feedbackFixture, feedbackSpec, predicted } from './feedback-fixture.js';
import { hour, LABELLESS_ROWS } from './label-fixture.js';

const HOURS = Array.from({ length: 720 }, (_, n) => n);
/** Every second hour was predicted and is named by its id, the others by their key. */
const PREDICTIONS = HOURS.filter((n) => n % 2 === 0).map((n) => predicted(n));
const FEEDBACK = HOURS.map((n) => (n % 2 === 0 ? fed(n, n) : fedByKey(n, n)));

describe('training on labels by feedback', () => {
  it('takes what had come by as-of: the newest of each, none where one arrival contradicts itself', async () => {
    const { write, run, machine, logs } = await feedbackFixture();
    await write('predictions', [PREDICTIONS]);
    const odd = [
      fed(300, -1, { arrived_at: hour(400) }), // corrected
      fed(302, 302, { arrived_at: hour(400) }), // said again
      fed(304, -2, { arrived_at: hour(410) }), // corrected by the key of what was named by id
      fedByKey(304, -3, 420),
      fed(306, -4, { arrived_at: hour(430) }), // one arrival, two labels
      fed(306, -5, { arrived_at: hour(430) }),
      fed(308, -6, { arrived_at: hour(721) }), // after as-of
      fed(9999, 1, { arrived_at: hour(30) }), // a prediction that the log does not have
      fedByKey(9999, 1, 30), // a row that the source does not have
    ];
    await write('outcomes', [FEEDBACK, odd]);
    const { contract, train } = await run();
    expect(contract.violations).toEqual([]);
    expect(contract.labels).toMatchObject({
      rows: 705,
      keys: 698,
      repeated: 1,
      corrected: 2,
      conflicting: 1,
      withoutRow: 1,
      withoutKey: 1,
      withoutLabel: 0,
      unusable: 0,
      withoutArrival: 0,
      notYet: 0,
      inRows: 0,
      unlabelled: 1,
    });
    expect(contract.warnings).toContain(
      'labels: 1 posts of feedback name no row and no prediction of the log',
    );
    // Another machine reads what was kept, also when the logs have gone.
    logs.outcomes = ['/gone'];
    const { label, labels } = await train(machine('elsewhere'));
    expect(labels).toEqual(contract.labels);
    expect(['c300', 'c301', 'c302', 'c304', 'c306', 'c308'].map((key) => label.get(key))).toEqual([
      -1,
      301,
      302,
      -3,
      undefined,
      308,
    ]);
  });

  it('an as-of sees only its past, and gives the same digest whatever came since and however the log lies', async () => {
    const { write, run } = await feedbackFixture();
    await write('predictions', [PREDICTIONS]);
    await write('outcomes', [FEEDBACK]);
    const before = await run();
    const late = [fed(300, -1, { arrived_at: hour(721) }), fedByKey(301, -1, 800)];
    await write('predictions', [PREDICTIONS.slice(100), PREDICTIONS.slice(0, 150), [predicted(900)]]);
    await write('outcomes', [[...late, ...FEEDBACK.slice(400)], FEEDBACK.slice(0, 401).reverse()]);
    const after = await run();
    expect(after.source.digest).toBe(before.source.digest);
    expect((await after.train()).rows).toBe((await before.train()).rows);
    const later = await run(feedbackSpec(), hour(800));
    expect(later.contract.labels).toMatchObject({ corrected: 2 });
  });

  it('rows that have a label of their own keep it; feedback labels the others', async () => {
    const labelled = hourlyCsv(({ n, ...row }) => ({ ...row, n, y: n < 500 ? String(n) : '' }));
    const { write, run } = await feedbackFixture(labelled);
    const asked = feedbackSpec({
      source: { ...feedbackSpec().source, key: 't' },
    });
    // Where the event time names the row, a key that is a time does too, and so does the event time of the feedback.
    const byTime = (n: number, key: string) => ({ ...fedByKey(n, -n), key });
    await write('outcomes', [
      [byTime(470, hour(470)), byTime(510, hour(510)), byTime(511, 'ride 511'), fed(512, -512)],
    ]);
    await write('predictions', [[predicted(512)]]);
    const { contract, train } = await run(asked);
    expect(contract.labels).toMatchObject({ keys: 4, inRows: 1, unlabelled: expect.any(Number) });
    expect(contract.warnings.join('\n')).not.toContain('extra-column');
    const { label } = await train();
    expect([470, 510, 511, 512, 513].map((n) => label.get(hour(n)))).toEqual([
      470,
      -510,
      -511,
      -512,
      undefined,
    ]);
  });

  it('joins the prediction ids that rows carry', async () => {
    const { write, run } = await feedbackFixture();
    await write('outcomes', [FEEDBACK]);
    const { contract } = await run(feedbackSpec({}, 'prediction-id'));
    expect(contract.labels).toMatchObject({ keys: 349, withoutKey: 348, withoutRow: 0 });
  });

  it('without feedback there is too little to train on, and it says so', async () => {
    const { run } = await feedbackFixture();
    const { contract } = await run();
    expect(contract.violations.map(({ kind, found }) => `${kind}: ${found}`)).toContainEqual(
      expect.stringMatching(/^minimum-rows: 0 labelled rows in train/),
    );
    expect(contract.warnings).toContain('labels: no feedback has come yet');
  });

  it('refuses where no store is at hand', async () => {
    const { folder, root } = await feedbackFixture();
    const bare = createFeatureEngine({ dataRoots: [root], stagingDir: folder });
    await expect(bare.freezeSource({ spec: feedbackSpec(), asOf: AS_OF })).rejects.toThrow(
      "source.labels.from is 'feedback'",
    );
  });
});

describe('judging by feedback that is the source of labels', () => {
  async function judged(
    outcomes: readonly object[],
    asOf: string,
    rows = LABELLESS_ROWS,
    spec = feedbackSpec(),
  ) {
    const { engine, write, logs } = await feedbackFixture(rows);
    await write('predictions', [[predicted(10), predicted(11), predicted(12, { key: 'p12' })]]);
    await write('outcomes', [outcomes]);
    const source = await engine.freezeSource({ spec, asOf });
    const files = { predictionFiles: logs.predictions, outcomeFiles: logs.outcomes };
    return engine.joinOutcomes({ spec, source, ...files, from: hour(0), to: hour(1000), asOf });
  }

  it('counts the newest that had come, from its arrival, also of rows that have no key', async () => {
    const outcomes = [
      fed(10, 1),
      fed(10, 2, { arrived_at: hour(50) }),
      fedByKey(11, 3, 20),
      fed(12, 4, { arrived_at: hour(60) }),
    ];
    const early = await judged(outcomes, hour(40));
    expect(early.predictionIds).toEqual(['p10', 'p11']);
    expect([...early.labels]).toEqual([1, 3]);
    const late = await judged(outcomes, hour(60));
    expect([...late.labels]).toEqual([2, 3, 4]);
    expect(Array.from(late.knownAt, (at) => instant(at))).toEqual([hour(50), hour(35), hour(60)]);
  });

  it('beside another source counts its delay from the prediction, too, whenever somebody tells of it', async () => {
    const beside = makeSpec({ source: { ...feedbackSpec().source, labels: { delay: '1 day' } } });
    const told = [
      fed(10, 1, { event_time: hour(36), arrived_at: hour(36) }),
      fed(11, 2, { event_time: hour(12), arrived_at: hour(12) }),
    ];
    const seen = await judged(told, hour(36), LABELLESS_ROWS, beside);
    expect(Array.from(seen.knownAt, (at) => instant(at))).toEqual([hour(36), hour(35)]);
  });

  it("a row's own label counts before feedback", async () => {
    const rows = LABELLESS_ROWS.split('\n').map(
      (line, i) => `${line},${i === 0 ? 'y' : i === 11 ? '70' : ''}`,
    );
    const seen = await judged([fed(10, 1), fed(11, 2)], hour(60), rows.join('\n'));
    expect([...seen.labels]).toEqual([70, 2]);
  });
});

describe('labels by feedback in source.sql', () => {
  it('the view shows a label from its arrival on, and a correction from its own', async () => {
    const sql = "SELECT r.*, l.y AS before FROM rows r LEFT JOIN labels l ON l.t = r.t - INTERVAL '2 days'";
    const features = { temp: { type: 'number' }, before: { type: 'number', maxMissing: 1 } } as const;
    const asked = feedbackSpec({ source: { ...feedbackSpec().source, sql }, features });
    const { engine, write, run } = await feedbackFixture();
    const corrections = HOURS.slice(400, 600).map((n) => fedByKey(n, -n, 700));
    await write('predictions', [PREDICTIONS]);
    await write('outcomes', [FEEDBACK, corrections]);
    const { source, plan, train } = await run(asked);
    expect((await train()).labels).toMatchObject({ corrected: 200, unlabelled: 0 });
    const { leaks } = await engine.pointInTimeGate({ spec: asked, source, plan, seed: 1, rows: 3 });
    expect(leaks.length).toBeGreaterThan(0);
    for (const { key, trained, visible } of leaks) {
      const n = Number(key.slice(1)) - 48;
      expect({ trained, visible }).toEqual({ trained: -n, visible: n });
    }
  });
});
