import { createHash } from 'node:crypto';
import { mkdir, rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { epoch, instant } from '../../domain/references.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import { FEEDBACK } from '../../domain/spec/labels-section.js';
import { formatOf, readSql } from '../../engines/features/source-format.js';
import { identifier, literal, withDuck, type Duck } from '../../engines/features/duck.js';
import type { InputRow } from '../../client/sdk/infer.js';

/** Where a replay takes its data from and brings it to. */
export interface ReplayData {
  readonly spec: ModelSpec;
  /** Data root that holds all of the data already. */
  readonly from: string;
  /** Data root of the replay, to which rows and labels come when their time has come. */
  readonly to: string;
}

/** From ≤ time < to. */
export interface Between {
  readonly from: string;
  readonly to: string;
}

/** Before any event. */
export const BEGIN = '0001-01-01T00:00:00.000Z';

/** Brings the rows with event times in a span, and the labels that arrived in it, as one file each. Nothing to bring: no file. */
export async function deliver({ spec, from, to }: ReplayData, span: Between): Promise<void> {
  const { rows, eventTime, labels } = spec.source;
  await copySpan({ from, to, pattern: rows, time: eventTime }, span);
  if (labels.from === undefined || labels.arrival === undefined) return;
  await copySpan({ from, to, pattern: labels.from, time: labels.arrival }, span);
}

/** A row as a request, with the label that it will have. */
export interface ReplayRow {
  readonly inputs: InputRow;
  /** As text; null when it has none. */
  readonly label: string | null;
}

/** At most so many rows of a span, chosen by their key, in time order. */
export async function rowsIn({ spec, from }: ReplayData, span: Between, most: number): Promise<ReplayRow[]> {
  const { eventTime, key = eventTime } = spec.source;
  const columns = Object.entries(spec.features).map(([name, { type }]) => {
    const column = identifier(name);
    return `${type === 'number' ? `${column}::DOUBLE` : `${column}::VARCHAR`} AS ${column}`;
  });
  const named = key === eventTime ? [] : [`${identifier(key)}::VARCHAR AS "key"`];
  const found = await inDuck((duck) =>
    duck.rows(
      `SELECT ${[...columns, ...named].join(', ')}, epoch_ms(${timeOf(eventTime)})::DOUBLE AS ms, ${identifier(key)}::VARCHAR AS chosen,
         told::VARCHAR AS told
       FROM ${withLabels(from, spec)} WHERE ${inSpan(eventTime, span)} ORDER BY ms, chosen`,
    ),
  );
  const rows = found.map(({ ms, chosen, told, ...row }) => ({
    chosen: createHash('md5').update(String(chosen)).digest('hex'),
    inputs: { ...row, event_time: instant(Number(ms)) },
    label: told === null || told === undefined ? null : String(told),
  }));
  const limit = rows.map(({ chosen }) => chosen).sort()[most - 1] ?? '~';
  return rows.filter(({ chosen }) => chosen <= limit).map(({ inputs, label }) => ({ inputs, label }));
}

function withLabels(root: string, { source, task }: ModelSpec): string {
  const rows = relation(root, source.rows);
  const label = identifier(task.label);
  if (source.labels.from === undefined || source.labels.from === FEEDBACK)
    return `(SELECT *, ${label} AS told FROM ${rows})`;
  const key = identifier(source.key ?? source.eventTime);
  const named = identifier(source.labels.key ?? source.key ?? source.eventTime);
  const labels = `(SELECT ${named} AS named, ${label} AS told FROM ${relation(root, source.labels.from)})`;
  return `(SELECT r.*, l.told FROM ${rows} r LEFT JOIN ${labels} l ON l.named::VARCHAR = r.${key}::VARCHAR)`;
}

async function copySpan(
  { from, to, pattern, time }: { from: string; to: string; pattern: string; time: string },
  span: Between,
): Promise<void> {
  const name = span.from.slice(0, 10);
  const path = join(to, pattern.replace('*', name));
  await mkdir(dirname(path), { recursive: true });
  const format = formatOf([pattern]) === 'csv' ? '(FORMAT csv, HEADER)' : '(FORMAT parquet)';
  // A source of one file is that file grown.
  const since = pattern.includes('*') ? span.from : BEGIN;
  const rows = `${relation(from, pattern)} WHERE ${inSpan(time, { from: since, to: span.to })}`;
  const temporary = join(dirname(path), `.${name}.tmp`);
  await inDuck(async (duck) => {
    const { n } = await duck.row(`SELECT count(*) AS n FROM ${rows}`);
    if (Number(n) === 0) return;
    await duck.run(
      `COPY (SELECT * FROM ${rows} ORDER BY ${identifier(time)}) TO ${literal(temporary)} ${format}`,
    );
    await rename(temporary, path);
  });
}

const relation = (root: string, pattern: string): string =>
  readSql(formatOf([pattern]), [join(root, pattern)]);

const timeOf = (column: string): string => `${identifier(column)}::VARCHAR::TIMESTAMP`;

const inSpan = (column: string, { from, to }: Between): string =>
  `epoch_ms(${timeOf(column)}) >= ${epoch(from)} AND epoch_ms(${timeOf(column)}) < ${epoch(to)}`;

const inDuck = <T>(use: (duck: Duck) => Promise<T>): Promise<T> =>
  withDuck({ threads: 1, memoryLimit: '500MB', tempDirectory: tmpdir() }, use);
