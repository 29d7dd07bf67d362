import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readFixture } from '../fixtures/read.js';
import { classScores, confusionOf } from './confusion.js';
import { binaryRows, multiclassRows } from './rows.js';
import { metricOf } from './table.js';
import type { MetricInput, Task } from './types.js';

type Expected = Record<string, unknown>;
interface Case {
  y_true: number[];
  score: number[];
  y_pred: number[];
  expected: Expected;
}
interface Fixture {
  binary: Case & { weights: number[]; expected_threshold_03: Expected; expected_weighted: Expected };
  binary_edge_cases: Record<string, Case>;
  multiclass: Case & { labels: number[]; proba: number[][] };
  regression: Case & { weights: number[]; expected_weighted: Expected };
  regression_edge_cases: Record<string, Case>;
}
const fixture = readFixture<Fixture>('metrics');

// The fixture's own words for a number that does not exist: ours is a named absence.
const isAbsence = (expected: unknown): boolean =>
  expected === 'NaN' || (typeof expected === 'object' && expected !== null && 'error' in expected);

/** Counts by true and predicted class, weighted where the rows are. */
function compareConfusion(task: Task, input: MetricInput, theirs: unknown): void {
  const rows = task === 'binary' ? binaryRows(input) : multiclassRows(input);
  if ('kind' in rows) throw new Error(rows.reason);
  const { tn, fp, fn, tp } = z.record(z.string(), z.number()).safeParse(theirs).data ?? {};
  const expected = task === 'binary' ? [tn, fp, fn, tp] : z.array(z.array(z.number())).parse(theirs).flat();
  const counts = confusionOf(rows, task === 'binary' ? 2 : Math.sqrt(expected.length)).counts;
  counts.forEach((count, i) => expect(count, 'confusion').toBeCloseTo(expected[i] ?? NaN, 9));
}

function compare(task: Task, input: MetricInput, expected: Expected): void {
  const compared: string[] = [];
  for (const [name, number] of Object.entries(expected)) {
    if (name === 'confusion') compareConfusion(task, input, number);
    if (['threshold', 'confusion', 'f1_per_class'].includes(name)) continue;
    const ours = metricOf(task, name).compute(input);
    if (isAbsence(number)) expect(ours.kind, name).toBe('absent');
    else {
      const value = ours.kind === 'value' ? ours.value : Number.NaN;
      expect(
        Math.abs(value - Number(number)),
        `${name}: ${value} against ${String(number)}`,
      ).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(Number(number))));
    }
    compared.push(name);
  }
  expect(compared.length).toBeGreaterThan(8);
}

describe('metrics equal scikit-learn', () => {
  it('on two classes, at both thresholds and weighted', () => {
    const { y_true: labels, score: scores, weights } = fixture.binary;
    compare('binary', { labels, scores }, fixture.binary.expected);
    compare('binary', { labels, scores, threshold: 0.3 }, fixture.binary.expected_threshold_03);
    compare('binary', { labels, scores, weights }, fixture.binary.expected_weighted);
    const rows = {
      labels,
      predictions: scores.map((s) => (s >= 0.5 ? 1 : 0)),
      n: labels.length,
      weight: () => 1,
    };
    expect([...confusionOf(rows).counts]).toEqual([255, 27, 15, 303]);
  });

  it.each(Object.entries(fixture.binary_edge_cases))(
    'on two classes: %s',
    (_, { y_true, score, expected }) => {
      compare('binary', { labels: y_true, scores: score }, expected);
    },
  );

  it('on several classes', () => {
    const { labels, y_true, proba, expected } = fixture.multiclass;
    const input = { labels: y_true.map((label) => labels.indexOf(label)), probabilities: proba.flat() };
    compare('multiclass', input, expected);
    const rows = multiclassRows(input);
    if ('kind' in rows) throw new Error(rows.reason);
    const perClass = classScores(confusionOf(rows, rows.classes)).map((c) => c.f1);
    (expected['f1_per_class'] as number[]).forEach((f1, c) => expect(perClass[c]).toBeCloseTo(f1, 12));
  });

  it('on numbers, plain and weighted', () => {
    const { y_true: labels, y_pred: predictions, weights, expected, expected_weighted } = fixture.regression;
    compare('regression', { labels, predictions }, expected);
    compare('regression', { labels, predictions, weights }, expected_weighted);
  });

  it.each(Object.entries(fixture.regression_edge_cases))(
    'on numbers: %s',
    (_, { y_true, y_pred, expected }) => {
      compare('regression', { labels: y_true, predictions: y_pred }, expected);
    },
  );
});
