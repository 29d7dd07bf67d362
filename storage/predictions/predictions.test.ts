import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OutcomeRow, PredictionRow } from '../../domain/predictions.js';
import { scratchFolder } from '../fixtures.js';
import { createLocalStore } from '../objects/local-store.js';
import type { ObjectStore } from '../objects/object-store.js';
import { openOutcomeWriter } from './outcome-writer.js';
import { openPredictionWriter, type PredictionWriter } from './prediction-writer.js';
import { outcomeSegments, predictionSegments } from './segments.js';

const MODEL = 'bike-demand';
let folder: ReturnType<typeof scratchFolder>;
let store: ObjectStore;
let spool: string;

beforeEach(() => {
  folder = scratchFolder();
  store = createLocalStore({ root: join(folder.path, 'store') });
  spool = join(folder.path, 'spool');
});
afterEach(() => folder.remove());

const options = (replica = 'r1') => ({ store, model: MODEL, replica, spool });
const spoolFolder = (): string => join(spool, 'predictions', MODEL, 'r1');

function row(i: number): PredictionRow {
  return {
    prediction_id: `p${i}`,
    model: MODEL,
    version: 1,
    role: 'champion',
    key: `k${i}`,
    event_time: '2011-04-01T00:00:00.000Z',
    received_at: '2011-04-01T00:00:00.000Z',
    ahead_of_clock: false,
    prediction: i,
    scores: null,
    inputs: { temp: 0.5, season: null },
  };
}

function outcome(i: number, over: Partial<OutcomeRow> = {}): OutcomeRow {
  const at = '2011-04-01T00:00:00.000Z';
  return {
    prediction_id: `p${i}`,
    key: `k${i}`,
    label: i,
    event_time: at,
    arrived_at: at,
    source: 'test',
    ...over,
  };
}

async function logged(): Promise<string[]> {
  const paths = await predictionSegments(store, MODEL);
  const text = paths.map((path) => readFileSync(path, 'utf8')).join('');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => String((JSON.parse(line) as PredictionRow).prediction_id));
}

const ids = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => `p${from + i}`);

async function flushOneByOne(writer: PredictionWriter, from: number, to: number): Promise<void> {
  for (let i = from; i <= to; i++) {
    writer.append([row(i)]);
    await writer.flush();
  }
}

/** A store whose puts fail while `down` is true. */
function failing(): ObjectStore & { down: boolean } {
  const wrapped = {
    ...store,
    down: false,
    put: async (...args: Parameters<ObjectStore['put']>) => {
      if (wrapped.down) throw new Error('the store is down');
      return store.put(...args);
    },
  };
  return wrapped;
}

describe('the prediction log', () => {
  it('holds every flushed row once, in order, and nothing for a flush without rows', async () => {
    const writer = openPredictionWriter(options());
    await writer.flush();
    expect(await predictionSegments(store, MODEL)).toEqual([]);
    writer.append([row(1), row(2)]);
    writer.append([row(3)]);
    await Promise.all([writer.flush(), writer.flush()]);
    writer.append([row(4)]);
    await writer.close();
    expect(await logged()).toEqual(ids(1, 4));
    expect(await predictionSegments(store, MODEL)).toHaveLength(2);
    expect(readdirSync(spoolFolder())).toEqual([]);
    expect(writer.lost()).toBe(0);
  });

  it('goes on after a restart, one folder of segments per replica', async () => {
    for (const [replica, i] of [
      ['r1', 1],
      ['r1', 2],
      ['r2', 3],
    ] as const) {
      const writer = openPredictionWriter(options(replica));
      writer.append([row(i)]);
      await writer.close();
    }
    expect(await logged()).toEqual(ids(1, 3));
    const keys: string[] = [];
    for await (const { key } of store.list('predictions/')) keys.push(key);
    expect(keys).toEqual(
      ['r1/00000001', 'r1/00000002', 'r2/00000001'].map((name) => `predictions/${MODEL}/${name}.ndjson`),
    );
  });

  it('leaves out files that hold only earlier rows, and never one that it cannot read', async () => {
    const writer = openPredictionWriter(options());
    for (const [i, day] of ['2011-04-01', '2011-04-02', '2011-04-03'].entries()) {
      writer.append([{ ...row(i), event_time: `${day}T00:00:00.000Z` }]);
      await writer.flush();
    }
    await writer.close();
    const all = await predictionSegments(store, MODEL);
    const later = (from: string) => predictionSegments(store, MODEL, { from });
    expect(await later('2011-04-01T00:00:00.000Z')).toEqual(all);
    expect(await later('2011-04-02T00:00:00.000Z')).toEqual(all.slice(1));
    expect(await later('2011-04-03T00:00:00.001Z')).toEqual([]);
    await store.put(`predictions/${MODEL}/r2/00000001.ndjson`, Buffer.from('{"event_time":"when?"}\n'));
    expect(await later('2011-04-03T00:00:00.001Z')).toHaveLength(1);
  });

  it('merges full groups of 64 segments into one file and still holds every row once', async () => {
    const writer = openPredictionWriter(options());
    await flushOneByOne(writer, 1, 130);
    expect(await predictionSegments(store, MODEL)).toHaveLength(4);
    expect(await predictionSegments(store, MODEL)).toHaveLength(4);
    expect(await logged()).toEqual(ids(1, 130));
    await writer.close();
    const next = openPredictionWriter(options());
    await flushOneByOne(next, 131, 131);
    await next.close();
    expect(await logged()).toEqual(ids(1, 131));
  });

  it('is the same whoever merges, also when the small segments were pruned', async () => {
    const writer = openPredictionWriter(options());
    await flushOneByOne(writer, 1, 65);
    await Promise.all(Array.from({ length: 4 }, () => predictionSegments(store, MODEL)));
    for (let i = 1; i <= 64; i++)
      await store.delete(`predictions/${MODEL}/r1/${String(i).padStart(8, '0')}.ndjson`);
    expect(await logged()).toEqual(ids(1, 65));
    await writer.close();
  });

  it('stores what a process that died left in its spool, but for a torn last line', async () => {
    mkdirSync(spoolFolder(), { recursive: true });
    const lines = [row(1), row(2), row(3)].map((r) => JSON.stringify(r)).join('\n');
    writeFileSync(join(spoolFolder(), 'open.ndjson'), lines.slice(0, -7));
    const writer = openPredictionWriter(options());
    writer.append([row(4)]);
    await writer.close();
    expect(await logged()).toEqual(['p1', 'p2', 'p4']);
    expect(writer.lost()).toBe(1);
  });

  it('stores a segment once when the process died between storing and forgetting it', async () => {
    const first = openPredictionWriter(options());
    first.append([row(1)]);
    await first.close();
    writeFileSync(join(spoolFolder(), '00000001.ndjson'), `${JSON.stringify(row(1))}\n`);
    const second = openPredictionWriter(options());
    second.append([row(2)]);
    await second.close();
    expect(await logged()).toEqual(ids(1, 2));
  });

  it('keeps both when another process took the number', async () => {
    mkdirSync(spoolFolder(), { recursive: true });
    writeFileSync(join(spoolFolder(), '00000001.ndjson'), `${JSON.stringify(row(1))}\n`);
    await store.put(`predictions/${MODEL}/r1/00000001.ndjson`, Buffer.from(`${JSON.stringify(row(2))}\n`));
    const writer = openPredictionWriter(options());
    await writer.close();
    expect((await logged()).sort()).toEqual(ids(1, 2));
  });

  it('keeps rows while the store is down and stores them when it is back', async () => {
    const shaky = failing();
    const writer = openPredictionWriter({ ...options(), store: shaky });
    await flushOneByOne(writer, 1, 1);
    shaky.down = true;
    for (const i of [2, 3]) {
      writer.append([row(i)]);
      await expect(writer.flush()).rejects.toThrow('the store is down');
    }
    expect(await logged()).toEqual(['p1']);
    shaky.down = false;
    await writer.flush();
    expect(await logged()).toEqual(ids(1, 3));
    await writer.close();
    expect(writer.lost()).toBe(0);
  });

  it('says what is wrong with a spool that cannot be written', async () => {
    writeFileSync(spool, 'a file');
    const writer = openPredictionWriter(options());
    writer.append([row(1)]);
    await expect(writer.flush()).rejects.toMatchObject({ type: 'spool-unavailable' });
    rmSync(spool);
    await writer.close();
    expect(await logged()).toEqual(['p1']);
  });

  it('refuses a replica name that climbs out of the log', () => {
    expect(() => openPredictionWriter(options('../other'))).toThrow('object prefix is ');
  });
});

describe('the outcome log', () => {
  const stored = async (): Promise<number> => {
    const paths = await outcomeSegments(store, MODEL);
    return paths.flatMap((path) => readFileSync(path, 'utf8').trim().split('\n')).length;
  };

  const at = (second: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
  const byKey = (i: number, over: Partial<OutcomeRow> = {}) => outcome(i, { prediction_id: null, ...over });

  it('takes a request that is sent again right after once', async () => {
    const writer = openOutcomeWriter(options());
    const request = [outcome(1), byKey(2)];
    expect(writer.append(request)).toEqual({ accepted: 2, duplicates: 0 });
    await writer.flush();
    const again = request.map((said) => ({ ...said, event_time: at(1), arrived_at: said.arrived_at }));
    expect(writer.append(again)).toEqual({ accepted: 0, duplicates: 2 });
    expect(writer.append([outcome(1)])).toEqual({ accepted: 1, duplicates: 0 });
    expect(writer.append([outcome(1, { label: 9 })])).toEqual({ accepted: 1, duplicates: 0 });
    await writer.close();
    expect(await stored()).toBe(4);
  });

  it('keeps the newest word, though the same was said before another on that row', async () => {
    const writer = openOutcomeWriter(options());
    const words = [
      outcome(1, { label: 1, arrived_at: at(0) }),
      byKey(1, { label: 0, arrived_at: at(1) }), // the row of that prediction
      outcome(1, { label: 1, arrived_at: at(2) }),
    ];
    expect(words.map((word) => writer.append([word]).accepted)).toEqual([1, 1, 1]);
    // Another replica may have taken a correction meanwhile: seconds later the same is a word of its own.
    const later = [at(11), at(12), at(23)].map((arrived_at) => outcome(1, { label: 1, arrived_at }));
    expect(later.map((word) => writer.append([word]).accepted)).toEqual([0, 1, 1]);
    await writer.close();
    expect(await stored()).toBe(5);
  });
});
