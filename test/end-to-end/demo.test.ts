import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { keptIo } from '../../client/cli/test-io.js';
import { PLAN, storyDays } from '../../client/demo/plan.js';
import { runDemo, type DemoResult } from '../../client/demo/run-demo.js';
import { createShutdown } from '../../client/processes/shutdown.js';
import type { LedgerLine } from '../../domain/ledger.js';
import type { ObjectStore } from '../../storage/objects/object-store.js';
import { openStore } from '../../storage/objects/open-store.js';
import { predictionSegments } from '../../storage/predictions/segments.js';
import { servingIn } from '../../storage/registry/ledger.js';

// The whole story takes minutes: `npm run soak` tells it to its end, `npm test` its first four weeks.
const soak = process.env['PERENNIAL_SOAK'] === '1';
const until = soak ? PLAN.end : '2011-05-01T00:00:00.000Z';

/** One answered request of the prediction log, beside what the ledger says of its time. */
interface Served {
  readonly at: string;
  readonly logged: number;
  readonly ledger: readonly number[];
}

const loggedSchema = z.object({ role: z.string(), event_time: z.string(), version: z.number() });

/** Every champion's row of the prediction log. */
async function servedRows(store: ObjectStore, ledger: readonly LedgerLine[]): Promise<Served[]> {
  const files = await predictionSegments(store, PLAN.model);
  const lines = files.flatMap((file) => readFileSync(file, 'utf8').split('\n').filter(Boolean));
  const rows = lines.map((line) => loggedSchema.parse(JSON.parse(line)));
  return rows
    .filter(({ role }) => role === 'champion')
    .map(({ event_time: at, version }) => {
      const shares = servingIn(ledger, at);
      return { at, logged: version, ledger: shares.map((share) => share.version) };
    });
}

/** A telling, as it stood before its folder went. */
interface Telling extends DemoResult {
  readonly told: string;
  readonly served: readonly Served[];
  /** Files of its folder, histories and logs among them, that hold the secret of its S3 server. */
  readonly secretIn: readonly string[];
}

/** One telling of the story, from nothing, with servers and processes of its own. */
async function tell(store?: 's3'): Promise<Telling> {
  const state = mkdtempSync(join(tmpdir(), 'perennial-demo-'));
  const shutdown = createShutdown();
  const io = keptIo();
  try {
    const result = await runDemo({ state, store, io, write: io.out, shutdown, until });
    const { running, s3 } = result.stack;
    const opened = openStore(running.store, { cache: join(state, 'cache'), env: { ...s3?.environment } });
    const served = await servedRows(opened, result.ledger);
    const told = io.written.join('\n');
    const secretIn = s3 === undefined ? [] : filesWith(s3.environment.AWS_SECRET_ACCESS_KEY, state);
    return { ...result, served, told, secretIn };
  } finally {
    await shutdown.run();
    shutdown.release();
    rmSync(state, { recursive: true, force: true });
  }
}

/** Paths below a folder of the files that contain a text. */
function filesWith(text: string, folder: string): string[] {
  const found = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readFileSync(path).includes(text));
  return found.map((path) => relative(folder, path));
}

/** What was decided, without the wall clock, hashes over it, and measured latencies. */
const decisions = (ledger: readonly LedgerLine[]) =>
  ledger.map(({ kind, who, why, asOf, version, effectiveFrom, champion, run }) => ({
    ...{ kind, who, asOf, version, effectiveFrom, champion, run },
    why: why.replaceAll(/p99 [\d.]+ ms/g, 'p99 … ms'),
  }));

describe('the demo', () => {
  let first: Telling;
  let second: Telling;
  beforeAll(async () => {
    // The first worker bundles the workflows itself, as that of a person does who works with the sources.
    const bundles = process.env['PERENNIAL_WORKFLOW_BUNDLES'];
    delete process.env['PERENNIAL_WORKFLOW_BUNDLES'];
    first = await tell();
    if (bundles !== undefined) process.env['PERENNIAL_WORKFLOW_BUNDLES'] = bundles;
    second = await tell('s3');
  }, 3_600_000);

  it('retrains, shadows, asks, promotes and bakes by itself', () => {
    const kinds = first.ledger.map(({ kind }) => kind);
    for (const kind of ['first', 'check', 'retrain-requested', 'promoted', 'bake-ended'] as const) {
      expect(kinds).toContain(kind);
    }
    expect(first.told).toMatch(/v\d+ promoted by ada, serves from 2011-/);
  });

  it('decides the same and ends in the same champion when it is told again, on an S3 server of its own', () => {
    expect(second.stack.running.store).toBe('s3://perennial/store');
    expect(second.secretIn).toEqual([join('s3', 'environment')]);
    expect(second.told).not.toContain(second.stack.s3?.environment.AWS_SECRET_ACCESS_KEY);

    expect(decisions(second.ledger)).toEqual(decisions(first.ledger));
    expect(second.summary.champion).toEqual(first.summary.champion);
    expect(second.summary.error).toEqual(first.summary.error);
  });

  it('names in its ledger, for every request of every day, the version that answered', () => {
    expect(first.served.filter(({ logged, ledger }) => ledger.length !== 1 || ledger[0] !== logged)).toEqual(
      [],
    );
    const days = new Set(first.served.map(({ at }) => at.slice(0, 10)));
    expect(storyDays(until).filter((day) => !days.has(day.slice(0, 10)))).toEqual([]);
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
