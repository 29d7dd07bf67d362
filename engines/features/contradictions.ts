import { count, literal, withDuck, type DuckLimits } from './duck.js';

/** NDJSON files of predictions and of labels. */
export interface LogFiles {
  readonly predictions: readonly string[];
  readonly outcomes: readonly string[];
}

/** Where two logs say different things. */
export interface Contradictions {
  /** Predictions of one id and version with another event time, key, inputs or scores. */
  readonly predictions: number;
  /** Labels of one id and arrival that differ. */
  readonly labels: number;
  /** Ids of the first few, in text order. */
  readonly first: readonly string[];
}

const SHOWN = 5;

/** What a log says otherwise than logs that were taken before. Rows that both hold alike contradict nothing. */
export async function contradictions(
  limits: DuckLimits,
  ours: LogFiles,
  taken: LogFiles,
): Promise<Contradictions> {
  if (taken.predictions.length === 0) return { predictions: 0, labels: 0, first: [] };
  return withDuck(limits, async (duck) => {
    const said = `prediction_id || '/' || version AS subject, prediction_id AS id, md5(concat_ws(' ', key, event_time, prediction, scores, inputs)) AS content`;
    await duck.run(`CREATE TABLE otherwise AS ${differing(said, ours.predictions, taken.predictions)}`);
    const told = `prediction_id || '/' || arrived_at AS subject, prediction_id AS id, label AS content`;
    const labels =
      ours.outcomes.length === 0 || taken.outcomes.length === 0
        ? 'SELECT NULL::VARCHAR AS id WHERE false'
        : differing(told, ours.outcomes, taken.outcomes);
    await duck.run(`CREATE TABLE relabelled AS ${labels}`);
    const seen = await duck.row(
      `SELECT (SELECT count(*) FROM otherwise) AS predictions, (SELECT count(*) FROM relabelled) AS labels`,
    );
    const first = await duck.rows(
      `SELECT DISTINCT id FROM (FROM otherwise UNION ALL FROM relabelled) ORDER BY id LIMIT ${SHOWN}`,
    );
    return {
      predictions: count(seen['predictions']),
      labels: count(seen['labels']),
      first: first.map(({ id }) => String(id)),
    };
  });
}

/** Ids whose content differs between two sets of files, as a query. */
function differing(columns: string, ours: readonly string[], taken: readonly string[]): string {
  return `SELECT DISTINCT o.id FROM (SELECT ${columns} FROM ${texts(ours)}) o
    JOIN (SELECT ${columns} FROM ${texts(taken)}) t ON t.subject = o.subject AND t.content IS DISTINCT FROM o.content`;
}

const NAMES = [
  'prediction_id',
  'version',
  'key',
  'event_time',
  'prediction',
  'scores',
  'inputs',
  'label',
  'arrived_at',
];

/** Members as they are written. */
function texts(files: readonly string[]): string {
  const types = NAMES.map((name) => `${name}: 'VARCHAR'`).join(', ');
  return `read_json([${files.map(literal).join(', ')}], format = 'newline_delimited', columns = {${types}})`;
}
