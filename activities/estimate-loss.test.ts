import { describe, expect, it } from 'vitest';
import { ESTIMABLE_METRICS } from '../domain/spec/metric-names.js';
import { specSchema, type ModelSpec } from '../domain/spec/spec.js';
import type { Table } from '../engines/features/table.js';
import { createRandom, estimableMetrics } from '../stats/index.js';
import { estimateLossOf, type UnlabelledRows } from './estimate-loss.js';
import type { Predicted } from './metric-rows.js';
import { asksForEstimates, performanceReference } from './performance-reference.js';

const HOUR = 3_600_000;

const specOf = (kind: 'regression' | 'binary' | 'multiclass', metric: string): ModelSpec =>
  specSchema.parse({
    model: 'm',
    task: { kind, label: 'y', metric, naive: { kind: kind === 'regression' ? 'mean' : 'majority' } },
    source: { rows: 'rows.csv', eventTime: 't', labels: { delay: '60 days' } },
    features: { x: { type: 'number' }, word: { type: 'category' } },
    window: { kind: 'fixed', length: '300 days', validation: '20 days', holdout: '60 days' },
    trainer: { kind: { regression: 'linear', binary: 'logistic', multiclass: 'softmax' }[kind] },
    triggers: [{ kind: 'performance', labels: 'estimated', worseBy: '10%', over: '7 days' }],
    rollout: { approval: { from: ['someone'] } },
  });

function table(x: Float64Array, label: Table['label']): Table {
  return {
    rows: x.length,
    keys: Array.from(x, (_, row) => String(row)),
    eventTimes: Float64Array.from(x, (_, row) => row * HOUR),
    numbers: { x },
    categories: { word: Array.from(x, (v) => (v > 2 ? 'large' : 'small')) },
    label,
  };
}

const unlabelled = ({ eventTimes, numbers, categories }: Table, said: Predicted): UnlabelledRows => ({
  eventTimes,
  said,
  inputs: { numbers, categories },
});

/** A model that knows the mean of y = 2x + x·e, whose error grows with x. */
function noisy(n: number, seed: number, from: number, to: number): { rows: Table; said: Predicted } {
  const random = createRandom(seed);
  const x = Float64Array.from({ length: n }, () => from + (to - from) * random.next());
  const label = x.map((v) => 2 * v + v * random.normal());
  return { rows: table(x, label), said: { predictions: Array.from(x, (v) => 2 * v), scores: null } };
}

/** Classes drawn from calibrated scores; `sharp` scores are surer. */
function classes(names: readonly string[], n: number, { seed, sharp }: { seed: number; sharp: number }) {
  const random = createRandom(seed);
  const scores = new Float64Array(n * names.length);
  const label: string[] = [];
  const predictions: string[] = [];
  for (let row = 0; row < n; row++) {
    const raw = names.map(() => Math.exp(sharp * random.normal()));
    const total = raw.reduce((sum, v) => sum + v, 0);
    raw.forEach((v, c) => (scores[row * names.length + c] = v / total));
    let rest = random.next() * total;
    const drawn = raw.findIndex((v) => (rest -= v) < 0);
    label.push(names[drawn] ?? names[0] ?? '');
    predictions.push(names[raw.indexOf(Math.max(...raw))] ?? '');
  }
  return { rows: table(new Float64Array(n), label), said: { predictions, scores } };
}

describe('the loss of rows without labels', () => {
  it.each(ESTIMABLE_METRICS.regression)('rises with harder inputs of a regression: %s', (metric) => {
    const spec = specOf('regression', metric);
    const known = noisy(3000, 1, 0.5, 4);
    const reference = performanceReference(spec, known.rows, { classes: null, said: known.said });
    const same = noisy(1000, 2, 0.5, 4);
    const harder = noisy(1000, 3, 3, 4);
    const quiet = estimateLossOf(spec, reference, unlabelled(same.rows, same.said), 0.95);
    const loud = estimateLossOf(spec, reference, unlabelled(harder.rows, harder.said), 0.95);
    if (quiet.kind === 'absent' || loud.kind === 'absent') throw new Error('no estimate');
    expect(quiet.lower).toBeLessThan(quiet.atRelease);
    expect(loud.lower).toBeGreaterThan(1.2 * loud.atRelease);
    // E|e| = x √(2/π) and E e² = x², x uniform on 3…4.
    const theory = { mae: 3.5 * Math.sqrt(2 / Math.PI), mse: 37 / 3, rmse: Math.sqrt(37 / 3) }[metric] ?? 0;
    expect(Math.abs(loud.loss / theory - 1)).toBeLessThan(0.12);
  });

  it.each(ESTIMABLE_METRICS.binary)('rises with unsure scores of two classes: %s', (metric) => {
    expect([...estimableMetrics]).toContain(metric);
    judgeClasses(specOf('binary', metric), ['no', 'yes']);
  });

  it.each(ESTIMABLE_METRICS.multiclass)('rises with unsure scores of three classes: %s', (metric) => {
    judgeClasses(specOf('multiclass', metric), ['a', 'b', 'c']);
  });

  it('is absent, by name, where it does not exist', () => {
    const spec = specOf('binary', 'accuracy');
    const known = classes(['no', 'yes'], 400, { seed: 1, sharp: 2 });
    const said = { classes: ['no', 'yes'], said: known.said };
    const oneClass = performanceReference(
      spec,
      { ...known.rows, label: known.rows.keys.map(() => 'yes') },
      said,
    );
    const rows = unlabelled(known.rows, known.said);
    expect(estimateLossOf(spec, oneClass, rows, 0.95)).toEqual({
      kind: 'absent',
      reason: 'the reference holds one class only',
    });
    const reference = performanceReference(spec, known.rows, said);
    const silent = unlabelled(known.rows, { ...known.said, scores: null });
    expect(estimateLossOf(spec, reference, silent, 0.95)).toEqual({
      kind: 'absent',
      reason: 'the log holds no scores of these rows',
    });
    const few = noisy(50, 1, 1, 2);
    const regression = specOf('regression', 'mae');
    const small = performanceReference(regression, few.rows, { classes: null, said: few.said });
    expect(estimateLossOf(regression, small, unlabelled(few.rows, few.said), 0.95)).toEqual({
      kind: 'absent',
      reason: 'the reference has 50 rows, and learning an error takes 100',
    });
  });

  it('keeps the newest 5,000 rows of a holdout, and nothing where the spec does not ask', () => {
    const spec = specOf('regression', 'mae');
    const known = noisy(12_000, 1, 1, 2);
    const reference = performanceReference(spec, known.rows, { classes: null, said: known.said });
    expect(reference.labels.length).toBe(5000);
    expect(reference.inputs['x']?.[4999]).toBe(known.rows.numbers['x']?.[11_999]);
    expect(asksForEstimates(spec)).toBe(true);
    expect(asksForEstimates({ ...spec, triggers: [] })).toBe(false);
  });
});

function judgeClasses(spec: ModelSpec, names: readonly string[]): void {
  const known = classes(names, 1500, { seed: 1, sharp: 2 });
  const reference = performanceReference(spec, known.rows, { classes: names, said: known.said });
  const [same, unsure] = [
    classes(names, 600, { seed: 2, sharp: 2 }),
    classes(names, 600, { seed: 3, sharp: 1 }),
  ];
  const quiet = estimateLossOf(spec, reference, unlabelled(same.rows, same.said), 0.95);
  const loud = estimateLossOf(spec, reference, unlabelled(unsure.rows, unsure.said), 0.95);
  if (quiet.kind === 'absent' || loud.kind === 'absent') throw new Error('no estimate');
  expect(quiet.lower).toBeLessThan(quiet.atRelease);
  expect(Math.abs(quiet.loss / quiet.atRelease - 1)).toBeLessThan(0.15);
  expect(loud.lower).toBeGreaterThan(1.1 * loud.atRelease);
}
