import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { PerennialError } from '../../domain/errors.js';
import { identifier } from '../features/duck.js';

/** What a column of a file holds. */
export type TableColumnKind = 'number' | 'category' | 'time';

/** One column of a table. */
export interface TableColumn {
  readonly name: string;
  readonly kind: TableColumnKind;
}

/** A file, or many, opened for reading column by column. */
export interface TableFile {
  readonly rows: number;
  readonly columns: readonly TableColumn[];
  /** A column as numbers, in file order; NaN where it is missing or no number. Booleans are 0 and 1, times milliseconds. */
  numbers(name: string): Promise<Float64Array>;
  /** A column as texts, in file order; null where it is missing. */
  texts(name: string): Promise<(string | null)[]>;
  /** How often each text of a column occurs; counted in the database, so that no row leaves it. */
  counts(name: string): Promise<{ counts: Map<string, number>; missing: number }>;
}

/** Each column is read once, so its bytes are not kept; the directory of a wide Parquet file is, instead of parsed for each column. */
const readOnce = 'set enable_external_file_cache = false; set parquet_metadata_cache = true';

/**
 * Opens CSV (`.csv`, `.tsv`, `.txt`) or Parquet files for the length of `use`: one path, or a glob such as `data/*.parquet`,
 * whose files are read in the order of their names. Throws `rows-unreadable` for files that are missing or unreadable and
 * `bad-input` for a column that is not there.
 */
export async function withTable<T>(path: string, use: (table: TableFile) => Promise<T>): Promise<T> {
  const instance = await DuckDBInstance.create(':memory:');
  try {
    const connection = await instance.connect();
    try {
      await connection.run(readOnce);
      return await use(await openTable(connection, path));
    } finally {
      connection.closeSync();
    }
  } finally {
    instance.closeSync();
  }
}

async function openTable(connection: DuckDBConnection, path: string): Promise<TableFile> {
  const source = sourceOf(path);
  const described = await reading(path, () => connection.runAndReadAll(`describe select * from ${source}`));
  const typed = described
    .getRowsJS()
    .map(([name, type]) => ({ name: String(name), kind: kindOf(String(type)), text: type === 'VARCHAR' }));
  const texts = typed.filter((c) => c.text);
  const times = await reading(path, () => timesAmong(connection, source, texts));
  const columns = typed.map(({ name, kind }): TableColumn => ({
    name,
    kind: times.has(name) ? 'time' : kind,
  }));
  const counted = await reading(path, () =>
    connection.runAndReadAll(`select count(*)::double from ${source}`),
  );
  const rows = Number(counted.getRowsJS()[0]?.[0] ?? 0);
  const column = (name: string): TableColumn => {
    const found = columns.find((c) => c.name === name);
    if (found) return found;
    const allowed = `one of ${columns.map((c) => c.name).join(', ')}`;
    throw new PerennialError({
      type: 'bad-input',
      thing: `column of ${path}`,
      value: name,
      allowed,
      next: 'Name a column of the file.',
    });
  };
  return {
    rows,
    columns,
    numbers: (name) => reading(path, () => readNumbers(connection, numberSql(column(name)), source, rows)),
    texts: (name) =>
      reading(path, async () => {
        const reader = await connection.runAndReadAll(
          `select ${identifier(column(name).name)}::varchar from ${source}`,
        );
        return (reader.getColumnsJS()[0] ?? []).map((cell) => (typeof cell === 'string' ? cell : null));
      }),
    counts: (name) =>
      reading(path, async () => {
        const cell = `${identifier(column(name).name)}::varchar`;
        const reader = await connection.runAndReadAll(
          `select ${cell} as cell, count(*)::double from ${source} group by cell order by cell`,
        );
        const counts = new Map<string, number>();
        let missing = 0;
        for (const [text, count] of reader.getRowsJS()) {
          if (typeof text === 'string') counts.set(text, Number(count));
          else missing = Number(count);
        }
        return { counts, missing };
      }),
  };
}

/** Columns of text whose first 1,000 rows are all times, where they are not missing. */
async function timesAmong(
  connection: DuckDBConnection,
  source: string,
  columns: readonly { name: string }[],
): Promise<Set<string>> {
  if (columns.length === 0) return new Set();
  const isTime = columns.map(
    ({ name }) => `bool_and(try_cast(${identifier(name)} as timestamp) is not null)
    filter (${identifier(name)} is not null)`,
  );
  const names = columns.map(({ name }) => identifier(name)).join(', ');
  const reader = await connection.runAndReadAll(
    `select ${isTime.join(', ')} from (select ${names} from ${source} limit 1000)`,
  );
  const answers = reader.getRowsJS()[0] ?? [];
  return new Set(columns.flatMap(({ name }, i) => (answers[i] === true ? [name] : [])));
}

/** Rows up to which a column is read at once, in the database's own threads while others compute; longer ones are streamed. */
const AT_ONCE = 4_000_000;

/** Fills one column from the chunks of a result. */
async function readNumbers(
  connection: DuckDBConnection,
  cell: string,
  source: string,
  rows: number,
): Promise<Float64Array> {
  const values = new Float64Array(rows);
  const sql = `select coalesce(${cell}, 'nan'::double) from ${source}`;
  const result = await (rows <= AT_ONCE ? connection.run(sql) : connection.stream(sql));
  let at = 0;
  for (
    let chunk = await result.fetchChunk();
    chunk && chunk.rowCount > 0;
    chunk = await result.fetchChunk()
  ) {
    const vector: unknown = chunk.getColumnVector(0);
    // The vector's own array is there in this version; the public getter is the way without it, and some ten times slower.
    const items =
      typeof vector === 'object' && vector !== null && 'items' in vector ? vector.items : undefined;
    if (items instanceof Float64Array) values.set(items.subarray(0, chunk.rowCount), at);
    else chunk.getColumnValues(0).forEach((v, i) => (values[at + i] = Number(v)));
    at += chunk.rowCount;
  }
  return values;
}

function sourceOf(path: string): string {
  const literal = `'${path.replaceAll("'", "''")}'`;
  if (/\.(parquet|pq)$/i.test(path)) return `read_parquet(${literal})`;
  if (/\.(csv|tsv|txt)(\.gz)?$/i.test(path)) return `read_csv(${literal}, sample_size = -1)`;
  throw new PerennialError({
    type: 'rows-unreadable',
    thing: 'file',
    value: path,
    allowed: 'a path or glob that ends in .parquet, .csv, .tsv or .txt',
    next: 'Give a CSV or Parquet file.',
  });
}

function kindOf(type: string): TableColumnKind {
  if (/^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL.*)$/.test(type)) return 'number';
  return /^(DATE|TIME|TIMESTAMP)/.test(type) ? 'time' : 'category';
}

function numberSql({ name, kind }: TableColumn): string {
  return kind === 'time'
    ? `epoch_ms(try_cast(${identifier(name)} as timestamp))::double`
    : `try_cast(${identifier(name)} as double)`;
}

/** Runs a query; what the database says about a file becomes an error about that file. */
async function reading<T>(path: string, query: () => Promise<T>): Promise<T> {
  try {
    return await query();
  } catch (error) {
    if (error instanceof PerennialError) throw error;
    const said = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw new PerennialError(
      {
        type: 'rows-unreadable',
        thing: 'file',
        value: path,
        allowed: `CSV or Parquet that can be read (${said})`,
        next: 'Check the path and the format.',
      },
      { cause: error },
    );
  }
}
