import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mean } from '../numeric/sums.js';
import { lossOf } from './losses.js';
import { evaluate, metricLoss, metricOf, metrics } from './table.js';

describe('table of metrics', () => {
  it('has one entry per task and name', () => {
    const keys = metrics.map((m) => `${m.task}/${m.name}`);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('understands the short names of several classes and lists names on a wrong one', () => {
    expect(metricOf('multiclass', 'f1').name).toBe('f1_macro');
    expect(() => metricOf('binary', 'auc')).toThrow(
      /Metric auc is not known for binary; use one of accuracy, .*roc_auc/,
    );
  });

  it('turns scores into losses', () => {
    const input = { labels: [0, 1, 1, 0], scores: [0.1, 0.9, 0.8, 0.6] };
    expect(metricLoss(metricOf('binary', 'accuracy'), input)).toEqual({ kind: 'value', value: 0.25 });
    expect(metricLoss(metricOf('binary', 'brier'), input)).toEqual(
      metricOf('binary', 'brier').compute(input),
    );
  });

  it('names what is wrong with the rows', () => {
    expect(metricOf('regression', 'mae').compute({ labels: [], predictions: [] })).toEqual({
      kind: 'absent',
      reason: 'there are no rows',
    });
    expect(metricOf('regression', 'mae').compute({ labels: [1, Number.NaN], predictions: [1, 1] })).toEqual({
      kind: 'absent',
      reason: 'the label of row 1 is NaN, not a finite number',
    });
    expect(metricOf('binary', 'roc_auc').compute({ labels: [0, 2], scores: [0, 1] })).toEqual({
      kind: 'absent',
      reason: 'the label of row 1 is 2; classes are 0…1',
    });
    expect(() => metricOf('regression', 'mae').compute({ labels: [1], predictions: [] })).toThrow(
      '0 predictions for 1 labels',
    );
  });

  it('has losses per row whose mean is the metric', () => {
    const input = { labels: [0, 1, 1, 0, 1], scores: [0.2, 0.9, 0.4, 0.7, 0.5] };
    for (const name of ['log_loss', 'brier', 'accuracy']) {
      const losses = lossOf('binary', name)?.rows(input);
      if (!losses || 'kind' in losses) throw new Error(`no losses for ${name}`);
      const metric = metricLoss(metricOf('binary', name), input);
      expect(mean(losses)).toBeCloseTo(metric.kind === 'value' ? metric.value : Number.NaN, 12);
    }
    expect(lossOf('binary', 'roc_auc')).toBeUndefined();
    expect(lossOf('binary', 'constructor')).toBeUndefined();
  });

  it('answers a finite number or a reason for any rows', () => {
    const cell = fc.oneof(fc.constantFrom(0, 1, 0.5, -1, NaN, Infinity), fc.double());
    const rows = fc.array(fc.tuple(cell, cell, cell), { maxLength: 12 });
    fc.assert(
      fc.property(rows, fc.boolean(), (drawn, weighted) => {
        const labels = drawn.map(([a]) => a);
        const other = drawn.map(([, b]) => b);
        const weights = weighted ? drawn.map(([, , c]) => c) : undefined;
        const outcomes = [
          evaluate('regression', { labels, predictions: other, weights }),
          evaluate('binary', { labels, scores: other, weights }),
          evaluate('multiclass', { labels, probabilities: drawn.flatMap(([, b, c]) => [b, c]), weights }),
        ].flatMap((table) => Object.values(table));
        for (const o of outcomes)
          expect(o.kind === 'value' ? Number.isFinite(o.value) : o.reason.length > 0).toBe(true);
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});
