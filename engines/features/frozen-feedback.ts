import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { millis } from '../../domain/duration.js';
import { PerennialError } from '../../domain/errors.js';
import { objectKey } from '../../domain/names.js';
import { epoch, instant, type ArtifactRef, type Instant } from '../../domain/references.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import { instantLiteral, literal, withDuck, type Duck } from './duck.js';
import type { EngineConfig } from './engine-config.js';
import { FROZEN, type FeedbackReader } from './feedback-reader.js';
import { outcomesSql, predictionKeysSql } from './prediction-log.js';
import { hashFile, isStaged } from './source-staging.js';

/** What {@link freezeFeedback} freezes. */
export interface FeedbackRequest {
  readonly spec: ModelSpec;
  readonly asOf: Instant;
  /** Also keeps it for other machines. False: only this one can read it again. */
  readonly keep: boolean;
  /** As of `FreezeRequest`. */
  readonly from?: Instant | undefined;
}

const DAY_MS = 86_400_000;

/** A table that nobody has used for so long is removed by the next one; what was kept can be read again. @format milliseconds */
const UNUSED_MS = 3_600_000;

const folderOf = (stagingDir: string): string => join(stagingDir, 'feedback');

/**
 * Freezes the feedback that had arrived at as-of as one Parquet file below the staging folder, named by its digest: what each names (the
 * prediction, and the row's key, for which a prediction is looked up in the log), its label and arrival, in an order of their own, so
 * that the same feedback gives the same bytes however the log's segments lie.
 *
 * Failure semantics: may run twice. Throws what the reader throws, and `feedback-unreachable` where this process has none.
 */
export async function freezeFeedback(
  config: EngineConfig,
  { spec, asOf, keep, from }: FeedbackRequest,
): Promise<ArtifactRef> {
  const reader = feedbackOf(config);
  const folder = folderOf(config.stagingDir);
  await mkdir(folder, { recursive: true });
  await removeUnused(folder);
  const temporary = join(folder, `.${randomUUID()}.tmp`);
  try {
    const outcomes = await reader.outcomes(spec.model);
    await withDuck(config.limits, async (duck) => {
      await loadArrived(duck, { spec, asOf }, outcomes);
      const byId = await duck.row('SELECT count(prediction_id) > 0 AS some FROM arrived');
      const log = byId['some'] === true ? await reader.predictions(spec.model, oldestNeeded(spec, from)) : [];
      await writeFrozen(duck, { log, keyIsTime: keyIsTime(spec), to: temporary });
    });
    const { sha256, bytes } = await hashFile(temporary);
    const staged = join(folder, sha256);
    await rename(temporary, staged);
    return keep ? await reader.keep(staged) : { key: objectKey.blob(sha256), sha256, bytes };
  } finally {
    await rm(temporary, { force: true });
  }
}

/** A local file of frozen feedback: the one that was made here, while it is used, else the one that was kept. */
export async function stageFeedback(config: EngineConfig, ref: ArtifactRef): Promise<string> {
  const here = join(folderOf(config.stagingDir), ref.sha256);
  if (!(await isStaged(here, ref.sha256))) return feedbackOf(config).stage(ref);
  const now = new Date();
  await utimes(here, now, now);
  return here;
}

async function removeUnused(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const used = await stat(path).catch(() => undefined);
    if (used !== undefined && used.mtimeMs < Date.now() - UNUSED_MS) await rm(path, { force: true });
  }
}

/** The oldest event time whose prediction may be asked for, where rows from `from` on are judged; all where that cannot be told. */
function oldestNeeded(
  { task, source, window }: ModelSpec,
  from: Instant | undefined,
): { readonly from?: Instant } {
  const { naive } = task;
  if (from === undefined || source.sql !== undefined) return {};
  const back = naive.kind === 'seasonal' ? naive.period : window.kind === 'fixed' ? window.length : undefined;
  if (back === undefined) return {};
  // A season is at most a period older than the delay, and a day is an hour longer when the clocks change.
  const span = 2 * millis(source.labels.delay) + millis(back) + DAY_MS;
  return { from: instant(epoch(from) - span) };
}

/** How this process reads feedback. Throws `feedback-unreachable` where it has no store. */
export function feedbackOf({ feedback }: Pick<EngineConfig, 'feedback'>): FeedbackReader {
  if (feedback !== undefined) return feedback;
  throw new PerennialError({
    type: 'feedback-unreachable',
    thing: 'source.labels.from',
    value: 'feedback',
    allowed: 'files, where no object store is at hand',
    next: 'Run this where a worker runs, or name label files in the spec.',
  });
}

const keyIsTime = ({ source }: ModelSpec): boolean => (source.key ?? source.eventTime) === source.eventTime;

/** Feedback that had arrived; an order of its own needs every column. */
async function loadArrived(
  duck: Duck,
  { spec, asOf }: Pick<FeedbackRequest, 'spec' | 'asOf'>,
  files: readonly string[],
): Promise<void> {
  await duck.run(`SET TimeZone = ${literal(spec.source.timeZone)}`);
  await duck.run(
    `CREATE TABLE arrived AS SELECT DISTINCT prediction_id, key, label ->> '$' AS label, arrived
       FROM ${outcomesSql(files, keyIsTime(spec))} WHERE arrived <= ${instantLiteral(asOf)}`,
  );
}

async function writeFrozen(
  duck: Duck,
  { log, keyIsTime, to }: { log: readonly string[]; keyIsTime: boolean; to: string },
): Promise<void> {
  const wanted = 'SELECT prediction_id FROM arrived WHERE prediction_id IS NOT NULL';
  const logged =
    log.length === 0
      ? 'SELECT NULL::VARCHAR AS prediction_id, NULL::VARCHAR AS key WHERE false'
      : predictionKeysSql(log, { keyIsTime, wanted });
  await duck.run(
    `CREATE TABLE frozen AS SELECT a.prediction_id AS ${FROZEN.id}, coalesce(l.key, a.key) AS ${FROZEN.key},
       a.label AS ${FROZEN.label}, a.arrived AS ${FROZEN.arrival}
     FROM arrived a LEFT JOIN (${logged}) l ON l.prediction_id = a.prediction_id`,
  );
  // Row groups must not depend on the number of threads.
  await duck.run('SET threads = 1');
  await duck.run(`COPY (FROM frozen ORDER BY ALL) TO ${literal(to)} (FORMAT parquet, COMPRESSION snappy)`);
}
