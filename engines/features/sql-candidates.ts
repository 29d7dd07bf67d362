import { PerennialError } from '../../domain/errors.js';
import type { Instant } from '../../domain/references.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import { CANDIDATES, createCandidates, keyColumn, type Candidates } from './candidates.js';
import { count, literal, type Duck } from './duck.js';
import { withoutValues } from './duck-message.js';
import type { OpenSource } from './open-source.js';
import { loadSqlRows, showVisible, SOURCE_ROWS, type SqlRows, type Viewpoint } from './sql-rows.js';
import { checkUserSql, refused } from './user-sql.js';

/** What `source.sql` runs on. */
export interface SqlRequest {
  readonly spec: ModelSpec;
  readonly sql: string;
  readonly asOf: Instant;
  /** The one file that may be written afterwards; it must not exist yet. */
  readonly writable?: string | undefined;
}

/** The result of `source.sql`, and how to run it again from another viewpoint. */
export interface SqlCandidates {
  readonly candidates: Candidates;
  /** Makes the table `visible`, shaped like `candidates` but without labels, of the row with a key as its own time saw it. */
  again(viewpoint: Required<Viewpoint>): Promise<void>;
}

/** Table that {@link SqlCandidates.again} makes. */
export const VISIBLE = 'visible';

/**
 * Makes the table `candidates` of what `source.sql` gives for everything visible at as-of. The rows are loaded first; then the
 * database is locked for good: no files, no network, no settings, one thread (sums of floats depend on their order), and only the
 * named file can be written. Throws `sql-refused` for SQL that may not run or that fails.
 *
 * Where the source lacks its event time, key or label, nothing runs: the candidates then have no features.
 */
export async function createSqlCandidates(open: OpenSource, request: SqlRequest): Promise<SqlCandidates> {
  const { spec, sql, asOf, writable } = request;
  const { duck } = open;
  await checkUserSql(duck, sql);
  const rows = await loadSqlRows(open, spec, asOf);
  await lockDatabase(duck, writable);
  if (!rows.own.timed || !rows.own.keyed || rows.own.label === undefined) {
    await duck.run(`CREATE TABLE ${CANDIDATES} AS SELECT * FROM ${SOURCE_ROWS}`);
    return { candidates: rows.own, again: () => Promise.resolve() };
  }
  const run = async (viewpoint: Viewpoint, table: string): Promise<Candidates> => {
    await showVisible(duck, spec, { ...rows, ...viewpoint });
    return runSql(duck, request, { table, where: viewpoint });
  };
  const made = await run({ at: asOf }, 'asked');
  await joinLabels(duck, rows);
  return {
    candidates: { ...made, label: rows.own.label },
    again: async (viewpoint) => {
      await run(viewpoint, VISIBLE);
    },
  };
}

/** Locks a database for good: no files but the one to write, no network, no settings, one thread. */
export async function lockDatabase(duck: Duck, writable?: string): Promise<void> {
  const paths = writable === undefined ? '[]' : `[${literal(writable)}]`;
  await duck.run(
    `SET allowed_paths = ${paths}; SET threads = 1; SET enable_external_access = false; SET lock_configuration = true`,
  );
}

interface Run {
  readonly table: string;
  readonly where: Viewpoint;
}

async function runSql(duck: Duck, { spec, sql }: SqlRequest, { table, where }: Run): Promise<Candidates> {
  const time = spec.source.eventTime;
  const own =
    where.asking === undefined ? '' : `WHERE "${time.replaceAll('"', '""')}" = TIMESTAMPTZ '${where.at}'`;
  try {
    await duck.run(`CREATE OR REPLACE TABLE result AS SELECT * FROM (${withoutSemicolon(sql)}\n) ${own}`);
  } catch (error) {
    if (error instanceof PerennialError) throw error; // this machine is too small for it
    throw refused(`it fails: ${withoutValues(error)}`, { cause: error });
  }
  const described = await duck.rows('DESCRIBE result');
  const types = new Map(described.map((row) => [String(row['column_name']), String(row['column_type'])]));
  for (const column of [time, keyColumn(spec)]) {
    if (!types.has(column)) throw refused(`its result has no column ${column}`);
  }
  return createCandidates({ duck, relation: 'result', types }, spec, { table });
}

async function joinLabels(duck: Duck, { own }: SqlRows): Promise<void> {
  const wrong = own.label?.wrong === undefined ? '' : ', s.label_wrong';
  const asked = 'SELECT column_name FROM (DESCRIBE asked)';
  const left = await duck.rows(`${asked} WHERE column_name IN ('label', 'label_wrong')`);
  const dropped = left.map((row) => String(row['column_name'])).join(', ');
  await duck.run(
    `CREATE TABLE ${CANDIDATES} AS SELECT a.* EXCLUDE (${dropped}), s.label${wrong}, s.key IS NULL AS foreign_row
       FROM asked a LEFT JOIN ${SOURCE_ROWS} s ON s.key = a.key AND s.moment = a.moment`,
  );
  const seen = await duck.row(`SELECT count(*) FILTER (foreign_row) AS n FROM ${CANDIDATES}`);
  const foreign = count(seen['n']);
  if (foreign > 0)
    throw refused(`${foreign} rows of its result have a key and event time that the source has not`);
}

const withoutSemicolon = (sql: string): string => sql.trim().replace(/;+$/, '');
