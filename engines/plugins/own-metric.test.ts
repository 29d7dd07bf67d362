import { describe, expect, it } from 'vitest';
import type { Task } from '../../stats/index.js';
import type { MetricRows, PluginMetric } from './define.js';
import { ownMetric } from './own-metric.js';

const labels = [0, 1, 1];
const of = (
  value: PluginMetric['value'],
  direction: PluginMetric['direction'] = 'lower',
  task: Task = 'regression',
) => ownMetric('ours/cost', { direction, value }, task);
const input = { labels, predictions: [0, 2, 1] };

describe('a metric of a plug-in', () => {
  it('is a number where it exists', () => {
    const cost = of(({ predictions }) => Number(predictions[1]) / 4);
    expect(cost.compute(input)).toEqual({ kind: 'value', value: 0.5 });
    expect(cost.higherIsBetter).toBe(false);
    expect(of(() => 0.25, 'higher').higherIsBetter).toBe(true);
  });

  it.each([
    ['lower', Number.NaN, 'ours/cost is NaN on these rows'],
    ['lower', Infinity, 'ours/cost is Infinity on these rows'],
    // A ratio of losses below zero would call the worse model the better one.
    ['lower', -3, 'ours/cost is -3; lower is better, so it may not pass 0'],
    ['higher', 5000, 'ours/cost is 5000; higher is better, so it may not pass 1'],
  ] as const)('of which %s is better does not exist at %d', (direction, found, reason) => {
    expect(of(() => found, direction).compute(input)).toEqual({ kind: 'absent', reason });
  });

  it('that throws, or is no number, is a named failure', () => {
    const fails = (value: () => unknown) => () => of(value as PluginMetric['value']).compute(input);
    expect(
      fails(() => {
        throw new RangeError('no rows');
      }),
    ).toThrow("'ours/cost' (RangeError: no rows); expected an answer, not an error. Mend the plug-in.");
    expect(fails(() => '3')).toThrow(/^answer of 'ours\/cost' \(Error: string, expected a number\)/);
    expect(fails(() => Promise.resolve(1))).toThrow(/object, expected a number/);
  });

  it('sees classes as numbers, with what was predicted worked out from the scores', () => {
    const seen: MetricRows[] = [];
    const keep = (rows: MetricRows): number => {
      seen.push(rows);
      return 0;
    };
    of(keep, 'lower', 'binary').compute({ labels, scores: [0.2, 0.7, 0.5] });
    of(keep, 'lower', 'multiclass').compute({
      labels: [0, 2],
      probabilities: [0.5, 0.3, 0.2, 0.1, 0.2, 0.7],
    });
    expect(seen.map(({ predictions }) => Array.from(predictions))).toEqual([
      [0, 1, 1],
      [0, 2],
    ]);
    expect(seen[1]?.scores).toHaveLength(6);
  });
});
