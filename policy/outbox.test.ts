import { describe, expect, it } from 'vitest';
import { jsonBytes } from '../domain/bounds.js';
import {
  ledgerEntryOf,
  newLifecycleState,
  pendingLineSchema,
  STATE_BOUNDS,
} from '../domain/lifecycle-state.js';
import { addLine, type Decided, outboxFull, shortenOutbox, shortenVerdicts } from './outbox.js';

const at = '2026-11-21T06:45:37.140Z';
const verdict = (i: number) => ({
  gate: `slice-${i}`,
  outcome: 'pass' as const,
  because: `loss -2.3 % against the champion in slice ${i}, upper bound +1.0 %, margin +5.0 %`,
  numbers: { estimate: -0.023, lower: -0.1, upper: 0.01, margin: 0.05, rows: 1200, confidence: 0.95 },
});
const candidate: Decided = {
  kind: 'retrain-ended',
  who: 'policy',
  why: 'all gates passed',
  version: 2,
  verdicts: Array.from({ length: 20 }, (_, i) => verdict(i)),
  evidence: { artifact: { key: 'blobs/ab/ab', sha256: 'a'.repeat(64), bytes: 10 }, summary: { mae: 1.5 } },
};
const check: Decided = { kind: 'check', who: 'monitor', why: 'performance quiet: 0.4 of the naive forecast' };

describe('the outbox', () => {
  it('keeps a line whole while it fits, and gives it back as the ledger holds it', () => {
    const state = newLifecycleState('m');
    addLine(state, candidate, at);
    expect(state.outbox[0]).toEqual(pendingLineSchema.parse({ ...candidate, seq: 1, decidedAt: at }));
    const line = state.outbox[0];
    if (line === undefined) throw new Error('no line');
    expect(ledgerEntryOf(line)).toEqual({
      ...candidate,
      ...{ asOf: null, effectiveFrom: null, champion: null, run: null },
    });
  });

  it('shortens the longest lines first, keeps their artifacts, and says so', () => {
    const state = newLifecycleState('m');
    addLine(state, candidate, at);
    addLine(state, { kind: 'paused', who: 'ada', why: 'audit' }, at);
    shortenOutbox(state);
    const [long, short] = state.outbox;
    expect(long?.why).toBe('all gates passed [shortened: the store was away]');
    expect(long?.evidence?.artifact).toEqual(candidate.evidence?.artifact);
    expect(long?.verdicts?.every(({ numbers }) => Object.keys(numbers).length === 0)).toBe(true);
    expect(short).toMatchObject({ why: 'audit' });
    shortenOutbox(state);
    expect(state.outbox[0]).toEqual(long);
  });

  it('counts routine lines when it is full, never drops a decision, and stays within its bytes', () => {
    const state = newLifecycleState('m');
    for (let i = 0; i < 500; i++) {
      addLine(state, check, at);
      shortenOutbox(state);
    }
    expect(outboxFull(state)).toBe(true);
    expect(state.unrecorded['check']).toBe(500 - state.outbox.length);
    const before = state.outbox.length;
    addLine(state, { kind: 'rolled-back', who: 'ada', why: 'wrong prices' }, at);
    expect(state.outbox).toHaveLength(before + 1);
    expect(state.outbox.map(({ seq }) => seq)).toEqual(state.outbox.map((_, i) => i + 1));
    expect(jsonBytes(state.outbox)).toBeLessThan(STATE_BOUNDS.outbox.bytes);
  });
});

describe('shortened verdicts', () => {
  it('fit whatever they were, and keep their outcomes as long as they can', () => {
    const many = Array.from({ length: 60 }, (_, i) => verdict(i));
    expect(shortenVerdicts(many, 100_000)).toEqual(many);
    for (const bytes of [10_000, 5000, 2000, 400, 10]) {
      const kept = shortenVerdicts(many, bytes);
      expect(jsonBytes(kept)).toBeLessThanOrEqual(bytes);
      expect(kept.map(({ outcome }) => outcome)).toEqual(kept.map(() => 'pass'));
    }
    expect(shortenVerdicts(many, 10_000)).toHaveLength(60);
  });
});
