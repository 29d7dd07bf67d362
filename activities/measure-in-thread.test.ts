import { describe, expect, it } from 'vitest';
import { parseSpec } from '../domain/spec/parse-spec.js';
import { sampleSpec } from '../domain/spec/sample-spec.js';
import { createRandom } from '../stats/index.js';
import { measureDrift } from './drift.js';
import { evaluateHoldout, type HoldoutRows } from './evaluate-holdout.js';
import { measuresIn } from './measure-in-thread.js';
import { compareLosses, lossRatio, type Pair } from './metric-rows.js';
import { profileOf } from './reference-profile.js';

const random = createRandom(7);
const numbers = (n: number): Float64Array => Float64Array.from({ length: n }, () => random.normal());
const task = { kind: 'binary', label: 'y', metric: 'roc_auc', naive: { kind: 'majority' } } as const;
const spec = parseSpec({ ...sampleSpec(), task });

/** Rows of two models that score at random: the metric ranks, so that every resample sorts. */
function pairOf(rows: number): Pair {
  const labels = Float64Array.from({ length: rows }, () => random.int(2));
  const model = { labels, scores: numbers(rows) };
  return { model, against: { labels, scores: numbers(rows) }, confidence: 0.95, seed: 7, blockLength: 24 };
}

function tableOf(rows: number): HoldoutRows['holdout'] {
  const label = Array.from({ length: rows }, () => (random.next() < 0.5 ? 'no' : 'yes'));
  const season = Array.from({ length: rows }, () => String(1 + random.int(4)));
  const eventTimes = Float64Array.from({ length: rows }, (_, i) => i * 60_000);
  const columns = { numbers: { temp: numbers(rows) }, categories: { season } };
  return { rows, keys: label.map((_, i) => String(i)), eventTimes, label, ...columns };
}

function holdoutOf(rows: number): HoldoutRows {
  const said = () => ({ predictions: Array<string>(rows).fill('yes'), scores: numbers(2 * rows) });
  return {
    ...{ spec, holdout: tableOf(rows), classes: ['no', 'yes'], naive: Array<string>(rows).fill('no') },
    ...{ from: '2020-01-01T00:00:00.000Z', to: '2020-02-01T00:00:00.000Z', candidate: said() },
    champion: { said: said(), trainedTo: '2019-12-01T00:00:00.000Z' },
  };
}

const measures = measuresIn({});
const name = { task: 'binary', metric: 'roc_auc' } as const;

describe.each([
  ['few', 90],
  ['more', 300],
])('what is measured of %s rows', (_, rows) => {
  it('is the same as without a thread', async () => {
    const pair = pairOf(rows);
    expect(await measures.ratio({ name, pair })).toEqual(lossRatio(name, pair));
    expect(await measures.comparison({ name, pair })).toEqual(compareLosses(name, pair));
    const holdout = holdoutOf(rows);
    expect(await measures.holdout(holdout)).toEqual(evaluateHoldout(holdout));
  });

  it('is the same of many cells', async () => {
    const table = tableOf(rows * 200);
    const profile = profileOf(spec, table);
    expect(await measures.profile({ spec, table })).toEqual(profile);
    const trigger = spec.triggers.find((one) => one.kind === 'data-drift');
    if (trigger === undefined) throw new Error('the sample asks for no drift');
    const request = { spec, trigger, current: tableOf(rows * 200), profile };
    expect(await measures.drift(request)).toEqual(measureDrift(request));
  });
});

describe('a measurement that is cancelled', () => {
  it('ends at once, with the reason', async () => {
    const stop = new AbortController();
    const reason = new Error('cancelled by hand');
    const measuring = measuresIn({ signal: stop.signal }).ratio({ name, pair: pairOf(100_000) });
    setTimeout(() => stop.abort(reason), 300);
    const begun = performance.now();
    await expect(measuring).rejects.toBe(reason);
    expect(performance.now() - begun).toBeLessThan(1300);
  });
});
