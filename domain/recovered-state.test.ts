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

it('an import is open until it ends, and one that was refused doubles nothing', () => {
  const run = 'retrain/bikes/2';
  const why = 'import of 73090d363989, on-demand: from the lab';
  const asked = { ...line(1, 'retrain-requested', '2011-05-01T00:00:00.000Z'), run, why };
  const merged = { ...line(2, 'retrain-merged', '2011-05-02T00:00:00.000Z'), run, why: 'data-drift: worse' };
  expect(recoverState([asked], new Map()).openRetrain).toMatchObject({ n: 2, imported: true });
  const refused = { ...line(3, 'retrain-ended', asked.asOf), run, why: 'import-refused: no model' };
  const after = recoverState([asked, merged, refused], new Map());
  expect(after).toMatchObject({ openRetrain: null, doubled: [] });
});
