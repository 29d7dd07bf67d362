import { describe, expect, it } from 'vitest';
import type { JudgedTable } from '../engines/features/join-outcomes.js';
import type { Table } from '../engines/features/table.js';
import { sampleSpec } from '../domain/spec/sample-spec.js';
import { specSchema } from '../domain/spec/spec.js';
import { judgePerformance } from '../policy/triggers.js';
import { evaluateHoldout } from './evaluate-holdout.js';
import { pairByPrediction, rowsOfVersion } from './judged-pairs.js';
import { metricInput, allMetrics } from './metric-rows.js';
import { performanceReference, referenceInput } from './performance-reference.js';

const CLASSES = ['a', 'b', 'c'];
const LABELS = ['a', 'b', 'new', 'c', 'a', 'b'];
const SCORES = [0.8, 0.1, 0.1, 0.2, 0.7, 0.1, 0.4, 0.3, 0.3, 0.1, 0.1, 0.8, 0.5, 0.4, 0.1, 0.3, 0.6, 0.1];
const KNOWN = [0, 1, 3, 4, 5];
const said = { predictions: ['a', 'b', 'a', 'c', 'a', 'b'], scores: Float64Array.from(SCORES) };
const spec = specSchema.parse({
  ...sampleSpec(),
  task: { kind: 'multiclass', label: 'y', metric: 'accuracy', naive: { kind: 'majority' } },
  features: { temp: { type: 'number' } },
  triggers: [{ kind: 'performance', worseBy: '10%', over: '7 days' }],
});
const name = { task: 'multiclass', metric: 'accuracy' } as const;

const tableOf = (label: string[]): Table => ({
  rows: label.length,
  keys: label.map((_, row) => `k${row}`),
  eventTimes: Float64Array.from(label.keys(), (row) => row * 3_600_000),
  numbers: { temp: Float64Array.from(label.keys()) },
  categories: {},
  label,
});

const judged = (labels: string[]): JudgedTable => {
  const twice = (of: (row: number) => string): string[] => [...labels.keys(), ...labels.keys()].map(of);
  const rows = labels.length * 2;
  const scores = twice(String).map((row) => SCORES.slice(Number(row) * 3, Number(row) * 3 + 3));
  return {
    rows,
    predictionIds: twice((row) => `p${row}`),
    keys: twice((row) => `k${row}`),
    eventTimes: Float64Array.from(twice(String), Number),
    versions: Float64Array.from({ length: rows }, (_, i) => (i < labels.length ? 2 : 1)),
    roles: Array.from({ length: rows }, (_, i) => (i < labels.length ? 'champion' : 'reverse-shadow')),
    predictions: twice((row) => said.predictions[row] ?? ''),
    scores,
    labels: twice((row) => labels[row] ?? ''),
    knownAt: new Float64Array(rows),
    naive: twice(() => 'a'),
    unlabelled: 0,
  };
};

describe('a label of a class that the version does not know', () => {
  const champion = { version: 2, role: 'champion' } as const;

  it('leaves its row out of what is judged, and voids nothing', () => {
    const rows = rowsOfVersion(judged(LABELS), champion, CLASSES);
    expect({ labels: rows.labels, unknownClass: rows.unknownClass }).toEqual({
      labels: KNOWN.map((row) => LABELS[row]),
      unknownClass: 1,
    });
    const metrics = allMetrics(
      name,
      metricInput({ ...name, classes: CLASSES, labels: rows.labels }, rows.said),
    );
    expect(metrics).toMatchObject({ accuracy: 1 });
    const left = { version: 2, role: 'champion' } as const;
    const right = { version: 1, role: 'reverse-shadow' } as const;
    const pairs = pairByPrediction(judged(LABELS), { left, right, classes: CLASSES });
    expect(pairs).toMatchObject({ labels: rows.labels, unknownClass: 1 });
    expect(pairs.right.scores).toHaveLength(KNOWN.length * CLASSES.length);
  });

  it('is left out of the holdout and the rows that estimates are calibrated on', () => {
    const rows = { spec, from: 'x', to: 'y', classes: CLASSES, candidate: said };
    const champions = { said, trainedTo: '1970-01-01T00:00:00.000Z' };
    const naive = LABELS.map(() => 'a');
    const seen = evaluateHoldout({ ...rows, holdout: tableOf(LABELS), champion: champions, naive });
    expect(seen).toMatchObject({
      rows: 5,
      unknownClass: 1,
      candidate: { accuracy: 1 },
      champion: { accuracy: 1 },
    });
    expect(seen.naive).toMatchObject({ accuracy: 0.4 });
    const reference = performanceReference(spec, tableOf(LABELS), { classes: CLASSES, said });
    expect(reference.labels).toEqual(KNOWN.map((row) => LABELS[row]));
    expect(allMetrics(name, referenceInput(spec, reference))).toMatchObject({ accuracy: 1 });
    const whole = evaluateHoldout({
      ...rows,
      holdout: tableOf(LABELS.map((l) => (l === 'new' ? 'a' : l))),
      champion: null,
      naive,
    });
    expect(whole).not.toHaveProperty('unknownClass');
  });

  it('is told where no other is left', () => {
    const { unknownClass, labels } = rowsOfVersion(judged(LABELS.map(() => 'new')), champion, CLASSES);
    expect(labels).toEqual([]);
    const [trigger] = spec.triggers;
    if (trigger?.kind !== 'performance') throw new Error('the spec has another trigger');
    const nothing = { rows: 0, ratio: null, lower: null, baseline: 1 };
    const { outcome, because, numbers } = judgePerformance(trigger, { ...nothing, unknownClass });
    expect([outcome, numbers['unknownClass']]).toEqual(['too-few-labels', 6]);
    expect(because).toMatch(/^0 matured labels .*; 6 more are of classes that it does not know$/);
  });
});
