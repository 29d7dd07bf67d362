import type { ModelSpec } from '../../domain/spec/spec.js';
import { epochMs, numbersAt, orNaN, presentTextAt, readColumns, textAt } from './columns.js';
import { count, instantLiteral, literal, withDuck } from './duck.js';
import type { EngineConfig } from './engine-config.js';
import { predictionsSql, type LogSpan } from './prediction-log.js';
import type { Table } from './table.js';

/** Which logged inputs to read. */
export interface LoggedInputsRequest extends LogSpan {
  readonly predictionFiles: readonly string[];
  readonly features: ModelSpec['features'];
}

/** A feature of the logged inputs as SQL: DOUBLE for numbers, VARCHAR for categories, NULL where it was missing. */
export function loggedSql(name: string, type: 'number' | 'category'): string {
  const text = `nullif(inputs ->> ${literal(`/${name}`)}, '')`;
  return type === 'number' ? `try_cast(${text} AS DOUBLE)` : text;
}

/**
 * The raw inputs that the champion scored, one row per request, event times from < t ≤ to, ordered by event time and prediction
 * id. The table has no labels: `label` is NaN in every row.
 */
export async function loggedInputs(config: EngineConfig, request: LoggedInputsRequest): Promise<Table> {
  const { predictionFiles, features, from, to } = request;
  const { select, kinds } = loggedColumns(features);
  if (predictionFiles.length === 0)
    return tableOfLogged(features, [[], new Float64Array(0), ...kinds.map(empty)], 0);
  return withDuck(config.limits, async (duck) => {
    await duck.run(`CREATE TABLE logged AS SELECT * FROM ${predictionsSql(predictionFiles, false)}
      WHERE role = 'champion' AND moment > ${instantLiteral(from)} AND moment <= ${instantLiteral(to)}`);
    const rows = count((await duck.row('SELECT count(*) AS n FROM logged'))['n']);
    const sql = `SELECT ${['key', epochMs('moment'), ...select].join(', ')} FROM logged ORDER BY moment, prediction_id`;
    const { columns } = await readColumns(duck, { sql, kinds: ['text', 'number', ...kinds], rows });
    return tableOfLogged(features, columns, rows);
  });
}

/** The features as columns for `readColumns`, in their order. */
export function loggedColumns(features: ModelSpec['features']): {
  readonly select: string[];
  readonly kinds: ('number' | 'text')[];
} {
  const names = Object.entries(features);
  return {
    select: names.map(([name, { type }]) =>
      type === 'number' ? orNaN(loggedSql(name, type)) : loggedSql(name, type),
    ),
    kinds: names.map(([, { type }]) => (type === 'number' ? 'number' : 'text')),
  };
}

const empty = (kind: 'number' | 'text'): Float64Array | string[] =>
  kind === 'number' ? new Float64Array(0) : [];

/** Rows read as key, event time, features in their order, and perhaps more. */
export function tableOfLogged(
  features: ModelSpec['features'],
  columns: readonly (Float64Array | (string | null)[])[],
  rows: number,
): Table {
  const numbers: Record<string, Float64Array> = {};
  const categories: Record<string, (string | null)[]> = {};
  for (const [index, [name, { type }]] of Object.entries(features).entries()) {
    if (type === 'number') numbers[name] = numbersAt(columns, index + 2);
    else categories[name] = textAt(columns, index + 2);
  }
  return {
    rows,
    keys: presentTextAt(columns, 0),
    eventTimes: numbersAt(columns, 1),
    numbers,
    categories,
    label: new Float64Array(rows).fill(Number.NaN),
  };
}
