import { millis } from '../../domain/duration.js';
import { epoch, instant, type Instant } from '../../domain/references.js';
import type { FeatureSpec, ModelSpec } from '../../domain/spec/spec.js';
import { categorySql, instantSql, momentsSql, numberSql, timeSql, type ColumnSql } from './column-sql.js';
import { identifier, instantLiteral, type Duck } from './duck.js';
import type { OpenLabels } from './label-files.js';
import { labelsAtSql, loadLabelRows } from './label-rows.js';
import { labelSource, PREDICTION_ID, type LabelSource } from './label-source.js';

/** One feature of the spec and where its values are. */
export interface CandidateFeature {
  readonly name: string;
  readonly spec: FeatureSpec;
  /** Type of its column in the source; undefined when the column is missing. */
  readonly type: string | undefined;
  /** Its column in {@link CANDIDATES}; undefined when it is missing or of a type that cannot hold it. */
  readonly column: ColumnSql | undefined;
}

/**
 * The rows that a run may use, as the table `candidates`: `moment` (TIMESTAMPTZ or NULL), `unreadable` (a time that is none),
 * `shifted` (a local time that the clock skipped), `key` (text), `label` and one column `f<i>` per feature in the model's own
 * types, and where text was read as numbers `label_wrong` and `w<i>`. Where labels have a source of their own, `label_id` is what
 * their files call the row, and `label_arrival` the time since which its label stands (NULL: no time is told); where they come by
 * feedback, `own_label` is the row's own, which counts before it.
 */
export interface Candidates {
  readonly features: readonly CandidateFeature[];
  /** The label's column; undefined when it is missing or unusable. */
  readonly label: ColumnSql | undefined;
  /** False when the event time column is missing or unusable: `moment` is then NULL in every row. */
  readonly timed: boolean;
  /** False when the key column is missing or unusable. */
  readonly keyed: boolean;
}

/** Name of the table that {@link createCandidates} makes. */
export const CANDIDATES = 'candidates';

/** The column that identifies a row. */
export const keyColumn = (spec: ModelSpec): string => spec.source.key ?? spec.source.eventTime;

/** The newest event time that is visible at `asOf`. */
export const visibleUntil = (spec: ModelSpec, asOf: Instant): Instant =>
  instant(epoch(asOf) - millis(spec.source.lateness));

/** What type the label has in the model. */
export const labelKind = (spec: ModelSpec): 'number' | 'category' =>
  spec.task.kind === 'regression' ? 'number' : 'category';

/** Options of {@link createCandidates}. */
export interface CandidateOptions {
  /** Name of the table. @default candidates */
  readonly table?: string;
  /** Further columns, as SQL over the relation; they are named `r0`, `r1`, … and the table is ordered by event time and key. */
  readonly carry?: readonly string[];
  /** As-of of labels that have a source of their own. Absent: none of these is read. */
  readonly asOf?: Instant | undefined;
}

/** Makes the table `candidates` of a relation. Missing or unusable columns become NULL and are left undefined. */
export async function createCandidates(
  { duck, relation, types, labels }: RawRows,
  spec: ModelSpec,
  { table = CANDIDATES, carry, asOf }: CandidateOptions = {},
): Promise<Candidates> {
  const own = labelSource(spec);
  const joins = labels !== undefined && asOf !== undefined;
  if (joins) await loadLabelRows(duck, spec, labels);
  const read = (wanted: 'number' | 'category', name: string): ColumnSql | undefined => {
    const type = types.get(name);
    if (type === undefined) return undefined;
    return wanted === 'number' ? numberSql(identifier(name), type) : categorySql(identifier(name), type);
  };
  const timeType = types.get(spec.source.eventTime);
  const time = timeType === undefined ? undefined : timeSql(identifier(spec.source.eventTime), timeType);
  const keyIsTime = keyColumn(spec) === spec.source.eventTime;
  const key = keyIsTime ? undefined : read('category', keyColumn(spec));
  const reads = own === undefined || own.feedback;
  const label = reads ? read(labelKind(spec), spec.task.label) : undefined;
  const features = Object.entries(spec.features).map(([name, feature]) => ({
    name,
    feature,
    column: read(feature.type, name),
  }));
  const select = [
    `${time?.absolute ?? 'NULL::TIMESTAMPTZ'} AS absolute`,
    `${time?.local ?? 'NULL::TIMESTAMP'} AS local`,
    `${time?.present ?? 'false'} AS dated`,
    `${key?.value ?? 'NULL::VARCHAR'} AS own_key`,
    ...named('label', 'label_wrong', label),
    ...(joins && own?.join === 'prediction-id'
      ? [`${read('category', PREDICTION_ID)?.value ?? 'NULL'} AS own_id`]
      : []),
    ...features.flatMap(({ column }, index) => named(`f${index}`, `w${index}`, column)),
    ...(carry ?? []).map((sql, index) => `${sql} AS r${index}`),
  ];
  const rows = momentsSql(`(SELECT ${select.join(', ')} FROM ${relation})`, spec.source.timeZone);
  const keyed = `SELECT * EXCLUDE (absolute, local, dated, own_key), dated AND moment IS NULL AS unreadable,
     ${keyIsTime ? instantSql('moment') : 'own_key'} AS key FROM ${rows}`;
  const joined = joins && own !== undefined ? withLabels(keyed, own, asOf) : keyed;
  await duck.run(
    `CREATE OR REPLACE TABLE ${table} AS ${joined} ${carry === undefined ? '' : 'ORDER BY moment, key'}`,
  );
  return {
    features: features.map(({ name, feature, column }, index) => ({
      name,
      spec: feature,
      type: types.get(name),
      column: reference(`f${index}`, `w${index}`, column),
    })),
    label: reads && types.has(spec.task.label) ? reference('label', 'label_wrong', label) : elsewhere(own),
    timed: time !== undefined,
    keyed: keyIsTime ? time !== undefined : key !== undefined,
  };
}

/** Rows that candidates are made of. */
export interface RawRows {
  readonly duck: Duck;
  /** Table expression. */
  readonly relation: string;
  /** DuckDB type by column name. */
  readonly types: ReadonlyMap<string, string>;
  /** Labels of a source of their own. */
  readonly labels?: OpenLabels | undefined;
}

/** Rows with the labels that their own source told until as-of. */
function withLabels(keyed: string, { join, feedback }: LabelSource, asOf: Instant): string {
  const id = join === 'prediction-id' ? 'own_id' : 'key';
  const dropped = join === 'prediction-id' ? 'label, own_id' : 'label';
  if (feedback) {
    return `SELECT k.* EXCLUDE (${dropped}), coalesce(k.label, l.label) AS label, k.label AS own_label, k.${id} AS label_id,
       CASE WHEN k.label IS NULL THEN l.arrival END AS label_arrival
       FROM (${keyed}) k LEFT JOIN ${labelsAtSql(asOf)} l ON l.id = k.${id}`;
  }
  return `SELECT k.* EXCLUDE (${dropped}), l.label, k.${id} AS label_id, l.arrival AS label_arrival
     FROM (${keyed}) k LEFT JOIN ${labelsAtSql(asOf)} l ON l.id = k.${id}`;
}

/** The label of rows that lack its column: there once it has another source. */
const elsewhere = (own: LabelSource | undefined): ColumnSql | undefined =>
  own === undefined ? undefined : { value: 'label' };

function named(name: string, wrong: string, column: ColumnSql | undefined): string[] {
  if (column === undefined) return [`NULL AS ${name}`];
  return [
    `${column.value} AS ${name}`,
    ...(column.wrong === undefined ? [] : [`${column.wrong} AS ${wrong}`]),
  ];
}

function reference(name: string, wrong: string, column: ColumnSql | undefined): ColumnSql | undefined {
  if (column === undefined) return undefined;
  return column.wrong === undefined ? { value: name } : { value: name, wrong };
}

/** SQL condition: event time from ≤ t < to, and visible at `asOf`. */
export function inSpan(span: { readonly from: Instant; readonly to: Instant }, until: Instant): string {
  return `moment >= ${instantLiteral(span.from)} AND moment < ${instantLiteral(span.to)} AND moment <= ${instantLiteral(until)}`;
}
