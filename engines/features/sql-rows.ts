import type { Instant } from '../../domain/references.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import { createCandidates, visibleUntil, type Candidates } from './candidates.js';
import { numberSql, textSql } from './column-sql.js';
import { identifier, instantLiteral, literal, type Duck } from './duck.js';
import { labelsAtSql } from './label-rows.js';
import { knownAtSql, labelSource } from './label-source.js';
import type { OpenSource } from './open-source.js';

/** Table behind the views of `source.sql`: moment, key, label and the source's other columns as `r0`, `r1`, … */
export const SOURCE_ROWS = 'perennial_rows';

/** The source as `source.sql` will see it. */
export interface SqlRows {
  /** Event time, key and label of the source. */
  readonly own: Candidates;
  /** Names of the columns `r0`, `r1`, … in the view `rows`. */
  readonly names: readonly string[];
}

/** A moment from which a row looks. */
export interface Viewpoint {
  readonly at: Instant;
  /** Key of the row that is asked for: a request knows its own inputs at its own event time, whatever the lateness. */
  readonly asking?: string;
}

/**
 * Reads the whole source into one table in order of event time and key. Text columns (CSV, JSON) become numbers where the spec or
 * every value says so. Labels of a source of their own are those that had arrived at `asOf`.
 */
export async function loadSqlRows(open: OpenSource, spec: ModelSpec, asOf: Instant): Promise<SqlRows> {
  const names = [...open.types.keys()].filter(
    (name) => name !== spec.task.label && name !== spec.source.eventTime,
  );
  const texts = names.filter(
    (name) => isText(open.types.get(name)) && spec.features[name]?.type !== 'number',
  );
  const found = await textTypes(open, texts);
  const carry = names.map((name) => {
    const type = open.types.get(name) ?? 'VARCHAR';
    if (!isText(type)) return identifier(name);
    if (spec.features[name]?.type === 'number') return numberSql(identifier(name), type)?.value ?? 'NULL';
    return `${textSql(identifier(name), type)}::${found.get(name) ?? 'VARCHAR'}`;
  });
  const own = await createCandidates(open, { ...spec, features: {} }, { table: SOURCE_ROWS, carry, asOf });
  return { own, names };
}

/** Points the views `rows` (all but the label) and `labels` (key, event time, label) at what was visible from a viewpoint. */
export async function showVisible(
  duck: Duck,
  spec: ModelSpec,
  { names, at, asking }: Viewpoint & Pick<SqlRows, 'names'>,
): Promise<void> {
  const time = identifier(spec.source.eventTime);
  const label = identifier(spec.task.label);
  const columns = [`moment AS ${time}`, ...names.map((name, index) => `r${index} AS ${identifier(name)}`)];
  const asked = asking === undefined ? '' : `OR key = ${literal(asking)}`;
  await duck.run(
    `CREATE OR REPLACE VIEW rows AS SELECT ${columns.join(', ')} FROM ${SOURCE_ROWS}
       WHERE moment <= ${instantLiteral(visibleUntil(spec, at))} ${asked}`,
  );
  const own = labelSource(spec);
  const known = own === undefined ? SOURCE_ROWS : `(${own.feedback ? refed(at) : relabelled(at)})`;
  const arrival = own === undefined ? 'NULL' : 'label_arrival';
  await duck.run(
    `CREATE OR REPLACE VIEW labels AS SELECT key, moment AS ${time}, label AS ${label} FROM ${known}
       WHERE label IS NOT NULL AND ${knownAtSql(spec, 'moment', arrival)} <= ${instantLiteral(at)}`,
  );
}

/** The rows with the labels that had arrived at a moment: a correction that came later is not seen. */
const relabelled = (at: Instant): string =>
  `SELECT s.key, s.moment, l.label, l.arrival AS label_arrival FROM ${SOURCE_ROWS} s JOIN ${labelsAtSql(at)} l ON l.id = s.label_id`;

/** The same where labels come by feedback: what a row says itself stands. */
const refed = (at: Instant): string =>
  `SELECT s.key, s.moment, coalesce(s.own_label, l.label) AS label, CASE WHEN s.own_label IS NULL THEN l.arrival END AS label_arrival
   FROM ${SOURCE_ROWS} s LEFT JOIN ${labelsAtSql(at)} l ON l.id = s.label_id`;

const isText = (type: string | undefined): boolean => type === 'VARCHAR' || type === 'JSON';

/** BIGINT or DOUBLE for text columns whose every value is such a number; others are left out. */
async function textTypes(
  { duck, format, relation, types }: OpenSource,
  names: readonly string[],
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  if (names.length === 0 || format === 'parquet') return found;
  const all = (name: string, type: string): string => {
    const text = textSql(identifier(name), types.get(name) ?? 'VARCHAR');
    return `coalesce(bool_and(try_cast(${text} AS ${type}) IS NOT NULL) FILTER (${text} IS NOT NULL), false)`;
  };
  const parts = names.flatMap((name, index) => [
    `${all(name, 'BIGINT')} AS whole${index}`,
    `${all(name, 'DOUBLE')} AS number${index}`,
  ]);
  const seen = await duck.row(`SELECT ${parts.join(', ')} FROM ${relation}`);
  for (const [index, name] of names.entries()) {
    if (seen[`whole${index}`] === true) found.set(name, 'BIGINT');
    else if (seen[`number${index}`] === true) found.set(name, 'DOUBLE');
  }
  return found;
}
