import type { Instant } from '../../domain/references.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import { categorySql, type ColumnSql, instantSql, momentsSql, numberSql, timeSql } from './column-sql.js';
import { identifier, instantLiteral, type Duck } from './duck.js';
import { FILE_COLUMN, type OpenLabels } from './label-files.js';
import { labelSource, type LabelSource } from './label-source.js';

/**
 * Table of what the label files say, row by row: `id` (text; the row's key or the prediction's id), `label` in the model's own type,
 * `wrong` (a label of another type, or by feedback one that no model can learn), `arrival` (TIMESTAMPTZ), `undated` (an arrival that is missing or none), `file`.
 */
export const LABEL_ROWS = 'perennial_labels';

/** Largest |label| that can be learned: squares and sums of such labels stay far from overflow. */
const MOST_LABEL = 1e100;

/**
 * SQL condition: a label (in the model's own type) by feedback is one that a model can learn. Anybody may post one, so that what would
 * break a training is left out, as if it had not been said.
 */
export function learnableSql({ task, trainer }: ModelSpec, label: string): string {
  if (task.kind !== 'regression') return 'true';
  const counts = trainer.kind === 'trees' && trainer.objective === 'poisson';
  return `coalesce(${label} BETWEEN ${counts ? 0 : -MOST_LABEL} AND ${MOST_LABEL}, false)`;
}

/** Makes the table {@link LABEL_ROWS}. A column that is missing or unusable is NULL in it: the contract names it. */
export async function loadLabelRows(duck: Duck, spec: ModelSpec, open: OpenLabels): Promise<void> {
  const source = labelSource(spec);
  const sql = open.relation === undefined || source === undefined ? EMPTY(spec) : rowsSql(spec, source, open);
  await duck.run(`CREATE TABLE ${LABEL_ROWS} AS ${sql}`);
}

const EMPTY = (spec: ModelSpec): string =>
  `SELECT NULL::VARCHAR AS id, NULL::${labelType(spec)} AS label, false AS wrong, NULL::TIMESTAMPTZ AS arrival,
     false AS undated, NULL::VARCHAR AS file WHERE false`;

const labelType = (spec: ModelSpec): string => (spec.task.kind === 'regression' ? 'DOUBLE' : 'VARCHAR');

function rowsSql(
  spec: ModelSpec,
  { join, key, label: named, arrival, feedback }: LabelSource,
  open: OpenLabels,
): string {
  const { timeZone, eventTime } = spec.source;
  const typeOf = (name: string | undefined): string | undefined =>
    name === undefined ? undefined : open.types.get(name);
  const read = (name: string, as: typeof numberSql) => {
    const type = typeOf(name);
    return type === undefined ? undefined : as(identifier(name), type);
  };
  const time = (name: string | undefined) => {
    const type = typeOf(name);
    return name === undefined || type === undefined ? undefined : timeSql(identifier(name), type);
  };
  const stated = read(named, spec.task.kind === 'regression' ? numberSql : categorySql);
  const label = feedback && stated !== undefined ? learnable(spec, stated) : stated;
  // Rows that are identified by their event time are named by it, in whatever form it is written.
  const byTime = join === 'key' && (spec.source.key ?? eventTime) === eventTime;
  const keyTime = byTime ? time(key) : undefined;
  const text = byTime ? undefined : read(key, categorySql);
  const came = time(arrival);
  const columns = [
    `${keyTime?.absolute ?? 'NULL::TIMESTAMPTZ'} AS absolute`,
    `${keyTime?.local ?? 'NULL::TIMESTAMP'} AS local`,
    `${text?.value ?? 'NULL::VARCHAR'} AS own_id`,
    `${label?.value ?? `NULL::${labelType(spec)}`} AS label`,
    `coalesce(${label?.wrong ?? 'false'}, false) AS wrong`,
    `${came?.absolute ?? 'NULL::TIMESTAMPTZ'} AS came_absolute`,
    `${came?.local ?? 'NULL::TIMESTAMP'} AS came_local`,
    `${FILE_COLUMN} AS file`,
  ];
  const keyed = momentsSql(`(SELECT ${columns.join(', ')} FROM ${open.relation ?? ''})`, timeZone);
  const id = byTime ? instantSql('moment') : 'own_id';
  const dated = momentsSql(
    `(SELECT ${id} AS id, label, wrong, file, came_absolute AS absolute, came_local AS local FROM ${keyed})`,
    timeZone,
  );
  const undated = arrival === undefined ? 'false' : 'moment IS NULL';
  return `SELECT id, label, wrong, moment AS arrival, ${undated} AS undated, file FROM ${dated}`;
}

function learnable(spec: ModelSpec, { value, wrong = 'false' }: ColumnSql): ColumnSql {
  const holds = learnableSql(spec, value);
  return {
    value: `(CASE WHEN ${holds} THEN ${value} END)`,
    wrong: `(${wrong} OR (${value} IS NOT NULL AND NOT ${holds}))`,
  };
}

/** Label rows that can be used by who looks from `at`. */
export const usableSql = (at: Instant): string =>
  `id IS NOT NULL AND label IS NOT NULL AND NOT undated AND (arrival IS NULL OR arrival <= ${instantLiteral(at)})`;

/**
 * The one label of each id as it stood at a moment: id, label and `arrival`, the time since which it stood without a break. Of several
 * that arrived one after the other the newest counts; where one arrival brings different labels, none does (`conflicting` is then true).
 * `rows` is a relation like the table of label rows (default).
 */
export function labelsAtSql(at: Instant, rows = LABEL_ROWS): string {
  return `(WITH versions AS (SELECT id, arrival, min(label) AS label, count(DISTINCT label) > 1 AS conflicting
      FROM ${rows} WHERE ${usableSql(at)} GROUP BY id, arrival),
    changes AS (SELECT * FROM versions
      WINDOW by_arrival AS (PARTITION BY id ORDER BY arrival)
      QUALIFY lag(label) OVER by_arrival IS DISTINCT FROM label OR lag(conflicting) OVER by_arrival IS DISTINCT FROM conflicting)
    SELECT id, CASE WHEN conflicting THEN NULL ELSE label END AS label, conflicting, arrival FROM changes
    QUALIFY row_number() OVER (PARTITION BY id ORDER BY arrival DESC NULLS LAST) = 1)`;
}
