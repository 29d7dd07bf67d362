import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { keptIo } from '../../client/cli/test-io.js';
import { PLAN } from '../../client/demo/plan.js';
import { runDemo, type DemoResult } from '../../client/demo/run-demo.js';
import { createShutdown } from '../../client/processes/shutdown.js';
import type { LedgerLine } from '../../domain/ledger.js';

// The whole story takes minutes: `npm run soak` tells it to its end, `npm test` its first four weeks.
const soak = process.env['PERENNIAL_SOAK'] === '1';
const until = soak ? PLAN.end : '2011-05-08T00:00:00.000Z';

/** One telling of the story, from nothing, with servers and processes of its own. */
async function tell(): Promise<DemoResult & { readonly told: string }> {
  const state = mkdtempSync(join(tmpdir(), 'perennial-demo-'));
  const shutdown = createShutdown();
  const io = keptIo();
  try {
    return { ...(await runDemo({ state, io, write: io.out, shutdown, until })), told: io.written.join('\n') };
  } finally {
    await shutdown.run();
    shutdown.release();
    rmSync(state, { recursive: true, force: true });
  }
}

/** What was decided, without the wall clock, hashes over it, and measured latencies. */
const decisions = (ledger: readonly LedgerLine[]) =>
  ledger.map(({ kind, who, why, asOf, version, effectiveFrom, champion, run }) => ({
    ...{ kind, who, asOf, version, effectiveFrom, champion, run },
    why: why.replaceAll(/[\d.]+ p99 ms/g, '… p99 ms'),
  }));

describe('the demo', () => {
  let first: Awaited<ReturnType<typeof tell>>;
  let second: Awaited<ReturnType<typeof tell>>;
  beforeAll(async () => {
    first = await tell();
    second = await tell();
  }, 3_600_000);

  it('retrains, shadows, asks, promotes and bakes by itself', () => {
    const kinds = first.ledger.map(({ kind }) => kind);
    for (const kind of ['first', 'check', 'retrain-requested', 'promoted', 'bake-ended'] as const) {
      expect(kinds).toContain(kind);
    }
    expect(first.told).toMatch(/v\d+ promoted by ada, serves from 2011-/);
  });

  it('decides the same and ends in the same champion when it is told again', () => {
    expect(decisions(second.ledger)).toEqual(decisions(first.ledger));
    expect(second.summary.champion).toEqual(first.summary.champion);
    expect(second.summary.error).toEqual(first.summary.error);
  });

  if (!soak) return;

  it('holds what the README promises', () => {
    const { error, retrains, refused, rollbacks, resumedDigestEqual, retrainCount } = first.summary;
    const promoted = retrains.filter(({ outcome }) => outcome === 'promoted');
    expect(promoted.length).toBeGreaterThanOrEqual(3);
    expect(new Set(promoted.map(({ trigger }) => trigger)).size).toBeGreaterThanOrEqual(2);
    expect(refused.map(({ reason }) => reason)).toContain('contract-broken');
    expect(rollbacks.map(({ by }) => by)).toContain('bake');
    expect(resumedDigestEqual).toBe(true);
    expect(error.perennial).toBeLessThanOrEqual(0.8 * error.static);
    expect(error.perennial).toBeLessThan(Math.min(error.naive, error.naiveLastWeek));
    const fewer = retrainCount.perennial < retrainCount.scheduled;
    expect(error.perennial).toBeLessThan((fewer ? 1.02 : 1) * error.scheduled);
  });
});
