import { z } from 'zod';
import { roleSchema, type Role } from '../../domain/predictions.js';
import type { Instant } from '../../domain/references.js';
import type { SourceManifest } from '../../domain/source.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import { CANDIDATES, keyColumn, labelKind } from './candidates.js';
import { epochMs, numbersAt, presentTextAt, readColumns, textAt, type Column } from './columns.js';
import { count, instantLiteral } from './duck.js';
import type { EngineConfig } from './engine-config.js';
import { forecastAt } from './naive-forecast.js';
import type { NaiveValue } from './naive.js';
import { labelsAtSql, learnableSql } from './label-rows.js';
import { delaySql, knownAtSql, labelSource } from './label-source.js';
import { withLabelRows } from './prepare.js';
import { outcomesSql, predictionsSql, subjectSql, type LogSpan } from './prediction-log.js';
import type { Labels } from './table.js';

/** What {@link joinOutcomes} joins. Files are local paths of NDJSON segments. */
export interface OutcomeRequest extends LogSpan {
  readonly spec: ModelSpec;
  readonly source: SourceManifest;
  readonly predictionFiles: readonly string[];
  readonly outcomeFiles: readonly string[];
  /** Only labels that are visible at this time are joined. */
  readonly asOf: Instant;
}

/** Logged predictions whose labels are known, in columns, ordered by event time, prediction id, version and role. */
export interface JudgedTable {
  readonly rows: number;
  readonly predictionIds: string[];
  readonly keys: string[];
  /** Epoch milliseconds. */
  readonly eventTimes: Float64Array;
  readonly versions: Float64Array;
  readonly roles: Role[];
  readonly predictions: Labels;
  /** Class scores in the order of the version's classes; null for regression. */
  readonly scores: (readonly number[] | null)[];
  readonly labels: Labels;
  /** Epoch milliseconds from which the label was known: event time + delay, or the arrival of feedback where that is later. */
  readonly knownAt: Float64Array;
  /** The trivial baseline, from labels visible at each row's own event time. */
  readonly naive: NaiveValue[];
  /** Logged rows of the span whose label is not known at as-of. */
  readonly unlabelled: number;
}

/**
 * Joins the prediction log with labels that are visible at as-of: those of the source by key (event time + delay ≤ as-of; where they
 * have files of their own, by what these name, and arrived by then), else
 * those of feedback by prediction id, else by key (max(event time + delay, arrival) ≤ as-of; of several the first to arrive). Where
 * the spec takes its labels from feedback, that of the source is read, not the outcome files: the label that training takes.
 * Rows have event times from < t ≤ to.
 */
export async function joinOutcomes(config: EngineConfig, request: OutcomeRequest): Promise<JudgedTable> {
  const { spec, source, asOf } = request;
  if (request.predictionFiles.length === 0) return emptyJudged(spec);
  return withLabelRows(config, { spec, source, asOf }, async (duck) => {
    await duck.run(`CREATE TABLE judged AS ${judgedSql(request)}`);
    const counted = await duck.row('SELECT count(*) AS n, count(label) AS labelled FROM judged');
    const rows = count(counted['labelled']);
    const number = labelKind(spec) === 'number';
    const value = number ? 'number' : 'text';
    const { columns } = await readColumns(duck, {
      sql: `SELECT prediction_id, key, ${epochMs('moment')}, version::DOUBLE, role, prediction, scores, label, ${epochMs('known_at')} FROM judged
        WHERE label IS NOT NULL ORDER BY moment, prediction_id, version, role`,
      kinds: ['text', 'text', 'number', 'number', 'text', value, 'text', value, 'number'],
      rows,
    });
    const times = numbersAt(columns, 2);
    const naive = await forecastAt(duck, { spec, asOf, times });
    return { ...toJudged(columns, number), rows, naive, unlabelled: count(counted['n']) - rows };
  });
}

function judgedSql(request: OutcomeRequest): string {
  const { spec, predictionFiles, from, to } = request;
  const keyIsTime = keyColumn(spec) === spec.source.eventTime;
  const joins = labelSource(spec)?.feedback === true ? byFeedback(request) : bySource(request);
  const labels = joins.map(({ name }) => `${name}.label`).join(', ');
  const since = joins.map(({ name, at }) => `WHEN ${name}.label IS NOT NULL THEN ${at}`).join(' ');
  return `WITH logged AS (SELECT * FROM ${predictionsSql(predictionFiles, keyIsTime)}
      WHERE moment > ${instantLiteral(from)} AND moment <= ${instantLiteral(to)}),
    ${joins.map(({ name, sql }) => `${name} AS (${sql})`).join(', ')}
    SELECT l.prediction_id, l.key, l.moment, l.version, l.role, ${typed(spec, 'l.prediction')} AS prediction,
      nullif(l.scores::VARCHAR, 'null') AS scores, coalesce(${labels}) AS label, CASE ${since} END AS known_at
    FROM logged l ${joins.map(({ name, on }) => `LEFT JOIN ${name} ON ${on}`).join(' ')}`;
}

/** A logged value in the model's own type. */
const typed = (spec: ModelSpec, json: string): string =>
  labelKind(spec) === 'number' ? `try_cast(${json} ->> '$' AS DOUBLE)` : `(${json} ->> '$')`;

/** Labels as SQL: the relation and its name, how log rows `l` find theirs, and since when it was known. */
interface LabelJoin {
  readonly name: string;
  readonly sql: string;
  readonly on: string;
  readonly at: string;
}

/** Labels of the source, then feedback: a label by prediction id counts before one by key. */
function bySource({ spec, outcomeFiles, asOf }: OutcomeRequest): LabelJoin[] {
  const fed = outcomesSql(outcomeFiles, keyColumn(spec) === spec.source.eventTime);
  const first = (subject: Fed['subject']): LabelJoin => firstFeedback(spec, { asOf, fed, subject });
  return [knownLabels(spec, asOf), first('prediction_id'), first('key')];
}

/** The row's own label, then what training takes, too: the newest word on it, whether it named the prediction or the key; none where that contradicts itself. */
function byFeedback({ spec, asOf }: OutcomeRequest): LabelJoin[] {
  const keyIsTime = keyColumn(spec) === spec.source.eventTime;
  const id =
    labelSource(spec)?.join === 'key' ? subjectSql('l.moment', { keyIsTime, of: 'l.' }) : 'l.prediction_id';
  const at = knownAtSql(spec, 'l.moment', 'fed.arrival');
  const on = `fed.id = ${id} AND ${at} <= ${instantLiteral(asOf)}`;
  return [knownLabels(spec, asOf), { name: 'fed', sql: `SELECT * FROM ${labelsAtSql(asOf)}`, on, at }];
}

/** Feedback, and by what of the log it is joined. */
interface Fed {
  readonly asOf: Instant;
  /** Table expression of `outcomesSql`. */
  readonly fed: string;
  readonly subject: 'prediction_id' | 'key';
}

/** Feedback beside labels of another source: the first of each subject to arrive. The delay counts from what was predicted. */
function firstFeedback(spec: ModelSpec, { asOf, fed, subject }: Fed): LabelJoin {
  const name = `by_${subject}`;
  const said = typed(spec, 'label');
  const sql = `SELECT ${subject} AS id, arg_min(${said}, (arrived, label::VARCHAR)) AS label, min(arrived) AS arrival FROM ${fed}
      WHERE arrived <= ${instantLiteral(asOf)} AND ${subject} IS NOT NULL AND ${learnableSql(spec, said)} GROUP BY ${subject}`;
  const at = knownAtSql(spec, 'l.moment', `${name}.arrival`);
  return { name, sql, on: `${name}.id = l.${subject} AND ${at} <= ${instantLiteral(asOf)}`, at };
}

/** Labels of the source. */
function knownLabels(spec: ModelSpec, asOf: Instant): LabelJoin {
  const limit = instantLiteral(asOf);
  const own = labelSource(spec);
  if (own === undefined || own.feedback) {
    const delay = delaySql(spec);
    const label = own === undefined ? 'label' : 'own_label';
    const sql = `SELECT key, arg_min(${label}, moment) AS label, min(moment) + ${delay} AS known_at FROM ${CANDIDATES}
      WHERE moment + ${delay} <= ${limit} GROUP BY key`;
    return { name: 'known', sql, on: 'known.key = l.key', at: 'known.known_at' };
  }
  // A label may come before its row is delivered: what was predicted is judged all the same.
  const at = knownAtSql(spec, 'l.moment', 'known.arrival');
  const id = own.join === 'key' ? 'l.key' : 'l.prediction_id';
  const on = `known.id = ${id} AND ${at} <= ${limit}`;
  return { name: 'known', sql: `SELECT * FROM ${labelsAtSql(asOf)}`, on, at };
}

const scoresSchema = z.array(z.number());

function toJudged(
  columns: readonly Column[],
  number: boolean,
): Omit<JudgedTable, 'rows' | 'naive' | 'unlabelled'> {
  const value = (index: number): Labels =>
    number ? numbersAt(columns, index) : presentTextAt(columns, index);
  return {
    predictionIds: presentTextAt(columns, 0),
    keys: presentTextAt(columns, 1),
    eventTimes: numbersAt(columns, 2),
    versions: numbersAt(columns, 3),
    roles: presentTextAt(columns, 4).map((role) => roleSchema.parse(role)),
    predictions: value(5),
    scores: textAt(columns, 6).map((scores) =>
      scores === null ? null : scoresSchema.parse(JSON.parse(scores)),
    ),
    labels: value(7),
    knownAt: numbersAt(columns, 8),
  };
}

function emptyJudged(spec: ModelSpec): JudgedTable {
  const none = (): Labels => (labelKind(spec) === 'number' ? new Float64Array(0) : []);
  return {
    rows: 0,
    predictionIds: [],
    keys: [],
    eventTimes: new Float64Array(0),
    versions: new Float64Array(0),
    roles: [],
    predictions: none(),
    scores: [],
    labels: none(),
    knownAt: new Float64Array(0),
    naive: [],
    unlabelled: 0,
  };
}
