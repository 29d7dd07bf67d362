import { describe, expect, it } from 'vitest';
import { ledgerKindSchema, type LedgerKind } from '../../domain/ledger.js';
import { eventOfLine } from './event-of-line.js';

const of = (kind: LedgerKind, why = '', summary = {}) => eventOfLine({ kind, why, evidence: { summary } });

describe('what people are told of a ledger line', () => {
  it('is what it changed, refused or took back', () => {
    const told = ledgerKindSchema.options.flatMap((kind) => {
      const event = of(kind);
      return event === undefined ? [] : [`${kind} → ${event}`];
    });
    expect(told).toEqual([
      'spec-refused → spec-refused',
      'retrain-refused → retrain-refused',
      'check-failed → check-failed',
      'first → promoted',
      'promoted → promoted',
      'rolled-back → rolled-back',
      'operator-promoted → promoted',
      'lost → lost',
      'unservable → unservable',
    ]);
  });

  it('depends on how a run ended', () => {
    expect(of('retrain-ended', 'contract-broken: range temp')).toBe('no-candidate');
    expect(of('retrain-ended', 'every gate passed')).toBeUndefined();
    expect(of('rollout-ended', 'expired: nobody decided')).toBe('rollout-ended');
    expect(of('rollout-ended', 'promoted-unproven: too few labels')).toBe('rollout-ended');
    expect(of('rollout-ended', 'promoted: the bake says pass')).toBeUndefined();
    expect(of('rollout-ended', 'rolled-back: worse')).toBeUndefined();
    expect(of('rollout-ended', 'words of nobody')).toBeUndefined();
  });

  it('is an alert where a trigger fired, never what was loaded as history', () => {
    const fired = { 'data-drift': 'fired', performance: 'quiet' };
    expect(of('check', '', fired)).toBe('alert');
    expect(of('check', '', { performance: 'quiet' })).toBeUndefined();
    expect(of('historical', '', fired)).toBeUndefined();
    expect(of('history-imported')).toBeUndefined();
    expect(of('recovered')).toBeUndefined();
  });
});
