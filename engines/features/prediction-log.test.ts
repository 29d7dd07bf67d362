import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { OutcomeRow, PredictionRow } from '../../domain/predictions.js';
import { instant } from '../../domain/references.js';
import { AS_OF, hourlyCsv, makeFixture, makeSpec } from './feature-fixture.js';

const hour = (n: number): string => instant(Date.UTC(2024, 0, 1, n));

function prediction(n: number, change: Partial<PredictionRow> = {}): PredictionRow {
  return {
    prediction_id: `p${n}`,
    model: 'hourly',
    version: 1,
    role: 'champion',
    key: hour(n),
    event_time: hour(n),
    received_at: hour(n),
    ahead_of_clock: false,
    prediction: n + 0.5,
    scores: null,
    inputs: { temp: (n % 37) / 2, kind: n % 5 === 0 ? 'a' : 'b' },
    ...change,
  };
}

function outcome(n: number, change: Partial<OutcomeRow> = {}): OutcomeRow {
  return {
    prediction_id: null,
    key: hour(n),
    label: -n,
    event_time: hour(n),
    arrived_at: hour(n),
    source: 'app',
    ...change,
  };
}

async function setUp(
  predictions: readonly PredictionRow[],
  outcomes: readonly OutcomeRow[] = [],
  csv = hourlyCsv(),
) {
  const { engine, folder, write } = await makeFixture();
  await write('rows.csv', csv);
  const file = async (name: string, rows: readonly object[]): Promise<string[]> => {
    const path = join(folder, name);
    await writeFile(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    return rows.length === 0 ? [] : [path];
  };
  const spec = makeSpec();
  const source = await engine.freezeSource({ spec, asOf: AS_OF });
  return {
    engine,
    spec,
    source,
    predictionFiles: await file('p.ndjson', predictions),
    outcomeFiles: await file('o.ndjson', outcomes),
  };
}

describe('joining the log with outcomes', () => {
  it('judges rows whose label is known at as-of, the end of the span included', async () => {
    const { engine, ...files } = await setUp([
      prediction(30),
      prediction(48),
      prediction(10),
      prediction(49),
    ]);
    const judged = await engine.joinOutcomes({ ...files, from: hour(10), to: hour(50), asOf: hour(72) });
    expect(judged.predictionIds).toEqual(['p30', 'p48']);
    expect([...(judged.labels as Float64Array)]).toEqual([30, 48]);
    expect([...(judged.predictions as Float64Array)]).toEqual([30.5, 48.5]);
    expect(judged.naive).toEqual([6, 24]);
    expect(judged.unlabelled).toBe(1);
    expect([...judged.knownAt].map((time) => instant(time))).toEqual([hour(54), hour(72)]);
  });

  it('counts a row that was logged twice once, and keeps one row per role', async () => {
    const shadow = prediction(30, { version: 2, role: 'shadow', prediction: 1 });
    const { engine, ...files } = await setUp([prediction(30), shadow, prediction(30), shadow]);
    const judged = await engine.joinOutcomes({ ...files, from: hour(0), to: hour(50), asOf: AS_OF });
    expect(judged.roles).toEqual(['champion', 'shadow']);
    expect([...judged.versions]).toEqual([1, 2]);
  });

  it('takes the same one of two rows that say different things of one prediction, whichever was logged first', async () => {
    const said = async (...rows: PredictionRow[]) => {
      const { engine, ...files } = await setUp(rows);
      const judged = await engine.joinOutcomes({ ...files, from: hour(0), to: hour(50), asOf: AS_OF });
      return Array.from<number | string>(judged.predictions);
    };
    const other = prediction(30, { prediction: 1 });
    expect(await said(prediction(30), other)).toEqual([1]);
    expect(await said(other, prediction(30))).toEqual([1]);
    const earlier = prediction(30, { event_time: hour(29), key: hour(29) });
    expect(await said(other, earlier)).toEqual([30.5]);
    expect(await said(earlier, other)).toEqual([30.5]);
  });

  it('takes feedback where the source has no label, by prediction id before key, and not before it arrives', async () => {
    const csv = hourlyCsv((row) => (row.n === 30 || row.n === 31 ? { ...row, y: '' } : row));
    const outcomes = [
      outcome(30, { prediction_id: 'p30', label: 7, arrived_at: hour(60) }),
      outcome(30, { prediction_id: 'p30', label: 8, arrived_at: hour(61) }),
      outcome(31, { label: 9, arrived_at: hour(80) }),
    ];
    const { engine, ...files } = await setUp([prediction(30), prediction(31)], outcomes, csv);
    const at = async (asOf: string) => {
      const judged = await engine.joinOutcomes({ ...files, from: hour(0), to: hour(50), asOf });
      return [...(judged.labels as Float64Array)];
    };
    const judged = await engine.joinOutcomes({ ...files, from: hour(0), to: hour(50), asOf: hour(80) });
    // A label is known when its delay has passed and it has arrived.
    expect([...judged.knownAt].map((time) => instant(time))).toEqual([hour(60), hour(80)]);
    expect(await at(hour(59))).toEqual([]);
    expect(await at(hour(60))).toEqual([7]);
    expect(await at(hour(80))).toEqual([7, 9]);
  });

  it('leaves labels out that match no prediction, and takes a label once however often it came', async () => {
    const csv = hourlyCsv((row) => (row.n === 30 ? { ...row, y: '' } : row));
    const label = outcome(30, { prediction_id: 'p30', label: 7 });
    const stranger = outcome(200, { prediction_id: 'C26193', label: 1 });
    const { engine, ...files } = await setUp([prediction(30)], [label, label, stranger], csv);
    const judged = await engine.joinOutcomes({ ...files, from: hour(0), to: hour(50), asOf: AS_OF });
    expect([judged.predictionIds, judged.unlabelled]).toEqual([['p30'], 0]);
    expect([...(judged.labels as Float64Array)]).toEqual([7]);
    const alone = await setUp([prediction(30)], [stranger], csv);
    const none = await alone.engine.joinOutcomes({ ...alone, from: hour(0), to: hour(50), asOf: AS_OF });
    expect([none.rows, none.unlabelled]).toEqual([0, 1]);
  });

  it('joins an event time that the client wrote in another offset', async () => {
    const row = prediction(30, { key: '2024-01-02T01:00:00-05:00', event_time: '2024-01-02T01:00:00-05:00' });
    const { engine, ...files } = await setUp([row]);
    const judged = await engine.joinOutcomes({ ...files, from: hour(0), to: hour(50), asOf: AS_OF });
    expect(judged.keys).toEqual([hour(30)]);
    expect([...(judged.labels as Float64Array)]).toEqual([30]);
  });

  it('reads classes and scores of a classification log', async () => {
    const csv = hourlyCsv((row) => ({ ...row, y: row.n % 2 === 0 ? 'even' : 'odd' }));
    const { engine, source, predictionFiles, outcomeFiles } = await setUp(
      [prediction(30, { prediction: 'even', scores: [0.75, 0.25] })],
      [],
      csv,
    );
    const spec = makeSpec({
      task: { kind: 'binary', label: 'y', metric: 'roc_auc', naive: { kind: 'majority' } },
    });
    const judged = await engine.joinOutcomes({
      spec,
      source,
      predictionFiles,
      outcomeFiles,
      from: hour(0),
      to: hour(50),
      asOf: AS_OF,
    });
    expect([judged.predictions, judged.labels, judged.scores, judged.naive]).toEqual([
      ['even'],
      ['even'],
      [[0.75, 0.25]],
      ['even'],
    ]);
  });

  it('gives an empty table for an empty log', async () => {
    const { engine, ...files } = await setUp([]);
    const judged = await engine.joinOutcomes({ ...files, from: hour(0), to: hour(50), asOf: AS_OF });
    expect(judged.rows).toBe(0);
  });
});

describe('logged predictions', () => {
  it('are all that champions said, with or without a label', async () => {
    const { engine, spec, predictionFiles } = await setUp([
      prediction(2, { version: 2 }),
      prediction(1),
      prediction(1),
      prediction(1, { version: 2, role: 'shadow', prediction: 7 }),
    ]);
    const span = { from: hour(0), to: hour(5) };
    const logged = await engine.loggedPredictions({ spec, predictionFiles, ...span });
    expect(logged?.predictionIds).toEqual(['p1', 'p2']);
    expect([...(logged?.versions ?? [])]).toEqual([1, 2]);
    expect([...(logged?.predictions ?? [])]).toEqual([1.5, 2.5]);
    expect(logged?.scores).toEqual([null, null]);
    expect([...(logged?.inputs.numbers['temp'] ?? [])]).toEqual([0.5, 1]);
    expect(logged?.inputs.categories['kind']).toEqual(['b', 'b']);
    expect(await engine.loggedPredictions({ spec, predictionFiles: [], ...span })).toBeNull();
  });

  it('hold class names and scores', async () => {
    const { engine, predictionFiles } = await setUp([
      prediction(30, { prediction: 'even', scores: [0.75, 0.25] }),
    ]);
    const spec = makeSpec({
      task: { kind: 'binary', label: 'y', metric: 'roc_auc', naive: { kind: 'majority' } },
    });
    const logged = await engine.loggedPredictions({ spec, predictionFiles, from: hour(0), to: hour(50) });
    expect([logged?.predictions, logged?.scores]).toEqual([['even'], [[0.75, 0.25]]]);
  });
});

describe('logged inputs', () => {
  it('are those of the champion, with missing values as NaN and null', async () => {
    const { engine, spec, predictionFiles } = await setUp([
      prediction(2, { inputs: { temp: null, kind: null } }),
      prediction(1),
      prediction(1, { version: 2, role: 'shadow' }),
    ]);
    const table = await engine.loggedInputs({
      predictionFiles,
      features: spec.features,
      from: hour(0),
      to: hour(2),
    });
    expect(table.keys).toEqual([hour(1), hour(2)]);
    expect([...(table.numbers['temp'] ?? [])]).toEqual([0.5, Number.NaN]);
    expect(table.categories['kind']).toEqual(['b', null]);
  });
});

describe('shadow pairs', () => {
  it('are requests that both versions scored from a time on', async () => {
    const both = [3, 4, 30].flatMap((n) => [prediction(n), prediction(n, { version: 2, role: 'shadow' })]);
    const { engine, predictionFiles } = await setUp([prediction(1), prediction(5), ...both]);
    const pairs = await engine.shadowPairs({ predictionFiles, champion: 1, challenger: 2, from: hour(4) });
    expect(pairs).toEqual({ pairs: 2, first: hour(4), last: hour(30), hours: 2, days: 2 });
    expect(
      (await engine.shadowPairs({ predictionFiles, champion: 1, challenger: 3, from: hour(0) })).pairs,
    ).toBe(0);
  });
});

describe('the comparison of serving with the source', () => {
  it('names features that differ and lets 32-bit numbers pass', async () => {
    const rows = [
      prediction(29, { inputs: { temp: Math.fround(14.1), kind: 'b' } }),
      prediction(30, { inputs: { temp: 30, kind: 'a' } }),
      prediction(31, { inputs: { temp: null, kind: 'z' } }),
    ];
    const csv = hourlyCsv((row) => (row.n === 29 ? { ...row, temp: '14.1' } : row));
    const { engine, outcomeFiles: _, ...files } = await setUp(rows, [], csv);
    const skew = await engine.compareLoggedWithSource({ ...files, from: hour(0), to: hour(50), asOf: AS_OF });
    expect(skew).toEqual({
      rows: 3,
      differing: [
        { column: 'temp', count: 2 },
        { column: 'kind', count: 1 },
      ],
    });
  });
});
