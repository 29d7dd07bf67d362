import type { DuckDBConnection } from '@duckdb/node-api';
import { PerennialError } from '../../domain/errors.js';
import { readSql, type SourceFormat } from '../features/source-format.js';

const NEXT = 'Name a .csv, .tsv, .parquet, .jsonl, .ndjson or .json file, or a glob of them.';

/**
 * Makes the table `raw` of a file or glob, read as the feature engine reads it, and gives its columns. Throws `rows-unreadable` for
 * what is missing, no rows, of another format, or has no names for its columns.
 */
export async function openRaw(
  connection: DuckDBConnection,
  path: string,
): Promise<{ readonly name: string; readonly type: string }[]> {
  const format = formatNamed(path);
  try {
    const kept = format === 'parquet' ? 'VIEW' : 'TABLE';
    await connection.run(`CREATE ${kept} raw AS SELECT * FROM ${readSql(format, [path])}`);
  } catch (error) {
    throw refused(path, error instanceof Error ? error.message : '');
  }
  const described = (await connection.runAndReadAll('DESCRIBE raw')).getRowsJS();
  const columns = described.map(([name, type]) => ({ name: String(name), type: String(type) }));
  if (format === 'csv')
    requireHeader(
      path,
      columns.map(({ name }) => name),
    );
  return columns;
}

function formatNamed(path: string): SourceFormat {
  if (/\.parquet$/i.test(path)) return 'parquet';
  if (/\.(csv|tsv)$/i.test(path)) return 'csv';
  if (/\.(jsonl|ndjson|json)$/i.test(path)) return 'json';
  throw unreadable(path, 'has an unknown ending');
}

function refused(path: string, message: string): PerennialError {
  if (/No files found/.test(message)) return unreadable(path, 'does not exist');
  if (/not utf-?8/i.test(message))
    return unreadable(
      path,
      'is not written in UTF-8',
      'Save it as UTF-8, for instance with `iconv -f latin1 -t utf8`.',
    );
  const reason = message.split('\n')[0]?.replace(/^[A-Za-z ]*Error: /, '') ?? '';
  return unreadable(path, `cannot be read as rows: ${reason}`);
}

/** The first line of a CSV file names the columns; numbers are no names, and a single one with separators in it was not split. */
function requireHeader(path: string, names: readonly string[]): void {
  const [only = ''] = names;
  if (names.length === 1 && /[,;\t|]/.test(only))
    throw unreadable(
      path,
      `could not be split into columns at '${only}'`,
      'Give every line as many cells as the first has, with the same separator.',
    );
  const numbers = names.filter((name) => name.trim() !== '' && Number.isFinite(Number(name)));
  if (numbers.length > names.length / 3)
    throw unreadable(
      path,
      `has no names for its columns: its first line is ${names.slice(0, 5).join(', ')}`,
      'Write the names of the columns in the first line.',
    );
}

/** The error for a data file that cannot be used; `why` goes on from "it". */
export const unreadable = (path: string, why: string, next = NEXT): PerennialError =>
  new PerennialError({
    type: 'rows-unreadable',
    thing: 'data file',
    value: path,
    allowed: `a file with rows; it ${why}`,
    next,
  });
