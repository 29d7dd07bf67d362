import { join } from 'node:path';
import { PerennialError } from '../../domain/errors.js';
import type { Instant } from '../../domain/references.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import { keyColumn, labelKind } from './candidates.js';
import { categorySql, instantSql, momentsSql, numberSql, timeSql, type ColumnSql } from './column-sql.js';
import { count, identifier, instantLiteral, literal, withDuck, type Duck, type DuckLimits } from './duck.js';
import { formatOf, readSql } from './source-format.js';

/** Which column of a prediction log holds what. */
export interface ForeignColumns {
  readonly id: string;
  readonly time: string;
  /** Not read where rows are identified by their event time. */
  readonly key: string;
  readonly prediction: string;
  /** Scores of the classes in the order of the version's; one for binary: that of the positive class, which is the last. */
  readonly scores?: readonly string[] | undefined;
  readonly label?: string | undefined;
  /** When the label became known; absent: with the event, so that the spec's delay counts from there. */
  readonly labelTime?: string | undefined;
}

/** A prediction log that another system wrote. */
export interface ForeignLogRequest {
  readonly spec: ModelSpec;
  readonly path: string;
  readonly columns: ForeignColumns;
  /** The version that said it, and its classes. */
  readonly version: number;
  readonly classes: readonly string[] | null;
  /** Later event times are refused. */
  readonly until: Instant;
  /** Where the results are written. */
  readonly folder: string;
  readonly limits: DuckLimits;
}

/** What was read of it. Files are NDJSON of `predictionRowSchema` and `outcomeRowSchema`. */
export interface ForeignLog {
  readonly rows: number;
  readonly accepted: number;
  readonly labels: number;
  /** Refused rows by reason, most frequent first, each with the first rows of the file that it concerns (from 1, without the header). */
  readonly refused: readonly {
    readonly because: string;
    readonly rows: number;
    readonly first: readonly number[];
  }[];
  /** Oldest and newest accepted event time; null without any. */
  readonly from: string | null;
  readonly to: string | null;
  readonly predictions: string;
  readonly outcomes: string;
}

/**
 * Reads a prediction log of another system (CSV, Parquet or JSON lines): rows that cannot be used are counted and named, the others are
 * written in the order of their event times, so that equal rows give equal bytes. Throws `rows-unreadable` for a file that cannot be
 * read or lacks a column.
 */
export async function readForeignLog(request: ForeignLogRequest): Promise<ForeignLog> {
  return withDuck(request.limits, async (duck) => {
    await load(duck, request);
    const counted = await duck.row(
      `SELECT count(*) AS n, count(*) FILTER (reason IS NULL) AS accepted, count(label) FILTER (reason IS NULL) AS labels,
         ${instantSql('min(moment) FILTER (reason IS NULL)')} AS oldest, ${instantSql('max(moment) FILTER (reason IS NULL)')} AS newest FROM told`,
    );
    const refused = await duck.rows(
      `SELECT reason, count(*) AS n, list(place ORDER BY place)[1:5]::VARCHAR AS first FROM told WHERE reason IS NOT NULL
       GROUP BY reason ORDER BY n DESC, reason`,
    );
    const predictions = join(request.folder, 'predictions.ndjson');
    const outcomes = join(request.folder, 'outcomes.ndjson');
    await duck.run(`COPY (${predictionsOf(request)}) TO ${literal(predictions)} (FORMAT json)`);
    await duck.run(`COPY (${outcomesOf()}) TO ${literal(outcomes)} (FORMAT json)`);
    const time = (value: unknown): string | null => (typeof value === 'string' ? value : null);
    return {
      ...{
        rows: count(counted['n']),
        accepted: count(counted['accepted']),
        labels: count(counted['labels']),
      },
      refused: refused.map(({ reason, n, first }) => ({
        because: String(reason),
        rows: count(n),
        first: (String(first).match(/\d+/g) ?? []).map(Number),
      })),
      ...{ from: time(counted['oldest']), to: time(counted['newest']), predictions, outcomes },
    };
  });
}

async function load(duck: Duck, request: ForeignLogRequest): Promise<void> {
  const { spec, path } = request;
  const relation = readSql(formatOf([path]), [path]);
  const types = new Map<string, string>();
  try {
    for (const { column_name: name, column_type: type } of await duck.rows(
      `DESCRIBE SELECT * FROM ${relation}`,
    ))
      types.set(String(name), String(type));
  } catch (error) {
    throw unreadable(path, 'a CSV, Parquet or JSON lines file that can be read', error);
  }
  const read = reader(types, path);
  const { columns } = request;
  const value = labelKind(spec) === 'number' ? numberSql : categorySql;
  const optional = (name: string | undefined, as: typeof numberSql) =>
    name === undefined ? { value: 'NULL' } : read(name, as);
  const parts: Record<string, ColumnSql> = {
    id: read(columns.id, categorySql),
    own_key: byTime(request) ? { value: 'NULL' } : read(columns.key, categorySql),
    said: read(columns.prediction, value),
    label: optional(columns.label, value),
    ...Object.fromEntries((columns.scores ?? []).map((name, i) => [`s${i}`, read(name, numberSql)])),
    ...Object.fromEntries(
      Object.entries(spec.features).map(([name, { type }], i) => [
        `f${i}`,
        read(name, type === 'number' ? numberSql : categorySql),
      ]),
    ),
  };
  const time = read(columns.time, timeSql);
  const known = columns.labelTime === undefined ? undefined : read(columns.labelTime, timeSql);
  const select = [
    'row_number() OVER () AS place',
    `${time.absolute} AS absolute, ${time.local} AS local`,
    `${known?.absolute ?? 'NULL::TIMESTAMPTZ'} AS known_absolute, ${known?.local ?? 'NULL::TIMESTAMP'} AS known_local`,
    ...Object.entries(parts).map(
      ([name, sql]) => `${sql.value} AS ${name}, ${sql.wrong ?? 'false'} AS ${name}_wrong`,
    ),
  ];
  const timed = momentsSql(`(SELECT ${select.join(', ')} FROM ${relation})`, spec.source.timeZone);
  const renamed = `(SELECT * EXCLUDE (absolute, local, known_absolute, known_local, moment, shifted), moment AS said_at,
    known_absolute AS absolute, known_local AS local FROM ${timed})`;
  const dated = momentsSql(renamed, spec.source.timeZone);
  await duck.run(`CREATE TABLE told AS SELECT *, ${reasonSql(request, parts)} AS reason FROM (
    SELECT * EXCLUDE (said_at, moment), said_at AS moment, moment AS known, ${byTime(request) ? instantSql('said_at') : 'own_key'} AS key FROM ${dated})`);
}

const byTime = ({ spec }: ForeignLogRequest): boolean => keyColumn(spec) === spec.source.eventTime;

/** How columns are read by name; throws for one that is absent or of a type that cannot hold it. */
function reader(types: ReadonlyMap<string, string>, path: string) {
  return <Sql>(name: string, as: (column: string, type: string) => Sql | undefined): Sql => {
    const type = types.get(name);
    const sql = type === undefined ? undefined : as(identifier(name), type);
    if (sql !== undefined) return sql;
    const columns = [...types.keys()].join(', ');
    throw unreadable(
      path,
      type === undefined
        ? `a column '${name}' (it has ${columns})`
        : `'${name}' in another type than ${type}`,
    );
  };
}

/** Why a row cannot be used: the first reason that holds; NULL when it can. */
function reasonSql(request: ForeignLogRequest, parts: Readonly<Record<string, ColumnSql>>): string {
  const { spec, columns, classes, until } = request;
  const reasons: [string, string][] = [
    ['id IS NULL', `no ${columns.id}`],
    ['moment IS NULL', `${columns.time} is no time`],
    [`moment > ${instantLiteral(until)}`, `${columns.time} is later than now`],
    ['key IS NULL', `no ${columns.key}`],
    ['said_wrong OR said IS NULL', `${columns.prediction} is no prediction`],
    ...(classes === null
      ? ([['NOT isfinite(said)', `${columns.prediction} is not finite`]] satisfies [string, string][])
      : ([
          [
            `said NOT IN (${classes.map(literal).join(', ')})`,
            `${columns.prediction} is none of ${classes.join(', ')}`,
          ],
        ] satisfies [string, string][])),
    ...(columns.scores ?? []).map((name, i): [string, string] => [
      `s${i} IS NULL OR s${i}_wrong OR NOT isfinite(s${i})`,
      `${name} is no score`,
    ]),
    ...Object.keys(spec.features).flatMap((name, i): [string, string][] =>
      parts[`f${i}`]?.wrong === undefined ? [] : [[`f${i}_wrong`, `${name} is no number`]],
    ),
    ['label_wrong', `${columns.label ?? ''} is no label`],
    ...(columns.labelTime === undefined
      ? []
      : ([['label IS NOT NULL AND known IS NULL', `${columns.labelTime} is no time`]] satisfies [
          string,
          string,
        ][])),
    ['row_number() OVER (PARTITION BY id ORDER BY place) > 1', `${columns.id} appears twice`],
  ];
  return `CASE ${reasons.map(([when, then]) => `WHEN ${when} THEN ${literal(then)}`).join(' ')} END`;
}

function predictionsOf({ spec, version, classes, columns }: ForeignLogRequest): string {
  const inputs = Object.keys(spec.features).map((name, i) => `${identifier(name)} := f${i}`);
  const told = (columns.scores ?? []).map((_, i) => `s${i}`);
  const scores = classes?.length === 2 && told.length === 1 ? ['1 - s0', 's0'] : told;
  return `SELECT id AS prediction_id, ${literal(spec.model)} AS model, ${version} AS version, 'champion' AS role, key,
      ${instantSql('moment')} AS event_time, ${instantSql('moment')} AS received_at, false AS ahead_of_clock, said AS prediction,
      ${scores.length === 0 ? 'NULL' : `[${scores.join(', ')}]`} AS scores, struct_pack(${inputs.join(', ')}) AS inputs
    FROM told WHERE reason IS NULL ORDER BY moment, id`;
}

function outcomesOf(): string {
  return `SELECT id AS prediction_id, key, label, ${instantSql('moment')} AS event_time,
      ${instantSql(`coalesce(known, moment)`)} AS arrived_at, 'import' AS source
    FROM told WHERE reason IS NULL AND label IS NOT NULL ORDER BY moment, id`;
}

function unreadable(path: string, allowed: string, cause?: unknown): PerennialError {
  return new PerennialError(
    {
      ...{ type: 'rows-unreadable', thing: 'prediction log', value: path, allowed },
      next: 'Name the columns with the flags of `perennial import-predictions`.',
    },
    { cause },
  );
}
