import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { instant } from '../../domain/references.js';
import { AS_OF, makeSpec } from './feature-fixture.js';
import { everyHour, hour, labelFile, labelFixture, labelSpec } from './label-fixture.js';

describe('judging with labels from files of their own', () => {
  const prediction = (n: number) => ({
    prediction_id: `p${n}`,
    model: 'hourly',
    version: 1,
    role: 'champion',
    key: `c${n}`,
    event_time: hour(n),
    received_at: hour(n),
    ahead_of_clock: false,
    prediction: n + 0.5,
    scores: null,
    inputs: {},
  });

  async function judged(asked: ReturnType<typeof labelSpec>, labels: string, asOf: string) {
    const { engine, folder } = await labelFixture({ 'l.csv': labels }, asked);
    const log = join(folder, 'log.ndjson');
    const rows = [10, 11, 12, 900].map(prediction);
    await writeFile(log, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    return engine.joinOutcomes({
      spec: asked,
      source: await engine.freezeSource({ spec: asked, asOf }),
      predictionFiles: [log],
      outcomeFiles: [],
      from: hour(0),
      to: hour(1000),
      asOf,
    });
  }

  it('joins by key at the later of delay and arrival, also rows that were not delivered', async () => {
    const labels = labelFile([
      { n: 10, y: 1 },
      { n: 11, y: 2, at: hour(100) },
      { n: 12, y: 3, at: hour(101) },
      { n: 900, y: 4, at: hour(20) },
    ]);
    const early = await judged(labelSpec(), labels, hour(100));
    expect(early.predictionIds).toEqual(['p10', 'p11']);
    expect(Array.from(early.knownAt, (at) => instant(at))).toEqual([hour(34), hour(100)]);
    expect(early.unlabelled).toBe(2);
    const late = await judged(labelSpec(), labels, hour(924));
    expect(late.predictionIds).toEqual(['p10', 'p11', 'p12', 'p900']);
    expect(instant(late.knownAt[3] ?? 0)).toBe(hour(924));
  });

  it('a label that was corrected and then said again is known since it was said again', async () => {
    const said = [
      [1, 40],
      [2, 50],
      [1, 60],
      [1, 70],
    ] as const;
    const labels = labelFile(said.map(([y, at]) => ({ n: 10, y, at: hour(at) })));
    for (const [asOf, label, since] of [
      [45, 1, 40],
      [55, 2, 50],
      [65, 1, 60],
      [75, 1, 60],
    ] as const) {
      const seen = await judged(labelSpec(), labels, hour(asOf));
      expect([
        Array.from<number | string>(seen.labels),
        Array.from(seen.knownAt, (at) => instant(at)),
      ]).toEqual([[label], [hour(since)]]);
    }
  });

  it('joins by prediction id, and trains by the ids that rows carry', async () => {
    const asked = labelSpec({ join: 'prediction-id', key: 'id' });
    const seen = await judged(
      asked,
      labelFile(
        [
          { n: 11, y: 2 },
          { n: 900, y: 4, at: hour(20) },
        ],
        'p',
      ),
      hour(1000),
    );
    expect(seen.predictionIds).toEqual(['p11', 'p900']);
    const { at } = await labelFixture({ 'l.csv': labelFile(everyHour(), 'p') }, asked);
    const { contract, snapshot } = await at();
    expect((await contract()).violations).toEqual([]);
    expect((await snapshot()).labels).toMatchObject({ unlabelled: 0, withoutRow: 0 });
  });

  it('the trivial baseline uses no label before it arrived', async () => {
    const asked = labelSpec();
    const labels = everyHour().map((said) => (said.n < 48 ? { ...said, at: hour(100) } : said));
    const { engine } = await labelFixture({ 'l.csv': labelFile(labels) }, asked);
    const frozen = await engine.freezeSource({ spec: asked, asOf: AS_OF });
    const rows = [50, 75, 101].map((n) => ({ key: `c${n}`, event_time: hour(n) }));
    const seasonal = await engine.naiveForecast({ spec: asked, source: frozen, rows, asOf: AS_OF });
    expect(seasonal).toEqual([null, 51, 77]);
    const mean = { ...asked, task: { ...asked.task, naive: { kind: 'mean' as const } } };
    const means = await engine.naiveForecast({ spec: mean, source: frozen, rows, asOf: AS_OF });
    expect(means).toEqual([null, 49.5, 38.5]);
  });
});

describe('labels of their own in source.sql', () => {
  it('the view shows a label from its arrival on, and a correction from its own', async () => {
    const asked = makeSpec({
      source: {
        ...labelSpec().source,
        sql: "SELECT r.*, l.y AS before FROM rows r LEFT JOIN labels l ON l.t = r.t - INTERVAL '2 days'",
      },
      features: { temp: { type: 'number' }, before: { type: 'number', maxMissing: 1 } },
    });
    const corrections = everyHour(400, 600).map(({ n }) => ({ n, y: -n, at: hour(700) }));
    const { engine, at } = await labelFixture(
      { 'l.csv': labelFile(everyHour()), 'c.csv': labelFile(corrections) },
      asked,
    );
    const { source, snapshot } = await at();
    const { labels } = await snapshot();
    expect(labels).toMatchObject({ corrected: 200, unlabelled: 0 });
    const plan = engine.planWindow({ spec: asked, asOf: AS_OF });
    const { leaks, checked } = await engine.pointInTimeGate({ spec: asked, source, plan, seed: 1, rows: 15 });
    expect(checked).toBe(15);
    // Rows whose lookup was corrected later were served with the label that stood at their own time.
    expect(leaks.length).toBeGreaterThan(0);
    for (const { column, key, trained, visible } of leaks) {
      const n = Number(key.slice(1)) - 48;
      expect({ column, trained, visible }).toEqual({ column: 'before', trained: -n, visible: n });
    }
  });
});
