import { describe, expect, it } from 'vitest';
import type { LedgerLine } from '../../domain/ledger.js';
import { retrainsOf, summarize } from './summary.js';

let seq = 0;
function line(kind: LedgerLine['kind'], fields: Partial<LedgerLine> = {}): LedgerLine {
  seq += 1;
  return {
    ...{
      format: 'perennial-ledger/1',
      model: 'm',
      seq,
      previousHash: '',
      hash: '0'.repeat(64),
      decidedAt: '',
    },
    ...{
      kind,
      who: 'policy',
      why: '',
      asOf: null,
      version: null,
      effectiveFrom: null,
      champion: null,
      run: null,
    },
    ...fields,
  };
}

const ledger = [
  line('retrain-requested', { run: 'retrain/m/1', why: 'spec-change: first spec' }),
  line('retrain-ended', { run: 'retrain/m/1', version: 1, why: 'every gate passed' }),
  line('first', { version: 1 }),
  line('rollout-ended', { version: 1, why: 'promoted: bake skipped' }),
  line('check'),
  line('retrain-requested', { run: 'retrain/m/2', why: 'performance: loss is 1.4' }),
  line('retrain-ended', { run: 'retrain/m/2', why: 'contract-broken: temp out of range' }),
  line('retrain-requested', { run: 'retrain/m/3', why: 'on-demand: asked' }),
  line('retrain-ended', { run: 'retrain/m/3', version: 2, why: 'gates-failed: worse' }),
  line('operator-promoted', { version: 2 }),
  line('rolled-back', { version: 2, who: 'bake', why: 'worse' }),
  line('rollout-ended', { version: 2, why: 'rolled-back: worse' }),
];

describe('the summary', () => {
  it('tells what became of each retrain', () => {
    expect(
      retrainsOf(ledger).map(({ trigger, version, outcome }) => ({ trigger, version, outcome })),
    ).toEqual([
      { trigger: 'spec-change', version: 1, outcome: 'promoted' },
      { trigger: 'performance', version: null, outcome: 'contract-broken' },
      { trigger: 'on-demand', version: 2, outcome: 'gates-failed' },
    ]);
  });

  it('names what was refused and what was rolled back, and rounds its errors', () => {
    const error = { static: 1.234, scheduled: 1, perennial: 0.999, naive: 2, naiveLastWeek: 3 };
    const summary = summarize({
      ...{ model: 'm', ledger, resumedDigestEqual: true, scheduledRetrains: 4, champion: null },
      judged: { from: '', to: '', rows: 10, error },
    });
    expect(summary.checks).toBe(1);
    expect(summary.refused.map(({ reason }) => reason)).toEqual(['contract-broken', 'gates-failed']);
    expect(summary.rollbacks).toMatchObject([{ version: 2, by: 'bake' }]);
    expect(summary.error).toMatchObject({ static: 1.23, perennial: 1 });
    expect(summary.retrainCount).toEqual({ scheduled: 4, perennial: 3 });
  });
});
