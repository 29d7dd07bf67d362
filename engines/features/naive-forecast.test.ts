import { describe, expect, it } from 'vitest';
import type { ModelSpecInput } from '../../domain/spec/spec.js';
import { AS_OF, hourlyCsv, makeFixture, makeSpec } from './feature-fixture.js';

const task = (naive: ModelSpecInput['task']['naive'], kind: 'regression' | 'multiclass' = 'regression') => ({
  kind,
  label: 'y',
  metric: kind === 'regression' ? 'mae' : 'accuracy',
  naive,
});

const at = (event_time: string) => ({ key: event_time, event_time });

async function forecast(csv: string, spec: ReturnType<typeof makeSpec>, rows: ReturnType<typeof at>[]) {
  const { engine, write } = await makeFixture();
  await write('rows.csv', csv);
  const source = await engine.freezeSource({ spec, asOf: AS_OF });
  return engine.naiveForecast({ spec, source, rows, asOf: AS_OF });
}

describe('the trivial baseline', () => {
  it('repeats the label one lag ago, where the lag covers the label delay', async () => {
    const spec = makeSpec({
      task: task({ kind: 'seasonal', period: '1 day' }),
      source: { rows: 'rows.csv', eventTime: 't', labels: { delay: '36 hours' } },
    });
    expect(
      await forecast(hourlyCsv(), spec, [at('2024-01-05T03:00:00.000Z'), at('2024-01-02T23:00:00.000Z')]),
    ).toEqual([51, null]);
  });

  it('gives null where the label of that time is missing', async () => {
    const csv = hourlyCsv((row) => (row.n === 51 ? undefined : row));
    expect(await forecast(csv, makeSpec(), [at('2024-01-04T03:00:00.000Z')])).toEqual([null]);
  });

  it('keeps the hour of the local clock when the clocks change', async () => {
    const spec = makeSpec({
      task: task({ kind: 'seasonal', period: '7 days' }),
      source: { rows: 'rows.csv', eventTime: 't', timeZone: 'America/New_York', labels: { delay: '1 day' } },
    });
    const csv = 't,temp,kind,y\n2024-01-03 11:00:00,1,a,1\n2024-01-03 12:00:00,1,a,2\n';
    const summer = csv.replaceAll('2024-01-03', '2024-03-08');
    const { engine, write } = await makeFixture();
    await write('rows.csv', summer);
    const asOf = '2024-04-01T00:00:00.000Z';
    const source = await engine.freezeSource({ spec, asOf });
    const rows = [at('2024-03-15T16:00:00.000Z')];
    expect(await engine.naiveForecast({ spec, source, rows, asOf })).toEqual([2]);
  });

  it('takes the mean of the labels that were visible in the window', async () => {
    const spec = makeSpec({
      task: task({ kind: 'mean' }),
      window: { kind: 'all', validation: '1 day', holdout: '1 day' },
    });
    const rows = [
      at('2024-01-02T02:00:00.000Z'),
      at('2024-01-01T23:00:00.000Z'),
      at('2024-01-02T01:00:00.000Z'),
    ];
    expect(await forecast(hourlyCsv(), spec, rows)).toEqual([1, null, 0.5]);
  });

  it('takes the most frequent visible class, of equals the first in text order', async () => {
    const spec = makeSpec({
      task: task({ kind: 'majority' }, 'multiclass'),
      window: { kind: 'fixed', length: '5 hours', validation: '1 hour', holdout: '1 hour', gap: '1 hour' },
      source: { rows: 'rows.csv', eventTime: 't', labels: { delay: '0 seconds' } },
    });
    const csv = hourlyCsv((row) => ({ ...row, y: row.n < 3 ? 'x' : row.n < 6 ? 'b' : 'a' }));
    const rows = [
      at('2024-01-01T02:00:00.000Z'),
      at('2024-01-01T05:00:00.000Z'),
      at('2024-01-01T08:00:00.000Z'),
    ];
    expect(await forecast(csv, spec, rows)).toEqual(['x', 'b', 'a']);
  });

  it('never uses a label that becomes visible after as-of', async () => {
    const { engine, write } = await makeFixture();
    await write('rows.csv', hourlyCsv());
    const spec = makeSpec();
    const source = await engine.freezeSource({ spec, asOf: AS_OF });
    const rows = [at('2024-01-05T03:00:00.000Z')];
    expect(await engine.naiveForecast({ spec, source, rows, asOf: '2024-01-05T03:00:00.000Z' })).toEqual([
      75,
    ]);
    expect(await engine.naiveForecast({ spec, source, rows, asOf: '2024-01-05T02:59:59.000Z' })).toEqual([
      null,
    ]);
  });
});
