import { z } from 'zod';
import type { ModelSpec } from '../../domain/spec/spec.js';
import { labelKind } from './candidates.js';
import { epochMs, numbersAt, presentTextAt, readColumns, textAt } from './columns.js';
import { count, instantLiteral, withDuck } from './duck.js';
import type { EngineConfig } from './engine-config.js';
import { loggedColumns, tableOfLogged } from './logged-inputs.js';
import { predictionsSql, type LogSpan } from './prediction-log.js';
import type { Labels, Table } from './table.js';

/** Which logged predictions to read. */
export interface LoggedPredictionsRequest extends LogSpan {
  readonly spec: ModelSpec;
  readonly predictionFiles: readonly string[];
}

/** What champions said, whether or not a label came, in columns by event time and prediction id. */
export interface LoggedPredictions {
  readonly predictionIds: readonly string[];
  readonly versions: Float64Array;
  readonly predictions: Labels;
  /** Class scores in the order of the version's classes; null for regression. */
  readonly scores: readonly (readonly number[] | null)[];
  /** The inputs; its labels are NaN. */
  readonly inputs: Table;
}

/** Every row that a champion scored, event times from < t ≤ to, with its inputs and what was said. Empty without log files. */
export async function loggedPredictions(
  config: EngineConfig,
  { spec, predictionFiles, from, to }: LoggedPredictionsRequest,
): Promise<LoggedPredictions | null> {
  if (predictionFiles.length === 0) return null;
  const number = labelKind(spec) === 'number';
  const { select, kinds } = loggedColumns(spec.features);
  const said = number
    ? `coalesce(try_cast(prediction ->> '$' AS DOUBLE), 'NaN'::DOUBLE)`
    : `(prediction ->> '$')`;
  return withDuck(config.limits, async (duck) => {
    await duck.run(`CREATE TABLE logged AS SELECT * FROM ${predictionsSql(predictionFiles, false)}
      WHERE role = 'champion' AND moment > ${instantLiteral(from)} AND moment <= ${instantLiteral(to)}`);
    const rows = count((await duck.row('SELECT count(*) AS n FROM logged'))['n']);
    const last = ['prediction_id', 'version::DOUBLE', said, `nullif(scores::VARCHAR, 'null')`];
    const sql = `SELECT ${['key', epochMs('moment'), ...select, ...last].join(', ')} FROM logged ORDER BY moment, prediction_id`;
    const value = number ? ('number' as const) : ('text' as const);
    const { columns } = await readColumns(duck, {
      sql,
      kinds: ['text', 'number', ...kinds, 'text', 'number', value, 'text'],
      rows,
    });
    const at = 2 + kinds.length;
    return {
      predictionIds: presentTextAt(columns, at),
      versions: numbersAt(columns, at + 1),
      predictions: number ? numbersAt(columns, at + 2) : presentTextAt(columns, at + 2),
      scores: textAt(columns, at + 3).map((text) =>
        text === null ? null : scoresSchema.parse(JSON.parse(text)),
      ),
      inputs: tableOfLogged(spec.features, columns, rows),
    };
  });
}

const scoresSchema = z.array(z.number());
