import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import type { ModelSpec } from '../../domain/spec/spec.js';
import type { Table } from '../../engines/features/table.js';

const FILE = fileURLToPath(new URL('../../examples/bike-sharing/bike-sharing.parquet', import.meta.url));

/** Every hour of the bike data with the spec's features and label, in time order; event times in epoch milliseconds. */
export async function readRides(spec: ModelSpec): Promise<Table> {
  const features = Object.entries(spec.features);
  const columns = features.map(([name, { type }]) =>
    type === 'number' ? `"${name}"::DOUBLE AS "${name}"` : `"${name}"::VARCHAR AS "${name}"`,
  );
  const sql = `SELECT epoch_ms(event_time)::DOUBLE AS moment, "${spec.task.label}"::DOUBLE AS label, ${columns.join(', ')}
    FROM '${FILE.replaceAll("'", "''")}' ORDER BY moment`;
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const read = (await connection.runAndReadAll(sql)).getColumnsObject();
    const column = (name: string) => read[name] ?? [];
    const numbers = (name: string): Float64Array =>
      Float64Array.from(column(name), (cell) => (cell === null ? Number.NaN : Number(cell)));
    const texts = (name: string): (string | null)[] =>
      column(name).map((cell) => (cell === null ? null : String(cell)));
    const of = <T>(type: 'number' | 'category', cells: (name: string) => T): Record<string, T> =>
      Object.fromEntries(
        features.filter(([, feature]) => feature.type === type).map(([name]) => [name, cells(name)]),
      );
    const eventTimes = numbers('moment');
    return {
      rows: eventTimes.length,
      keys: Array.from(eventTimes, String),
      eventTimes,
      numbers: of('number', numbers),
      categories: of('category', texts),
      label: numbers('label'),
    };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
