import { describe, expect, it } from 'vitest';
import type { LedgerKind, LedgerLine } from '../../domain/ledger.js';
import { pluginCode } from '../../domain/plugins.js';
import { sampleEntry } from '../../storage/fixtures.js';
import { NO_FACTS, withLine, type ModelFacts } from './model-facts.js';

/** The facts of lines told one after the other, a day apart. */
function factsOf(...lines: readonly (Partial<LedgerLine> & { readonly kind: LedgerKind })[]): ModelFacts {
  return lines.reduce(
    (facts, line, index) =>
      withLine(facts, {
        ...sampleEntry({ champion: null }),
        format: 'perennial-ledger/1',
        model: 'bike-demand',
        seq: index + 1,
        previousHash: '',
        hash: '0'.repeat(64),
        decidedAt: `2026-01-0${index + 1}T00:00:00.000Z`,
        ...line,
      }),
    NO_FACTS,
  );
}

describe('what metrics remember of a ledger', () => {
  it('is how often each outcome came, and how many retrains in a row broke', () => {
    const ended = (why: string) => ({ kind: 'retrain-ended' as const, why });
    const facts = factsOf(
      ended('source-missing: no file'),
      ended('every gate passed'),
      ended('asked without a rollout'),
      ended('contract-broken: temp is text'),
      ended('source-missing: no file'),
      { kind: 'rollout-ended', why: 'rejected: not now' },
    );
    expect(Object.fromEntries(facts.retrains)).toEqual({
      'source-missing': 2,
      candidate: 1,
      'registered-only': 1,
      'contract-broken': 1,
    });
    expect(facts.failedInARow).toBe(2);
    expect(Object.fromEntries(facts.rollouts)).toEqual({ rejected: 1 });
    expect(Object.fromEntries(facts.decisions)).toEqual({ 'retrain-ended': 5, 'rollout-ended': 1 });
  });

  it('takes a refused candidate for a result, not for a failure', () => {
    const broken = { kind: 'retrain-ended' as const, why: 'leak: y' };
    expect(factsOf(broken, { kind: 'retrain-ended', why: 'gates-failed: worse by 3 %' }).failedInARow).toBe(
      0,
    );
  });

  it('is since when the champion serves, whatever is written after', () => {
    const facts = factsOf(
      { kind: 'first', champion: 1 },
      { kind: 'promoted', champion: 2 },
      { kind: 'paused', champion: 2 },
      { kind: 'check', champion: 2 },
    );
    expect(facts).toMatchObject({ champion: 2, championSince: '2026-01-02T00:00:00.000Z', paused: true });
    expect(factsOf({ kind: 'paused' }, { kind: 'resumed' }).paused).toBe(false);
  });

  it('is the newest check with what each trigger found, and the spec that counts', () => {
    const spec = (digest: string) => ({ summary: { specDigest: digest } });
    const facts = factsOf(
      { kind: 'spec-applied', evidence: spec('a') },
      { kind: 'spec-applied', evidence: spec('b') },
      { kind: 'spec-refused', evidence: spec('a') },
      { kind: 'spec-refused' },
      {
        kind: 'check',
        version: 3,
        asOf: '2026-02-01T00:00:00.000Z',
        evidence: {
          summary: {
            ...{ performance: 'quiet', 'data-drift': 'fired', rows: 70, 'plugin-ours/bias': 'inconclusive' },
            ...pluginCode({ name: 'ours/bias', version: '1.0.0', sha256: 'a'.repeat(64) }),
          },
        },
      },
    );
    expect(facts.specDigest).toBe('a');
    expect(facts.lastCheck).toMatchObject({ at: '2026-01-05T00:00:00.000Z', champion: 3 });
    expect(Object.fromEntries(facts.lastCheck?.outcomes ?? [])).toEqual({
      performance: 'quiet',
      'data-drift': 'fired',
      'plugin-ours/bias': 'inconclusive',
    });
  });
});
