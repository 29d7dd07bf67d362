import { describe, expect, it } from 'vitest';
import { sampleSpec } from '../domain/spec/sample-spec.js';
import { parseSpec } from '../domain/spec/parse-spec.js';
import type { GateSpec, ModelSpecInput } from '../domain/spec/spec.js';
import type { Comparison, Evaluation } from '../domain/verdict.js';
import { judgeGates } from './gates.js';

const comparison = (lower: number, upper: number): Comparison => ({
  estimate: (lower + upper) / 2,
  lower,
  upper,
  rows: 300,
  blockLength: 24,
  confidence: 0.95,
});

const evaluation = (changes: Partial<Evaluation>): Evaluation => ({
  rows: 300,
  from: '2011-03-01T00:00:00.000Z',
  to: '2011-03-15T00:00:00.000Z',
  metric: 'mae',
  candidate: { mae: 1 },
  champion: { mae: 1 },
  naive: { mae: 2 },
  skillRatio: 0.5,
  comparison: comparison(-0.1, -0.02),
  againstNaive: comparison(-0.5, -0.4),
  slices: [],
  championTrainedOnHoldout: false,
  ...changes,
});

const machine = {
  latencyP99Ms: 2,
  onnxBytes: 20_000,
  parity: { maxDifference: 1e-7, tolerance: 1e-5, flips: 0 },
};

function judge(gates: ModelSpecInput['gates'], changes: Partial<Evaluation> = {}, hasChampion = true) {
  const spec = parseSpec({ ...sampleSpec(), gates });
  return judgeGates({ spec, evaluation: evaluation(changes), machine, hasChampion });
}

const outcomes = (decision: ReturnType<typeof judge>) =>
  Object.fromEntries(decision.verdicts.map((v) => [v.gate, v.outcome]));

describe('gates', () => {
  it.each([
    [-0.1, -0.02, 'pass'],
    [-0.1, 0.009, 'pass'],
    [-0.1, 0.05, 'inconclusive'],
    [0.02, 0.05, 'fail'],
  ] as const)('judges not-worse with a margin of 1 %% on %d to %d as %s', (lower, upper, outcome) => {
    const decision = judge([{ kind: 'not-worse-than-champion', margin: '1%' }], {
      comparison: comparison(lower, upper),
    });
    expect(outcomes(decision)['not-worse-than-champion']).toBe(outcome);
    expect(decision.outcome).toBe(outcome);
  });

  it.each([
    [-0.1, -0.001, 'pass'],
    [-0.1, 0, 'inconclusive'],
    [0.001, 0.1, 'fail'],
  ] as const)('judges better-than on %d to %d as %s', (lower, upper, outcome) => {
    const decision = judge([{ kind: 'better-than-champion' }], { comparison: comparison(lower, upper) });
    expect(decision.outcome).toBe(outcome);
  });

  it('never lets a missing comparison through when there is a champion', () => {
    const decision = judge([{ kind: 'not-worse-than-champion' }], { comparison: null });
    expect(outcomes(decision)['not-worse-than-champion']).toBe('no-baseline');
    expect(decision.outcome).toBe('inconclusive');
  });

  it('takes what a plug-in said by its place, and lets nothing through that it was not asked about', () => {
    const own = { kind: 'plugin', name: 'ours/strict' } as const;
    const spec = parseSpec({ ...sampleSpec(), gates: [{ kind: 'size', maxBytes: 1e9 }, own] });
    const base = { spec, evaluation: evaluation({}), machine, hasChampion: true };
    const said = (outcome: 'pass' | 'fail') => ({
      gate: 'plugin ours/strict',
      outcome,
      because: 'it says so',
      numbers: {},
    });
    expect(judgeGates({ ...base, plugins: [null, said('pass')] }).outcome).toBe('pass');
    expect(judgeGates({ ...base, plugins: [null, said('fail')] })).toMatchObject({
      outcome: 'fail',
      because: 'plugin ours/strict: it says so',
    });
    for (const plugins of [undefined, [null, null]])
      expect(judgeGates({ ...base, plugins })).toMatchObject({
        outcome: 'inconclusive',
        because: 'plugin ours/strict: the plug-in was not asked',
      });
  });

  it('judges a first version against the trivial baseline', () => {
    const first = { comparison: null, champion: null };
    expect(judge([{ kind: 'not-worse-than-champion' }], first, false).outcome).toBe('pass');
    expect(judge([], { ...first, againstNaive: comparison(-0.1, 0.1) }, false).outcome).toBe('inconclusive');
    expect(judge([], { ...first, againstNaive: comparison(0.1, 0.2) }, false).outcome).toBe('fail');
    expect(judge([], { ...first, againstNaive: null }, false).outcome).toBe('inconclusive');
  });

  it('fails on parity whatever the spec says', () => {
    const spec = parseSpec({ ...sampleSpec(), gates: [] });
    const broken = { ...machine, parity: { maxDifference: 0.1, tolerance: 1e-5, flips: 0 } };
    expect(judgeGates({ spec, evaluation: evaluation({}), machine: broken, hasChampion: true }).outcome).toBe(
      'fail',
    );
    const flipped = { ...machine, parity: { maxDifference: 0, tolerance: 1e-5, flips: 1 } };
    expect(
      judgeGates({ spec, evaluation: evaluation({}), machine: flipped, hasChampion: true }).outcome,
    ).toBe('fail');
  });

  it.each<[GateSpec, string]>([
    [{ kind: 'latency', p99: '1 ms' }, 'fail'],
    [{ kind: 'latency', p99: '50 ms' }, 'pass'],
    [{ kind: 'size', maxBytes: 10_000 }, 'fail'],
    [{ kind: 'size', maxBytes: 30_000 }, 'pass'],
    [{ kind: 'minimum-rows', holdout: 301 }, 'inconclusive'],
    [{ kind: 'minimum-rows', holdout: 300 }, 'pass'],
  ])('holds a limit: %j → %s', (gate, outcome) => {
    expect(judge([gate]).outcome).toBe(outcome);
  });

  it('blocks on a slice only when a loss there is proven', () => {
    const gates: ModelSpecInput['gates'] = [{ kind: 'slice', by: 'season', margin: '10%', minRows: 30 }];
    const slice = (value: string, rows: number, lower: number, upper: number) => ({
      by: 'season',
      value,
      rows,
      comparison: comparison(lower, upper),
    });
    expect(judge(gates, { slices: [slice('1', 100, 0.11, 0.3)] }).outcome).toBe('fail');
    expect(judge(gates, { slices: [slice('1', 100, -0.1, 0.3)] }).outcome).toBe('pass');
    expect(judge(gates, { slices: [slice('1', 10, 0.5, 0.9)] }).outcome).toBe('pass');
    expect(judge(gates, { slices: [] }).outcome).toBe('inconclusive');
  });

  it.each([
    ['asks for the first', {}, false, 'pass'],
    ['asks', {}, true, 'pass'],
    ['takes the first unasked', { first: 'auto' }, false, 'inconclusive'],
    ['takes only the first unasked', { first: 'auto' }, true, 'pass'],
    [
      'approves what nobody decided',
      { approval: { from: ['x'], onExpiry: 'approve' } },
      true,
      'inconclusive',
    ],
    ['asks nobody', { approval: undefined }, true, 'inconclusive'],
  ] as const)(
    'lets an import that may know the holdout through only to a person: the spec %s',
    (_name, rollout, hasChampion, outcome) => {
      const asked = { approval: { from: ['x'] }, ...rollout };
      const spec = parseSpec({ ...sampleSpec(), gates: [], rollout: asked });
      const input = { spec, evaluation: evaluation({}), machine, hasChampion };
      expect(judgeGates(input).outcome).toBe('pass');
      const decision = judgeGates({ ...input, knowsHoldout: 'imported' });
      expect(decision.outcome).toBe(outcome);
      expect(outcomes(decision)['unseen-holdout']).toBe(outcome);
    },
  );

  it('names what blocked', () => {
    const decision = judge([{ kind: 'not-worse-than-champion', margin: '1%' }], {
      comparison: comparison(0.02, 0.05),
    });
    expect(decision.because).toBe(
      'not-worse-than-champion: loss +3.5 % against the champion, upper bound +5.0 %, margin +1.0 %',
    );
  });
});
