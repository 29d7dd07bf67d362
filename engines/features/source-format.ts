import { PerennialError } from '../../domain/errors.js';
import { literal, type Duck } from './duck.js';

/** A file format that rows may come in. Text formats carry every CSV column as text until the spec says what it is. */
export type SourceFormat = 'parquet' | 'csv' | 'json';

const FORMATS: readonly { readonly pattern: RegExp; readonly format: SourceFormat }[] = [
  { pattern: /\.parquet$/i, format: 'parquet' },
  { pattern: /\.(csv|tsv)$/i, format: 'csv' },
  { pattern: /\.(jsonl|ndjson|json)$/i, format: 'json' },
];

/** The one format of a source's files, by their names. Throws `source-format` for an unknown or a mixed set. */
export function formatOf(paths: readonly string[]): SourceFormat {
  const found = new Set(paths.map((path) => FORMATS.find(({ pattern }) => pattern.test(path))?.format));
  const [format] = found;
  if (format !== undefined && found.size === 1) return format;
  throw new PerennialError({
    type: 'source-format',
    thing: 'source.rows',
    value: found.size > 1 ? `a mix of formats, e.g. ${paths[0] ?? ''}` : (paths[0] ?? ''),
    allowed: 'files of one format: .parquet, .csv, .tsv, .jsonl, .ndjson or .json',
    next: 'Name files of one format in the spec.',
  });
}

/**
 * The rows of staged files as a SQL table expression; columns are matched by name, absent ones are null. `fileColumn` names a further
 * column with the staged path that a row is from.
 */
export function readSql(format: SourceFormat, staged: readonly string[], fileColumn?: string): string {
  const files = `[${staged.map(literal).join(', ')}]${fileColumn === undefined ? '' : `, filename = ${literal(fileColumn)}`}`;
  switch (format) {
    case 'parquet':
      return `read_parquet(${files}, union_by_name = true)`;
    case 'csv':
      // The header is the first line: without `skip`, one bad line makes the engine skip all before it and take a row for the header.
      return `read_csv(${files}, union_by_name = true, header = true, skip = 0, all_varchar = true, nullstr = '')`;
    case 'json':
      return `read_json(${files}, union_by_name = true, sample_size = -1, maximum_depth = 1)`;
  }
}

/** SQL that counts the rows of one staged file, or fails when it cannot be read. */
export function countSql(format: SourceFormat, staged: string): string {
  if (format === 'parquet') return `SELECT num_rows AS n FROM parquet_file_metadata(${literal(staged)})`;
  return `SELECT count(*) AS n FROM ${readSql(format, [staged])}`;
}

/**
 * The column names that one staged file itself states, in order and with repetitions, or undefined for JSON, whose columns are
 * those of its objects.
 */
export async function statedColumns(
  duck: Duck,
  format: SourceFormat,
  staged: string,
): Promise<string[] | undefined> {
  switch (format) {
    case 'parquet': {
      const schema = await duck.rows(
        `SELECT name, num_children FROM parquet_schema(${literal(staged)}) OFFSET 1`,
      );
      return topLevel(
        schema.map((row) => ({ name: String(row['name']), children: Number(row['num_children'] ?? 0) })),
      );
    }
    case 'csv': {
      const [header] = await duck.rows(
        `FROM read_csv(${literal(staged)}, header = false, skip = 0, all_varchar = true) LIMIT 1`,
      );
      return Object.values(header ?? {}).map((name) => (name === null ? '' : String(name)));
    }
    case 'json':
      return undefined;
  }
}

/** A Parquet schema lists nested columns after their parent; only those of the first level are columns. */
function topLevel(schema: readonly { readonly name: string; readonly children: number }[]): string[] {
  const names: string[] = [];
  let nested = 0;
  for (const { name, children } of schema) {
    if (nested === 0) names.push(name);
    else nested -= 1;
    nested += children;
  }
  return names;
}
