import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { PerennialError } from '../../domain/errors.js';
import type { LabelCounts, SourceManifest, WindowPlan } from '../../domain/source.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import { CANDIDATES, inSpan, visibleUntil, type Candidates } from './candidates.js';
import { epochMs, orNaN } from './columns.js';
import { count, identifier, literal, type Duck } from './duck.js';
import type { EngineConfig } from './engine-config.js';
import { countWindowLabels } from './label-counts.js';
import { withCandidates } from './prepare.js';
import { rowsDigest } from './rows-digest.js';
import { EVENT_TIME, requireDistinctNames, snapshotColumns, snapshotKinds } from './snapshot-layout.js';
import { BLOCKS, type BlockName } from './table.js';

/** A snapshot that was written. */
export interface SnapshotResult {
  /** Digest of the logical rows in order. */
  readonly rows: string;
  readonly counts: Record<BlockName, number>;
  readonly columns: string[];
  readonly path: string;
  /** What became of the labels; only where they have a source of their own. */
  readonly labels?: LabelCounts;
}

/**
 * Writes the rows of a window as Parquet: key, event_time, block, label, then the features, ordered by event time and key. Rows
 * in the gaps, rows that are not visible at as-of and rows without a label (of a source of their own: whose label has not arrived) are left out. Equal inputs give equal bytes, whatever
 * the number of threads.
 *
 * Failure semantics: may run twice; the file appears by rename. Throws `contract-broken` when a column is missing or unusable:
 * run the contract first, it lists everything.
 */
export async function takeSnapshot(
  config: EngineConfig,
  { spec, source, plan, out }: { spec: ModelSpec; source: SourceManifest; plan: WindowPlan; out: string },
): Promise<SnapshotResult> {
  requireDistinctNames(spec);
  await mkdir(dirname(out), { recursive: true });
  const temporary = join(dirname(out), `.${basename(out)}.${randomUUID()}.tmp`);
  try {
    const result = await withCandidates(
      config,
      { spec, source, asOf: plan.asOf, writable: temporary },
      async (duck, candidates) => {
        await requireReadable(duck, plan, candidates);
        const order = (await inOrder(duck)) ? '' : 'ORDER BY event_time, key';
        await duck.run(`${snapshotSql(spec, plan, candidates)} ${order}`);
        // Row groups must not depend on the number of threads. Where SQL ran, there is one thread already, locked.
        if (spec.source.sql === undefined) await duck.run('SET threads = 1');
        await requireTotalOrder(duck);
        await duck.run(
          `COPY snapshot TO ${literal(temporary)} (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 122880, DICTIONARY_SIZE_LIMIT 1000)`,
        );
        const labels = await countWindowLabels(duck, spec, plan);
        return { ...(await describeSnapshot(duck, spec)), ...(labels !== undefined && { labels }) };
      },
    );
    await rename(temporary, out);
    return { ...result, path: out };
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Most sources are in order already: looking is far cheaper than sorting wide rows, and what is made of them keeps their order. */
async function inOrder(duck: Duck): Promise<boolean> {
  const seen = await duck.row(
    `SELECT count(*) AS n FROM (SELECT (moment, key) AS this, lag((moment, key)) OVER () AS before FROM ${CANDIDATES}) WHERE before > this`,
  );
  return count(seen['n']) === 0;
}

/** Rows with equal event time and key have no order of their own: a snapshot of them would differ from run to run. */
async function requireTotalOrder(duck: Duck): Promise<void> {
  const seen = await duck.row(
    `SELECT count(*) AS n FROM (SELECT (event_time, key) AS this, lag((event_time, key)) OVER () AS before FROM snapshot) WHERE before = this`,
  );
  const rows = count(seen['n']);
  if (rows === 0) return;
  throw new PerennialError({
    type: 'contract-broken',
    thing: 'source.key',
    value: `${rows} rows with the key and event time of another`,
    allowed: 'every key once',
    next: 'Check the contract: it lists everything that is wrong.',
  });
}

function snapshotSql(spec: ModelSpec, plan: WindowPlan, candidates: Candidates): string {
  const label = usable(spec.task.label, candidates.label?.value);
  const until = visibleUntil(spec, plan.asOf);
  const blocks = BLOCKS.map((block) => `WHEN ${inSpan(plan[block], until)} THEN ${literal(block)}`).join(' ');
  const features = candidates.features.map(
    ({ name, column }) => `${usable(name, column?.value)} AS ${identifier(name)}`,
  );
  const columns = [
    'key',
    'moment AS event_time',
    `CASE ${blocks} END AS block`,
    `${label} AS label`,
    ...features,
  ];
  return `CREATE TABLE snapshot AS SELECT * FROM (SELECT ${columns.join(', ')} FROM ${CANDIDATES})
    WHERE block IS NOT NULL AND label IS NOT NULL AND key IS NOT NULL`;
}

/** Text that is no number would end up as a missing value: refuse it even when nobody asked for the contract. */
async function requireReadable(duck: Duck, plan: WindowPlan, { features, label }: Candidates): Promise<void> {
  const wrong = [label, ...features.map(({ column }) => column)].flatMap((column) =>
    column?.wrong === undefined ? [] : [column.wrong],
  );
  if (wrong.length === 0) return;
  const where = inSpan({ from: plan.train.from, to: plan.holdout.to }, plan.asOf);
  const seen = await duck.row(
    `SELECT count(*) AS n FROM ${CANDIDATES} WHERE ${where} AND (${wrong.join(' OR ')})`,
  );
  if (count(seen['n']) > 0) usable('of numbers', undefined);
}

function usable(column: string, value: string | undefined): string {
  if (value !== undefined) return value;
  throw new PerennialError({
    type: 'contract-broken',
    thing: `column ${column}`,
    value: 'missing or of another type',
    allowed: 'the column that the spec names, in the type that it states',
    next: 'Check the contract: it lists everything that is wrong.',
  });
}

async function describeSnapshot(duck: Duck, spec: ModelSpec): Promise<Omit<SnapshotResult, 'path'>> {
  const names = snapshotColumns(spec);
  const blocks = await duck.rows('SELECT block, count(*) AS n FROM snapshot GROUP BY block');
  const of = (block: BlockName): number => count(blocks.find((row) => row['block'] === block)?.['n']);
  const counts = { train: of('train'), validation: of('validation'), holdout: of('holdout') };
  const rows = counts.train + counts.validation + counts.holdout;
  const kinds = snapshotKinds(spec);
  const columns = names.map((name, index) => ({
    name,
    number: kinds[index] === 'number' ? numberColumn(name, index) : undefined,
  }));
  return { rows: await rowsDigest(duck, { table: 'snapshot', columns, rows }), counts, columns: names };
}

/** A number column of a snapshot as DOUBLE without NULL, by its name and place. */
export const numberColumn = (name: string, index: number): string =>
  index === EVENT_TIME ? epochMs('event_time') : orNaN(identifier(name));
