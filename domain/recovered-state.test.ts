import { expect, it } from 'vitest';
import type { LedgerKind, LedgerLine } from './ledger.js';
import { recoverState } from './recovered-state.js';

const line = (seq: number, kind: LedgerKind, asOf: string | null): LedgerLine => ({
  format: 'perennial-ledger/1',
  model: 'bikes',
  seq,
  previousHash: '',
  hash: String(seq).padStart(64, '0'),
  decidedAt: '2026-01-01T00:00:00.000Z',
  kind,
  who: kind === 'spec-applied' ? 'ada' : 'monitor',
  why: kind,
  asOf,
  version: null,
  effectiveFrom: null,
  champion: null,
  run: null,
});

it('a check that could not be measured is in nobody’s way: the same day can be checked again', () => {
  const checked = line(2, 'check', '2011-05-01T00:00:00.000Z');
  const failed = line(3, 'check-failed', '2011-05-08T00:00:00.000Z');
  const { newestSlot, highWater } = recoverState([line(1, 'spec-applied', null), checked, failed], new Map());
  expect([newestSlot, highWater]).toEqual([checked.asOf, checked.asOf]);
});
