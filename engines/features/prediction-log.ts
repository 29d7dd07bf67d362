import { instantSql } from './column-sql.js';
import { literal } from './duck.js';

/** Event times from < t ≤ to: a label at `to` is known when to + delay is reached. */
export interface LogSpan {
  readonly from: string;
  readonly to: string;
}

/**
 * Prediction log segments (NDJSON of `predictionRowSchema`) as table expression: prediction_id, version, role, key, moment
 * (TIMESTAMPTZ), prediction, scores and inputs (JSON). A row that was logged twice counts once; of two that say different things (an
 * imported log may hold an id again) the one with the earlier event time, then by content, so that every look sees the same. Where rows
 * are identified by event time, the key is the instant in its stored form, however the client wrote it.
 */
export function predictionsSql(files: readonly string[], keyIsTime: boolean): string {
  const columns = {
    prediction_id: 'VARCHAR',
    version: 'INTEGER',
    role: 'VARCHAR',
    key: 'VARCHAR',
    event_time: 'TIMESTAMPTZ',
    prediction: 'JSON',
    scores: 'JSON',
    inputs: 'JSON',
  };
  const key = keyIsTime ? instantSql('event_time') : 'key';
  return `(SELECT prediction_id, version, role, ${key} AS key, event_time AS moment, prediction, scores, inputs
    FROM ${ndjson(files, columns)}
    QUALIFY row_number() OVER (PARTITION BY prediction_id, version, role
      ORDER BY event_time, key, prediction, scores, inputs) = 1)`;
}

/**
 * What a label of a logged prediction is about: the row's key; the prediction itself where none was sent, and the log has the event time
 * in its place, which other rows may share.
 */
export function subjectSql(
  moment: string,
  { keyIsTime, of = '' }: { readonly keyIsTime: boolean; readonly of?: string },
): string {
  const time = instantSql(moment);
  return keyIsTime ? time : `(CASE WHEN ${of}key = ${time} THEN ${of}prediction_id ELSE ${of}key END)`;
}

/** Keys of logged predictions as a query: prediction_id and key, once for each id of `wanted` (a query) that the log has. */
export function predictionKeysSql(
  files: readonly string[],
  { keyIsTime, wanted }: { readonly keyIsTime: boolean; readonly wanted: string },
): string {
  const columns = { prediction_id: 'VARCHAR', key: 'VARCHAR', event_time: 'TIMESTAMPTZ' };
  const key = subjectSql('event_time', { keyIsTime });
  return `SELECT prediction_id, arg_min(${key}, (event_time, key)) AS key FROM ${ndjson(files, columns)}
    WHERE prediction_id IN (${wanted}) GROUP BY prediction_id`;
}

/**
 * Feedback segments (NDJSON of `outcomeRowSchema`) as table expression: prediction_id, key (NULL where none is named), label (JSON),
 * moment, arrived. Where rows are identified by event time, a key that is a time names the row; else the event time does, unless a
 * prediction is named.
 */
export function outcomesSql(files: readonly string[], keyIsTime: boolean): string {
  const columns = {
    prediction_id: 'VARCHAR',
    key: 'VARCHAR',
    label: 'JSON',
    event_time: 'TIMESTAMPTZ',
    arrived_at: 'TIMESTAMPTZ',
  };
  const time = `coalesce(try_cast(nullif(key, '') AS TIMESTAMPTZ), CASE WHEN prediction_id IS NULL THEN event_time END)`;
  const key = keyIsTime ? instantSql(time) : "nullif(key, '')";
  const relation = files.length === 0 ? emptyOf(columns) : ndjson(files, columns);
  return `(SELECT prediction_id, ${key} AS key, label, event_time AS moment, arrived_at AS arrived FROM ${relation})`;
}

function ndjson(files: readonly string[], columns: Record<string, string>): string {
  const types = Object.entries(columns).map(([name, type]) => `${name}: '${type}'`);
  return `read_json([${files.map(literal).join(', ')}], format = 'newline_delimited', columns = {${types.join(', ')}})`;
}

function emptyOf(columns: Record<string, string>): string {
  const nulls = Object.entries(columns).map(([name, type]) => `NULL::${type} AS ${name}`);
  return `(SELECT ${nulls.join(', ')} WHERE false)`;
}
