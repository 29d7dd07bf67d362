import { z } from 'zod';
import { PerennialError } from '../../domain/errors.js';
import { literal, type Duck } from './duck.js';

const nodeSchema = z.record(z.string(), z.unknown());
type Node = z.infer<typeof nodeSchema>;

const parsedSchema = z.object({
  error: z.boolean(),
  error_type: z.string().optional(),
  error_message: z.string().optional(),
  statements: z.array(nodeSchema).default([]),
});

/** Tables that `source.sql` may name, besides its own common table expressions. */
const TABLES = ['rows', 'labels'];
const TABLE_FUNCTIONS = ['unnest', 'range', 'generate_series'];
/** Kinds of table reference that read nothing but the tables above. */
const REFERENCES = ['BASE_TABLE', 'SUBQUERY', 'JOIN', 'TABLE_FUNCTION', 'EMPTY', 'EXPRESSION_LIST', 'PIVOT'];
/** Clock words that the grammar takes for columns. */
const CLOCK_WORDS = ['current_date', 'current_timestamp', 'current_time', 'localtime', 'localtimestamp'];
/** Functions that read the machine or run text, though the engine calls them consistent. */
const READERS = [
  'current_setting',
  'getenv',
  'getvariable',
  'query',
  'query_table',
  'current_user',
  'session_user',
];

/**
 * Refuses SQL that could read anything but `rows` and `labels`, or give another result tomorrow: anything but one SELECT, other
 * tables, files, table functions, samples, parameters, clocks, random numbers. The statement is parsed by the engine itself, not
 * searched as text. The database is locked besides, so that what this check misses still reaches nothing.
 */
export async function checkUserSql(duck: Duck, sql: string): Promise<void> {
  const { tree } = await duck.row(`SELECT json_serialize_sql(${literal(sql)})::VARCHAR AS tree`);
  const parsed = parsedSchema.parse(JSON.parse(String(tree)));
  if (parsed.error && parsed.error_type === 'parser')
    throw refused(parsed.error_message ?? 'it cannot be parsed');
  if (parsed.error) throw refused('it is not a SELECT');
  if (parsed.statements.length !== 1) throw refused(`it holds ${parsed.statements.length} statements`);
  const unstable = await unstableFunctions(duck);
  const tables = new Set([...TABLES, ...expressionNames(parsed.statements)]);
  visit(parsed.statements, (node) => {
    const why = refusalOf(node, tables, unstable);
    if (why !== undefined) throw refused(why);
  });
}

/** A refusal of `source.sql` that says why. */
export function refused(why: string, options?: ErrorOptions): PerennialError {
  return new PerennialError(
    {
      type: 'sql-refused',
      thing: `source.sql: ${why}`,
      allowed: 'one SELECT over the tables rows and labels, without files, clocks or random numbers',
      next: 'Change the statement in the spec.',
    },
    options,
  );
}

function refusalOf(
  node: Node,
  tables: ReadonlySet<string>,
  unstable: ReadonlySet<string>,
): string | undefined {
  if (isObject(node['sample'])) return 'it samples rows, which differs from run to run';
  if (node['class'] === 'PARAMETER') return 'it has parameters';
  const type = String(node['type']);
  if (type === 'BASE_TABLE') return tableRefusal(node, tables);
  if ('query_location' in node && type === 'SHOW_REF') return 'it describes the database';
  if (isObject(node['from_table']) && !REFERENCES.includes(String(node['from_table']['type']))) {
    return `it reads from ${String(node['from_table']['type']).toLowerCase()}`;
  }
  if (type === 'TABLE_FUNCTION' && isObject(node['function'])) {
    const name = String(node['function']['function_name']);
    return TABLE_FUNCTIONS.includes(name) ? undefined : `it calls the table function ${name}()`;
  }
  if (type === 'COLUMN_REF') {
    const names = Array.isArray(node['column_names']) ? node['column_names'].map(String) : [];
    const [word = ''] = names;
    return names.length === 1 && CLOCK_WORDS.includes(word.toLowerCase())
      ? `it reads the clock (${word})`
      : undefined;
  }
  return node['class'] === 'FUNCTION' || node['class'] === 'WINDOW'
    ? functionRefusal(node, unstable)
    : undefined;
}

function tableRefusal(node: Node, tables: ReadonlySet<string>): string | undefined {
  const name = String(node['table_name']);
  const qualified = node['schema_name'] !== '' || node['catalog_name'] !== '';
  return !qualified && tables.has(name.toLowerCase()) ? undefined : `it reads the table or file '${name}'`;
}

function functionRefusal(node: Node, unstable: ReadonlySet<string>): string | undefined {
  const name = String(node['function_name']).toLowerCase();
  if (READERS.includes(name)) return `it calls ${name}(), which reads the machine`;
  const oneArgument = Array.isArray(node['children']) && node['children'].length === 1;
  const clock = name === 'age' && oneArgument;
  return clock || unstable.has(name) ? `it calls ${name}(), whose result differs from run to run` : undefined;
}

async function unstableFunctions(duck: Duck): Promise<ReadonlySet<string>> {
  const rows = await duck.rows(
    `SELECT DISTINCT lower(function_name) AS name FROM duckdb_functions() WHERE stability IN ('VOLATILE', 'CONSISTENT_WITHIN_QUERY')`,
  );
  return new Set(rows.map((row) => String(row['name'])));
}

function expressionNames(statements: readonly Node[]): string[] {
  const names: string[] = [];
  visit(statements, (node) => {
    const map = isObject(node['cte_map']) ? node['cte_map']['map'] : undefined;
    for (const entry of Array.isArray(map) ? map : []) {
      if (isObject(entry)) names.push(String(entry['key']).toLowerCase());
    }
  });
  return names;
}

function visit(value: unknown, see: (node: Node) => void): void {
  if (Array.isArray(value)) for (const item of value) visit(item, see);
  else if (isObject(value)) {
    see(value);
    for (const item of Object.values(value)) visit(item, see);
  }
}

const isObject = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
