import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { outcomeRowSchema, predictionRowSchema } from '../../domain/predictions.js';
import { specSchema } from '../../domain/spec/spec.js';
import { readForeignLog, type ForeignLogRequest } from './foreign-log.js';

const folder = mkdtempSync(join(tmpdir(), 'perennial-log-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const spec = specSchema.parse({
  model: 'fares',
  task: { kind: 'regression', label: 'y', metric: 'mae', naive: { kind: 'mean' } },
  source: { rows: 'rows.csv', eventTime: 'at', key: 'id', timeZone: 'Europe/Berlin' },
  features: { x: { type: 'number' }, 'wet day': { type: 'category' } },
  window: { kind: 'fixed', length: '30 days', validation: '2 days', holdout: '2 days' },
  trainer: { kind: 'linear' },
});
const columns = { id: 'prediction_id', time: 'at', key: 'id', prediction: 'prediction', label: 'y' };
const limits = { threads: 1, memoryLimit: '500MB', tempDirectory: folder };
const HEAD = 'prediction_id,at,id,x,wet day,prediction,y';

function read(lines: readonly string[], changes: Partial<ForeignLogRequest> = {}) {
  const path = join(folder, 'log.csv');
  writeFileSync(path, [HEAD, ...lines, ''].join('\n'));
  const until = '2026-06-01T00:00:00.000Z';
  return readForeignLog({
    ...{ spec, path, columns, version: 1, classes: null, until, folder, limits, ...changes },
  });
}
const linesOf = (path: string): unknown[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);

describe('a prediction log of another system', () => {
  it('becomes rows as a replica logs them, in the zone of the spec', async () => {
    const log = await read(['p2,2026-01-02 10:00,k2,,yes,4.5,', 'p1,2026-01-01T10:00:00Z,k1,2,no,4,5']);
    expect(log).toMatchObject({ rows: 2, accepted: 2, labels: 1, refused: [] });
    expect(log).toMatchObject({ from: '2026-01-01T10:00:00.000Z', to: '2026-01-02T09:00:00.000Z' });
    const rows = linesOf(log.predictions).map((line) => predictionRowSchema.parse(line));
    expect(rows.map((row) => [row.prediction_id, row.key, row.prediction, row.inputs])).toEqual([
      ['p1', 'k1', 4, { x: 2, 'wet day': 'no' }],
      ['p2', 'k2', 4.5, { x: null, 'wet day': 'yes' }],
    ]);
    const outcomes = linesOf(log.outcomes).map((line) => outcomeRowSchema.parse(line));
    expect(outcomes).toMatchObject([
      { prediction_id: 'p1', label: 5, arrived_at: '2026-01-01T10:00:00.000Z' },
    ]);
  });

  it('gives the same bytes for the same rows in another order', async () => {
    const lines = ['p1,2026-01-01 10:00,k1,2,no,4,5', 'p2,2026-01-02 10:00,k2,1,no,4,5'];
    const first = readFileSync((await read(lines)).predictions, 'utf8');
    expect(readFileSync((await read([...lines].reverse())).predictions, 'utf8')).toBe(first);
  });

  it('names every row that cannot be used, and why', async () => {
    const log = await read([
      'p1,2026-01-01 10:00,k1,2,no,4,5',
      ',2026-01-01 10:00,k1,2,no,4,5',
      'p3,some day,k1,2,no,4,5',
      'p4,2027-01-01 10:00,k1,2,no,4,5',
      'p5,2026-01-01 10:00,k1,many,no,4,5',
      'p6,2026-01-01 10:00,k1,2,no,inf,5',
      'p7,2026-01-01 10:00,k1,2,no,,5',
      'p1,2026-01-01 10:00,k1,2,no,4,5',
      'p9,2026-01-01 10:00,,2,no,4,good',
    ]);
    expect(log).toMatchObject({ rows: 9, accepted: 1 });
    expect(Object.fromEntries(log.refused.map(({ because, first }) => [because, first]))).toEqual({
      'no prediction_id': [2],
      'at is no time': [3],
      'at is later than now': [4],
      'x is no number': [5],
      'prediction is not finite': [6],
      'prediction is no prediction': [7],
      'prediction_id appears twice': [8],
      'no id': [9],
    });
  });

  it('takes the score of the positive class, and refuses classes that the version does not have', async () => {
    const task = { kind: 'binary', label: 'y', metric: 'roc_auc', naive: { kind: 'majority' } };
    const binary = specSchema.parse({ ...spec, task, trainer: { kind: 'logistic' } });
    const scored = { ...columns, scores: ['x'] };
    const log = await read(
      ['p1,2026-01-01 10:00,k1,0.75,no,yes,no', 'p2,2026-01-01 11:00,k1,0.5,no,maybe,'],
      {
        ...{ spec: binary, classes: ['no', 'yes'], columns: scored },
      },
    );
    expect(linesOf(log.predictions)).toMatchObject([{ prediction: 'yes', scores: [0.25, 0.75] }]);
    expect(log.refused).toMatchObject([{ because: 'prediction is none of no, yes', first: [2] }]);
  });

  it('refuses a file without a column that it needs', async () => {
    await expect(read([], { columns: { ...columns, prediction: 'forecast' } })).rejects.toThrow(
      /expected a column 'forecast' \(it has prediction_id, at, id, x, wet day, prediction, y\)/,
    );
  });
});
