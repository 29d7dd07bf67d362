import { describe, expect, it } from 'vitest';
import { looserThan, specChanges } from './compare-specs.js';
import { parseSpec } from './parse-spec.js';
import { sampleSpec } from './sample-spec.js';
import type { ModelSpecInput } from './spec.js';

const base = parseSpec(sampleSpec());
const withOver = (over: Partial<ModelSpecInput>) => parseSpec({ ...sampleSpec(), ...over });
const rollout = sampleSpec().rollout ?? {};
const gates = sampleSpec().gates ?? [];
const approval = { from: ['ml-leads'], expiresAfter: '7 days', onExpiry: 'reject' as const };

describe('a gate of a plug-in', () => {
  const own = (name: string, limit: number) => [{ kind: 'plugin' as const, name, options: { limit } }];
  const before = withOver({ gates: own('ours/strict', 1) });
  it.each<[string, Partial<ModelSpecInput>, string[]]>([
    ['the same', { gates: own('ours/strict', 1) }, []],
    [
      'other options, because only the plug-in knows which way is loose',
      { gates: own('ours/strict', 2) },
      ['gate plugin ours/strict, options: {"limit":1} → {"limit":2}'],
    ],
    ['another one', { gates: own('ours/mild', 1) }, ['gate plugin ours/strict is removed']],
  ])('%s', (_, over, lines) => expect(looserThan(before, withOver(over))).toEqual(lines));
});

describe('a looser spec', () => {
  it.each<[string, Partial<ModelSpecInput>, string[]]>([
    ['nothing', {}, []],
    ['a removed gate', { gates: gates.slice(0, 2) }, ['gate latency is removed']],
    [
      'a wider margin',
      { gates: [{ kind: 'not-worse-than-champion', margin: '2%' }, ...gates.slice(1)] },
      ['gate not-worse-than-champion, margin: 0.01 → 0.02'],
    ],
    [
      'less confidence',
      { gates: [{ kind: 'not-worse-than-champion', margin: '1%', confidence: 0.8 }, ...gates.slice(1)] },
      ['gate not-worse-than-champion, confidence: 0.95 → 0.8'],
    ],
    [
      'slower scoring',
      { gates: [...gates.slice(0, 2), { kind: 'latency', p99: '1 second' }] },
      ['gate latency, p99: 50 milliseconds → 1 second'],
    ],
    [
      'slices that need more rows',
      { gates: [...gates.slice(0, 1), { kind: 'slice', by: 'season', minRows: 99 }, ...gates.slice(2)] },
      ['gate slice by season, minRows: 30 → 99'],
    ],
    [
      'another gate instead',
      { gates: [{ kind: 'better-than-champion' }, ...gates.slice(1)] },
      ['gate not-worse-than-champion is removed'],
    ],
    ['a gate that is doubled, once looser', { gates: [...gates, { kind: 'latency', p99: '1 second' }] }, []],
    [
      'a first version without a person',
      { rollout: { ...rollout, first: 'auto' } },
      ['rollout.first: ask → auto'],
    ],
    [
      'a smaller shadow',
      { rollout: { ...rollout, shadow: { requests: 10, span: '1 hour', giveUpAfter: '14 days' } } },
      ['rollout.shadow.requests: 40 → 10', 'rollout.shadow.span: 2 days → 1 hour'],
    ],
    [
      'a weaker bake',
      { rollout: { ...rollout, bake: { span: '1 day', rollBackIfWorseBy: '50%' } } },
      ['rollout.bake.span: 3 days → 1 day', 'rollout.bake.rollBackIfWorseBy: 0.1 → 0.5'],
    ],
    [
      'more approvers',
      { rollout: { ...rollout, approval: { ...approval, from: ['ml-leads', 'interns'] } } },
      ['rollout.approval.from: interns may approve too'],
    ],
    [
      'approval by silence',
      { rollout: { ...rollout, approval: { ...approval, onExpiry: 'approve' } } },
      ['rollout.approval.onExpiry: reject → approve'],
    ],
    [
      'another metric and a shorter holdout',
      {
        task: { ...sampleSpec().task, metric: 'mape' },
        window: { kind: 'fixed', length: '90 days', validation: '7 days', holdout: '2 days' },
      },
      ['window.holdout: 14 days → 2 days', 'task.metric: mae → mape (gates judge by it)'],
    ],
  ])('is told by %s', (_, over, lines) => {
    expect(looserThan(base, withOver(over))).toEqual(lines);
  });

  it('has its approval removed', () => {
    const { approval: _, ...without } = rollout;
    expect(looserThan(base, withOver({ rollout: without }))).toEqual(['rollout.approval is removed']);
    expect(looserThan(withOver({ rollout: without }), base)).toEqual([]);
  });

  it('is not one that is stricter, or the same in other words', () => {
    const strict = withOver({
      gates: [
        { kind: 'not-worse-than-champion', margin: 0.005, confidence: 0.99 },
        ...gates.slice(1),
        { kind: 'size', maxBytes: 10 },
      ],
      rollout: { ...rollout, shadow: { requests: 100, span: '48 hours', giveUpAfter: '14 days' } },
    });
    expect(looserThan(base, strict)).toEqual([]);
  });
});

describe('changes of a spec', () => {
  it('are none between equal ones', () => {
    expect(specChanges(base, parseSpec(base))).toEqual([]);
  });

  it('are one line each, by kind of trigger and gate', () => {
    const next = withOver({
      features: { ...sampleSpec().features, hum: { type: 'number' }, temp: { type: 'number' } },
      trainer: { kind: 'linear' },
      triggers: [
        { kind: 'performance', worseBy: '30%', over: '7 days' },
        { kind: 'schedule', every: '30 days' },
      ],
      rollout: { ...rollout, shadow: { requests: 100, span: '2 days', giveUpAfter: '14 days' } },
    });
    expect(specChanges(base, next)).toEqual([
      'features.temp.min: removed, was -1',
      'features.temp.max: removed, was 2',
      'features.temp.maxMissing: 0.05 → 0',
      'features.hum: added, {"type":"number","from":"request","maxMissing":0}',
      'trainer.kind: mlp → linear',
      'trainer.epochs: 150 → 100',
      'trainer.batchSize: 64 → 256',
      'trainer.learningRate: 0.002 → 0.001',
      'trainer.seed: 7 → 0',
      'trainer.start: warm → cold',
      'trainer.hidden: removed, was [64,32]',
      'triggers.performance.worseBy: 0.2 → 0.3',
      'triggers.data-drift: removed, was {"kind":"data-drift","test":"psi","shareOfFeatures":0.3,"action":"alert"}',
      'rollout.shadow.requests: 40 → 100',
    ]);
  });
});
