import { describe, expect, it } from 'vitest';
import { noAliases } from '../domain/aliases.js';
import { newLifecycleState, type LifecycleState } from '../domain/lifecycle-state.js';
import { retrainRequestSchema } from '../domain/messages.js';
import { sampleSpec } from '../domain/spec/sample-spec.js';
import { parseSpec } from '../domain/spec/parse-spec.js';
import { moveAliases } from './alias-moves.js';
import { judgeBake } from './bake.js';
import { mayRetrain, modelNow } from './may-retrain.js';
import { judgeShadow } from './shadow.js';
import { asksRetrain, judgeDrift, judgeNewData, judgePerformance, judgePlugin } from './triggers.js';

const day = (n: number): string => new Date(Date.UTC(2011, 3, n)).toISOString();
const ref = (version: number) => ({ version, digest: String(version).repeat(64).slice(0, 64) });
const spec = parseSpec({
  ...sampleSpec(),
  retraining: { cooldown: '14 days', budget: { retrains: 2, per: '60 days' } },
  source: { ...sampleSpec().source, labels: { delay: '1 day' } },
  rollout: {
    ...sampleSpec().rollout,
    shadow: { requests: 40, span: '2 days', giveUpAfter: '14 days' },
    bake: { span: '3 days', rollBackIfWorseBy: '10%' },
  },
});

describe('whether a retrain may start', () => {
  const state = (changes: Partial<LifecycleState>): LifecycleState => ({
    ...newLifecycleState('m'),
    highWater: day(20),
    ...changes,
  });
  const rule = (changes: Partial<LifecycleState>, request: object) =>
    mayRetrain(state(changes), spec, {
      ...retrainRequestSchema.parse(request),
      asOf: day(20),
      ...('asOf' in request ? { asOf: String(request.asOf) } : {}),
    });

  it('accepts when nothing speaks against it', () => {
    expect(rule({}, { trigger: 'performance' })).toEqual({ kind: 'accept' });
  });

  it('refuses while paused, whoever asks', () => {
    const paused = { by: 'ada', reason: 'audit', since: day(1) };
    expect(rule({ paused }, { trigger: 'on-demand' })).toMatchObject({ kind: 'refuse' });
  });

  it('refuses an as-of later than the model’s now', () => {
    expect(rule({}, { trigger: 'on-demand', asOf: day(22) })).toMatchObject({ kind: 'refuse' });
    expect(rule({ watermark: day(22) }, { trigger: 'on-demand', asOf: day(22) })).toEqual({ kind: 'accept' });
  });

  it('records an older as-of as historical, and refuses a person with the way out', () => {
    expect(rule({}, { trigger: 'schedule', asOf: day(19) })).toMatchObject({ kind: 'historical' });
    expect(rule({}, { trigger: 'on-demand', asOf: day(19) })).toMatchObject({
      kind: 'refuse',
      because: expect.stringContaining('rollout: false'),
    });
    expect(rule({}, { trigger: 'on-demand', asOf: day(19), rollout: false })).toEqual({ kind: 'accept' });
  });

  it('cools down triggers in event time, twice as long after an attempt without a candidate, and never people', () => {
    expect(rule({ retrains: [day(7)] }, { trigger: 'performance' })).toMatchObject({
      kind: 'refuse',
      because: expect.stringContaining('2 weeks'),
    });
    expect(rule({ retrains: [day(6)] }, { trigger: 'performance' })).toEqual({ kind: 'accept' });
    expect(rule({ retrains: [day(6)], doubled: ['performance'] }, { trigger: 'performance' })).toMatchObject({
      kind: 'refuse',
    });
    expect(rule({ retrains: [day(6)], doubled: ['performance'] }, { trigger: 'schedule' })).toEqual({
      kind: 'accept',
    });
    expect(rule({ retrains: [day(19)] }, { trigger: 'on-demand' })).toEqual({ kind: 'accept' });
  });

  it('keeps the budget', () => {
    expect(rule({ retrains: [day(-20), day(-5)] }, { trigger: 'performance' })).toMatchObject({
      kind: 'refuse',
      because: expect.stringContaining('budget'),
    });
  });

  it('knows no now before anything happened', () => {
    expect(modelNow({ watermark: null, newestSlot: null, highWater: null })).toBeNull();
    expect(modelNow({ watermark: day(1), newestSlot: day(3), highWater: day(2) })).toBe(day(3));
  });
});

describe('aliases', () => {
  it('never lose their champion, and grow their generation by one', () => {
    const first = moveAliases(noAliases('m'), { kind: 'promote', version: ref(1) });
    expect(first).toMatchObject({ generation: 1, champion: { version: 1 }, previous: null, baking: false });
    const shadow = moveAliases(first, { kind: 'shadow', version: ref(2) });
    expect(shadow).toMatchObject({ generation: 2, champion: { version: 1 }, challenger: { version: 2 } });
    expect(moveAliases(shadow, { kind: 'withdraw' })).toMatchObject({
      champion: { version: 1 },
      challenger: null,
    });
    const promoted = moveAliases(shadow, { kind: 'promote', version: ref(2) });
    expect(promoted).toMatchObject({
      champion: { version: 2 },
      challenger: null,
      previous: { version: 1 },
      baking: true,
    });
    expect(moveAliases(promoted, { kind: 'bake-passed' })).toMatchObject({
      champion: { version: 2 },
      previous: { version: 1 },
      baking: false,
    });
    const back = moveAliases(promoted, { kind: 'roll-back', to: ref(1) });
    expect(back).toMatchObject({ generation: 4, champion: { version: 1 }, previous: null, baking: false });
  });
});

describe('a shadow', () => {
  const seen = { pairs: 48, first: day(1), last: day(3), hours: 45, days: 2 };

  it('has seen enough after its requests and its span', () => {
    expect(judgeShadow(spec, day(1), day(3), seen).enough).toBe(true);
  });

  it('has not with too few requests, too short a span, or traffic in too few hours', () => {
    expect(judgeShadow(spec, day(1), day(3), { ...seen, pairs: 39 }).enough).toBe(false);
    expect(judgeShadow(spec, day(1), day(2), seen).enough).toBe(false);
    expect(judgeShadow(spec, day(1), day(3), { ...seen, hours: 38 }).enough).toBe(false);
  });

  it('is not ended by one request dated far ahead', () => {
    expect(judgeShadow(spec, day(1), day(2), { ...seen, last: '2099-01-01T00:00:00.000Z' }).enough).toBe(
      false,
    );
  });
});

describe('a bake', () => {
  const comparison = (estimate: number, lower: number) => ({
    estimate,
    lower,
    upper: estimate + 0.1,
    rows: 72,
    blockLength: 24,
    confidence: 0.95,
  });
  const judge = (until: number, measured: ReturnType<typeof comparison> | null) =>
    judgeBake(spec, {
      since: day(1),
      watermark: day(until),
      comparison: measured,
      rows: measured === null ? 3 : 72,
    }).kind;

  it('rolls back on a proven loss at any day', () => {
    expect(judge(2, comparison(0.3, 0.11))).toBe('roll-back');
    expect(judge(5, comparison(0.3, 0.11))).toBe('roll-back');
  });

  it('does not roll back on a point estimate', () => {
    expect(judge(2, comparison(0.3, 0.09))).toBe('wait');
    expect(judge(5, comparison(0.3, 0.09))).toBe('pass');
  });

  it('passes after span and label delay', () => {
    expect(judge(4, comparison(-0.1, -0.2))).toBe('wait');
    expect(judge(5, comparison(-0.1, -0.2))).toBe('pass');
  });

  it('waits up to three spans for labels, then passes unproven', () => {
    expect(judge(5, null)).toBe('wait');
    expect(judge(10, null)).toBe('wait');
    expect(judge(11, null)).toBe('pass-unproven');
  });
});

describe('triggers', () => {
  const performance = {
    kind: 'performance',
    relativeTo: 'naive',
    worseBy: 0.2,
    over: '7 days',
    minLabels: 100,
    confidence: 0.95,
    action: 'retrain',
  } as const;

  it.each([
    [{ rows: 99, ratio: 2, lower: 2, baseline: 0.5 }, 'too-few-labels'],
    [{ rows: 100, ratio: 0.7, lower: 0.61, baseline: 0.5 }, 'fired'],
    [{ rows: 100, ratio: 0.7, lower: 0.59, baseline: 0.5 }, 'quiet'],
    [{ rows: 100, ratio: 0.7, lower: 0.65, baseline: null }, 'no-baseline'],
    [{ rows: 100, ratio: null, lower: null, baseline: 0.5 }, 'no-baseline'],
  ] as const)('performance: %j is %s', (seen, outcome) => {
    expect(judgePerformance(performance, seen).outcome).toBe(outcome);
  });

  const drift = { kind: 'data-drift', test: 'psi', shareOfFeatures: 0.5, action: 'retrain' } as const;
  const feature = (name: string, drifted: boolean) => ({ feature: name, statistic: 0.1, drifted });

  it('drift counts the share of measured features', () => {
    expect(judgeDrift(drift, [feature('a', true), feature('b', false)]).outcome).toBe('fired');
    expect(judgeDrift(drift, [feature('a', true), feature('b', false), feature('c', false)]).outcome).toBe(
      'quiet',
    );
    expect(judgeDrift(drift, [{ feature: 'a', statistic: null, drifted: false }]).outcome).toBe('no-data');
    expect(judgeDrift(drift, []).outcome).toBe('no-data');
  });

  it('new data asks at its number of rows', () => {
    const trigger = { kind: 'new-data', rows: 100, action: 'retrain' } as const;
    expect([null, 99, 100].map((rows) => judgeNewData(trigger, rows).outcome)).toEqual([
      'no-baseline',
      'quiet',
      'fired',
    ]);
  });

  it('a trigger of a plug-in asks where its spec says so, and knows nothing without a champion', () => {
    const trigger = {
      ...{ kind: 'plugin' as const, name: 'ours/bias', options: {}, over: '7 days' },
      action: 'retrain' as const,
    };
    const said = {
      ...{ kind: 'plugin' as const, name: 'ours/bias', outcome: 'fired' as const, action: 'alert' as const },
      ...{ because: 'it says so', numbers: {} },
    };
    expect(asksRetrain([judgePlugin(trigger, said)])).toMatchObject([{ name: 'ours/bias' }]);
    expect(asksRetrain([judgePlugin({ ...trigger, action: 'alert' }, said)])).toEqual([]);
    expect(judgePlugin(trigger, null)).toMatchObject({
      outcome: 'no-baseline',
      because: 'there is no champion',
    });
  });

  it('drift asks for a retrain only beside a fired performance trigger', () => {
    const drifted = judgeDrift(drift, [feature('a', true)]);
    const worse = judgePerformance(performance, { rows: 100, ratio: 0.7, lower: 0.65, baseline: 0.5 });
    expect(asksRetrain([drifted])).toEqual([]);
    expect(asksRetrain([worse, drifted]).map((verdict) => verdict.kind)).toEqual([
      'performance',
      'data-drift',
    ]);
    expect(
      asksRetrain([judgeDrift({ ...drift, action: 'alert' }, [feature('a', true)]), worse]),
    ).toHaveLength(1);
  });
});
